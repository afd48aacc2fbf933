"""What the schedule refuses.

::

    ScheduleError
    └── FeedUnknown     the address of a personal calendar is unknown, revoked, or its person has left
"""


class ScheduleError(Exception):
    """This cannot be done."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())


class FeedUnknown(ScheduleError):
    """No calendar is at this address. Its owner may have made a new one."""
