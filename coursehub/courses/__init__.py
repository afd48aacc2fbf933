"""Organizations, courses, their offerings, and who may do what in them."""
