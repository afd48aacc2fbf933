"""What can go wrong with assessments and stored files: all ours.

::

    AssessmentFault
    ├── FileDamaged     the stored bytes are not those that were stored
    ├── FileGone        the bytes are no longer on the disk
    ├── StoreFull       the disk does not take the file
    └── SuiteUnreadable a suite's folder does not hold a suite
"""


class AssessmentFault(Exception):
    """Something on our side is wrong. It is logged; your work is safe."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())


class FileDamaged(AssessmentFault):
    """A stored file no longer has the content that was stored."""


class FileGone(AssessmentFault):
    """A stored file is missing from the disk."""


class StoreFull(AssessmentFault):
    """The files could not be written to the disk of the site, so nothing was received. Please try again later."""


class SuiteUnreadable(AssessmentFault):
    """This folder does not hold a suite that can be published."""
