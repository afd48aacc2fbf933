"""Views by page family: parse, ask, answer."""
