"""What the courses app refuses.

::

    CourseError
    ├── NotAllowed      you may see this, but not do that: 403
    └── RoleUnknown     an offering has no role of that name
"""


class CourseError(Exception):
    """The course cannot do this."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class NotAllowed(CourseError):
    """You may not do this here. Ask an instructor if you think that you should be able to."""


class RoleUnknown(CourseError):
    """This offering has no role of that name."""
