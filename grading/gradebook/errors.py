"""What is refused about grades, and about grading a class again, and why.

::

    MarkingRefused
    ├── CellChanged             somebody changed the grade since it was looked at
    ├── PointsInvalid           these are no points, or not for this assessment
    ├── KeyReused               the same key was sent with something else
    ├── NothingToUndo           nobody has done anything that could be taken back
    ├── ReasonNeeded            students are owed a reason for this
    ├── CurveInvalid            a curve that is none, or that was previewed on other grades
    └── ReleaseRefused          grades that are released already, or are not released by hand

    RegradeRefused
    ├── ReasonMissing           nobody is graded again without a reason
    ├── OtherSuite              the version is of another suite
    ├── BatchOpen               another batch of the assessment waits for a decision
    ├── NothingToRegrade        nothing has been graded yet
    ├── ChangedMeanwhile        what was looked at is no longer how it is
    ├── NotReady                a row is still being graded, or has nothing new
    └── DecidedAlready          somebody has decided the other way
"""


class RegradeRefused(Exception):
    """This cannot be done."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class ReasonMissing(RegradeRefused):
    """Say why in one sentence: students read it beside their new grade."""


class OtherSuite(RegradeRefused):
    """This version is not one of the suite that grades this assessment."""


class BatchOpen(RegradeRefused):
    """Another batch of this assessment waits for a decision. Approve or drop it first."""


class NothingToRegrade(RegradeRefused):
    """Nothing that was handed in has been graded yet, so there is nothing to grade again."""


class ChangedMeanwhile(RegradeRefused):
    """Something changed since you looked, so nothing was decided. Look at the new figures, then decide."""


class NotReady(RegradeRefused):
    """There is nothing to approve there yet."""


class DecidedAlready(RegradeRefused):
    """Somebody has decided this already."""


class MarkingRefused(Exception):
    """This grade cannot be changed so."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class CellChanged(MarkingRefused):
    """Somebody changed this grade since you looked, so nothing was saved. Look at it, then decide."""


class PointsInvalid(MarkingRefused):
    """These are no points. Write a number such as 7.5."""


class KeyReused(MarkingRefused):
    """This was sent before with something else in it. Load the page again and repeat your change."""


class NothingToUndo(MarkingRefused):
    """There is nothing of yours or a colleague's that could be taken back."""


class ReasonNeeded(MarkingRefused):
    """Say why in one sentence: students read it."""


class CurveInvalid(MarkingRefused):
    """This is no curve, or the grades changed since the preview. Look at the preview again, then decide."""


class ReleaseRefused(MarkingRefused):
    """These grades cannot be released so."""
