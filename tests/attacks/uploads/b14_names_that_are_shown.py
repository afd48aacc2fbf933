"""B14: names that act where they are shown: as markup, as a header, as a formula

Stopped by: names with such characters are refused; the others are escaped in pages and quoted in headers.
Tried by: tests/attacks/test_over_http.py::test_b14_a_name_is_inert_in_pages_and_headers
"""
