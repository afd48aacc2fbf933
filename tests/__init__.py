"""Tests. Their names are sentences."""
