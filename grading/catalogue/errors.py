"""What is refused about suites, and why.

::

    SuiteRefused
    ├── AlreadyPublished    exactly this is a version already
    ├── NameTaken           CourseHub comes with a suite of that name
    ├── NotADraft           a published version never changes
    ├── NotChecked          no runner has found it good as it is now
    ├── NotPublished        an assessment cannot use a draft
    ├── ManifestRefused     cases that do not fit, each with its place
    └── UploadUnfit         what was sent holds no suite
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProblem:
    """What is wrong with one field of one case."""

    index: int
    field: str
    """A field of ``ManifestCase``; empty where it is the case as a whole."""
    sentence: str


class SuiteRefused(Exception):
    """This cannot be done with the suite."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class AlreadyPublished(SuiteRefused):
    """Exactly this is published already, so there is nothing new to publish."""


class NameTaken(SuiteRefused):
    """CourseHub comes with a suite of that name. Choose another name in suite.toml and upload it again."""


class NotADraft(SuiteRefused):
    """A published version never changes. Upload a new draft instead."""


class NotChecked(SuiteRefused):
    """A runner has to find this draft good, just as it is now, before it can be published."""


class NotPublished(SuiteRefused):
    """An assessment can only use a version that is published."""


class UploadUnfit(SuiteRefused):
    """What you sent holds no suite."""


class ManifestRefused(SuiteRefused):
    """Some cases cannot be like this. Nothing was changed."""

    def __init__(self, problems: Sequence[CaseProblem]) -> None:
        super().__init__()
        self.problems = tuple(problems)
