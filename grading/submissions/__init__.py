"""What was handed in, and the jobs that grade it."""
