"""Commands of the grade book."""
