"""What is asked: assessments, their suites, and the files that belong to them."""
