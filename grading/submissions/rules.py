"""May this person hand this in now? One comparison each, all with moments and counts passed in."""

import re
from datetime import datetime

from coursehub.accounts.models import User
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.tries import Tries
from grading.engine.windows import WindowPhase, phase_at
from grading.submissions.errors import Closed, IdempotencyKeyInvalid, NotReleased, NoTriesLeft, PledgeNotSigned
from grading.submissions.uploads import UploadLimits

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


def check_key(idempotency_key: str) -> None:
    """Raise ``IdempotencyKeyInvalid`` for a key that could not be stored as it is."""
    if not _KEY.fullmatch(idempotency_key):
        raise IdempotencyKeyInvalid


def check_window(assessment: Assessment, *, dates: EffectiveDates, at: datetime) -> None:
    """Raise ``NotReleased`` or ``Closed`` unless it takes work at this moment from whose dates these are."""
    match phase_at(dates.window(assessment.release_at), at):
        case WindowPhase.NOT_RELEASED:
            raise NotReleased
        case WindowPhase.CLOSED:
            last = dates.last_hand_in_at
            if last is None:
                raise Closed
            local = last.astimezone(assessment.offering.zone)
            message = (
                f"This assessment closed on {local:%d %B %Y at %H:%M} ({assessment.offering.timezone}), so nothing "
                "was received. If you have a reason, write to your instructor."
            )
            raise Closed(message)
        case WindowPhase.OPEN | WindowPhase.LATE:
            return


def check_tries(tries: Tries) -> None:
    """Raise ``NoTriesLeft`` where another try would be one too many."""
    if tries.is_exhausted:
        message = f"You have used all {tries.allowed} tries for this assessment, so nothing was received."
        raise NoTriesLeft(message)


def check_pledge(assessment: Assessment, *, by: User, signature: str) -> None:
    """Raise ``PledgeNotSigned`` unless the person signed with their own name, however it is spaced or capitalised."""
    if not assessment.pledge:
        return
    signed = " ".join(signature.split()).casefold()
    names = {" ".join(name.split()).casefold() for name in (by.name, by.legal_name) if name}
    if signed not in names:
        message = f"Sign the pledge with your name as we know it, “{by.name}”, then send your files again."
        raise PledgeNotSigned(message)


def limits_of(assessment: Assessment) -> UploadLimits:
    """Return what an assessment takes."""
    return UploadLimits(
        max_files=assessment.max_files,
        max_file_bytes=assessment.max_file_bytes,
        max_total_bytes=assessment.max_total_bytes,
        accepted_patterns=tuple(assessment.accepted_patterns),
        required_files=tuple(assessment.required_files),
    )
