"""Measurements: `python -m benchmarks NAME [--json]`. None of them is a test."""
