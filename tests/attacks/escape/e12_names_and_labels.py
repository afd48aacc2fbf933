"""E12: containers and cgroups that are called like another's

Stopped by: names and labels are random or numbers of ours; nothing in them comes from a course, a suite or a student.
Only: docker
Tried by: tests/attacks/test_hostile_engine.py::test_e12_names_and_labels_are_ours_alone
"""
