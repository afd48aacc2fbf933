"""Pages, through the test client."""
