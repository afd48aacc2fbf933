"""B11: a body of gigabytes, one without a length, and one that never ends

Stopped by: the announced length is compared with the assessment's quota before anything is stored; what is over is
read and thrown away. Slow senders are the web server's: gunicorn's workers have a time limit.
Tried by: tests/attacks/test_over_http.py::test_b11_a_body_that_is_too_large_or_has_no_length_is_not_stored
"""
