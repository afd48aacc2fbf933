"""A27: hand in another student's work

Not tried: a right solution is right, whoever wrote it; similarity of submissions is a person's to judge. Hashes of
all files are kept.
"""
