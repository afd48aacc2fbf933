"""Mail to people: rows first, sent by the site's worker."""
