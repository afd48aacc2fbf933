"""What publishing refuses.

::

    PublishingRefused
    ├── FolderInvalid     files say something that cannot be; every problem with file and line
    ├── ContentInvalid    the same for content that does not come from files
    ├── ChangedMeanwhile  somebody else saved in between
    ├── ReasonMissing     students are told why a published offering changes
    ├── StillInUse        what is to be removed has work or people attached
    ├── SchemeStaysPublished  students know how they are graded, and cannot be made to forget it
    └── AlreadyPublished  it is public already
"""

from collections.abc import Sequence
from typing import NamedTuple

from coursehub.publishing.content import Finding


class Problem(NamedTuple):
    """Something wrong in a file. The line is 1 where the file is missing or is wrong as a whole."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class PublishingRefused(Exception):
    """This cannot be saved."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class FolderInvalid(PublishingRefused):
    """The files of this course have problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ContentInvalid(PublishingRefused):
    """This cannot be right."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = tuple(findings)


class ChangedMeanwhile(PublishingRefused):
    """Somebody else has changed this course since you opened it. Nothing was saved; look at their change first."""


class ReasonMissing(PublishingRefused):
    """This course is published: say in a sentence why it changes. Students read it beside the change."""


class StillInUse(PublishingRefused):
    """This cannot be removed: work or people are attached to it."""


class SchemeStaysPublished(PublishingRefused):
    """The grading scheme is published and stays so. Write “status: published” in grading.yaml; the rest may change."""


class AlreadyPublished(PublishingRefused):
    """This course is published already."""
