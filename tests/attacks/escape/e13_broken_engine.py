"""E13: kill or wedge the container engine while a submission runs

Stopped by: an engine that does not answer is a fault of ours: the job runs again, and no try is lost.
Only: docker
Tried by: tests/attacks/test_hostile_engine.py::test_e13_an_engine_that_dies_or_hangs_is_our_fault
"""
