"""E11: an image whose settings would take over: its start, its folder, its user, its preloaded library, its volumes

Stopped by: start, folder, user and mounts are ours; an image that preloads libraries or declares volumes is refused.
Only: docker
Tried by: tests/attacks/test_hostile_engine.py::test_e11_an_image_that_preloads_or_mounts_is_refused
"""
