"""The publishing layer."""
