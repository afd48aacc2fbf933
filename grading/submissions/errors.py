"""What is refused about submissions and jobs, and why.

::

    SubmissionError
    ├── SubmissionRefused               the student's side: the sentence is shown on the form
    │   ├── NotReleased
    │   ├── Closed
    │   ├── NoTriesLeft
    │   ├── PledgeNotSigned
    │   ├── IdempotencyKeyReused
    │   ├── IdempotencyKeyInvalid
    │   └── UploadRefused               something about the files
    │       ├── NothingUploaded
    │       ├── NameRefused
    │       ├── NameTwice
    │       ├── EntryRefused            a link, a device: neither file nor folder
    │       ├── TooMuch                 size, number, depth or ratio
    │       ├── ArchiveBroken
    │       ├── FileNotAccepted         the assessment does not take such files
    │       └── FileMissing             a required file is not there
    ├── AlreadyInGrading                a job of this submission is still open
    ├── AlreadyFinal                    there is nothing left to cancel
    └── NothingToGradeWith              the assessment has no suite
"""


class SubmissionError(Exception):
    """This cannot be done."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class SubmissionRefused(SubmissionError):
    """Your submission was not received."""


class NotReleased(SubmissionRefused):
    """This assessment is not released yet, so nothing was received. Come back when it is."""


class Closed(SubmissionRefused):
    """This assessment is closed, so nothing was received. If you have a reason, write to your instructor."""


class NoTriesLeft(SubmissionRefused):
    """You have used all your tries for this assessment, so nothing was received."""


class PledgeNotSigned(SubmissionRefused):
    """Sign the pledge with your name, then send your files again."""


class IdempotencyKeyReused(SubmissionRefused):
    """This form was already used for other files. Reload the page and send your files again."""


class IdempotencyKeyInvalid(SubmissionRefused):
    """The idempotency key must be 1 to 64 letters, digits, dots, dashes or underscores."""


class UploadRefused(SubmissionRefused):
    """These files cannot be taken, so nothing was received."""


class NothingUploaded(UploadRefused):
    """There was no file in what you sent. Choose at least one file."""


class NameRefused(UploadRefused):
    """A file has a name that cannot be taken. Rename it and send your files again."""


class NameTwice(UploadRefused):
    """Two files have the same name. Rename one and send your files again."""


class EntryRefused(UploadRefused):
    """The archive holds something that is neither a file nor a folder. Leave it out and send it again."""


class TooMuch(UploadRefused):
    """That is more than this assessment takes. Leave out what is not needed and send your files again."""


class ArchiveBroken(UploadRefused):
    """The archive cannot be read. Pack it again, or send the files without an archive."""


class FileNotAccepted(UploadRefused):
    """This assessment does not take files with such names."""


class FileMissing(UploadRefused):
    """A required file is missing. Add it and send your files again."""


class AlreadyInGrading(SubmissionError):
    """This submission is being graded already. Wait for that to end, or cancel it first."""


class AlreadyFinal(SubmissionError):
    """The grading of this submission has ended already, so there is nothing to cancel."""


class NothingToGradeWith(SubmissionError):
    """This assessment has no suite, so nothing can grade the submission automatically."""
