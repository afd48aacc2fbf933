"""What is refused about deadlines, extensions and slip days, and why.

::

    DeadlineRefused
    ├── NothingGiven            an extension that gives nothing
    ├── NoMoreTime              a date that is no later than what holds already
    ├── WrongPeople             the person, team or cohort is not of this course
    ├── ExtensionChanged        somebody changed or revoked it meanwhile
    ├── RequestOpen             one request for this assessment waits already
    ├── RequestDecided          the request was decided or withdrawn meanwhile
    ├── ReasonMissing           nobody asks or refuses without a word
    ├── KeyReused               the same key for another request
    ├── LedgerLocked            slip days can no longer be placed otherwise
    ├── DivisionRefused         this division of slip days does not hold
    └── PolicyRefused           the numbers of a late policy make none
"""


class DeadlineRefused(Exception):
    """Somebody asked for what cannot be."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class NothingGiven(DeadlineRefused):
    """This gives nothing. Enter a later date, more tries or more time for quizzes."""


class NoMoreTime(DeadlineRefused):
    """This date is no later than the one that holds already. Choose a later one."""


class WrongPeople(DeadlineRefused):
    """Not everybody that you chose is in this course now. Choose again."""


class ExtensionChanged(DeadlineRefused):
    """Somebody changed or revoked this extension in the meantime. Look at it as it is now, then try again."""


class RequestOpen(DeadlineRefused):
    """You have asked for more time here already. Wait for the answer, or withdraw that request and ask again."""


class RequestDecided(DeadlineRefused):
    """This request was decided or withdrawn in the meantime. Load the page again to see how."""


class ReasonMissing(DeadlineRefused):
    """Write why in a sentence."""


class KeyReused(DeadlineRefused):
    """This form was sent before with other answers. Load the page again and fill it in once more."""


class LedgerLocked(DeadlineRefused):
    """The slip days of this course are settled and can no longer be placed otherwise."""


class DivisionRefused(DeadlineRefused):
    """Slip days cannot be placed like this."""


class PolicyRefused(DeadlineRefused):
    """These numbers make no late policy."""
