"""The site: people, courses, pages and the API."""
