"""What ``from gradescope_utils.autograder_utils.files import check_submitted_files`` gives in a sandbox."""

from collections.abc import Iterable
from pathlib import Path

SUBMISSION = "/job/submission"
GRADESCOPE_SUBMISSION = "/autograder/submission"


def check_submitted_files(paths: Iterable[str], base: str = GRADESCOPE_SUBMISSION) -> list[str]:
    """Return those of the paths that are not below ``base``; the submission's folder is known by Gradescope's name."""
    folder = Path(SUBMISSION) / Path(base).relative_to(GRADESCOPE_SUBMISSION) if _is_known(base) else Path(base)
    return [path for path in paths if not (folder / path).exists()]


def _is_known(base: str) -> bool:
    return Path(base).is_relative_to(GRADESCOPE_SUBMISSION)
