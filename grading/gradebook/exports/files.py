"""What a file is called, and that somebody took it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook.models import AuditRead
from grading.interchange.names import local_part


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file to be saved."""

    name: str
    content: bytes


def exported(
    offering: Offering, content: bytes, *, what: str, by: User, unreleased: Iterable[Assessment] = ()
) -> ExportedFile:
    """Return a file with the course, what it is, the moment and the person in its name, and note that it was taken.

    `unreleased` are assessments whose grades no student knows yet: each gets a row of its own in the audit.
    """
    rows = [AuditRead(offering=offering, actor=by, what=AuditRead.What.EXPORT)]
    rows += [
        AuditRead(offering=offering, actor=by, what=AuditRead.What.EXPORT, assessment=assessment)
        for assessment in unreleased
    ]
    AuditRead.objects.bulk_create(rows)
    at = database_now().astimezone(offering.zone)
    who = re.sub(r"[^a-z0-9._-]+", "-", local_part(by.email)) or "staff"
    return ExportedFile(name=f"{offering.slug}-{what}-{at:%Y-%m-%d-%H%M}-by-{who}.csv", content=content)
