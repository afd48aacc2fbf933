"""What runs on a grading host inside the sandbox, and the suites it is given."""
