"""What participation refuses.

::

    ParticipationError
    ├── SlotFull       every place of a slot is taken
    ├── SlotClosed     the session has begun, is cancelled, or its offering is over
    └── SlotInUse      a slot cannot be removed while somebody is signed up
"""


class ParticipationError(Exception):
    """This cannot be done."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class SlotFull(ParticipationError):
    """Somebody else has just taken this slot. Choose another one."""


class SlotClosed(ParticipationError):
    """This slot can no longer be changed: its session has begun or does not take place. Write to the staff."""


class SlotInUse(ParticipationError):
    """Somebody is signed up for this slot, so it stays. Ask them to withdraw first."""
