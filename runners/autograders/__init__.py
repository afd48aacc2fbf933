"""Gradescope autograders, run unchanged: their images, their containers, what they are told and what they say."""
