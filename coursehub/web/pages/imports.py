"""The form for a file, and the files that were imported before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.forms import Form
from django.urls import reverse

from coursehub.courses.models import Capability, Offering
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.words import Look
from grading.gradebook.models import ImportBatch

PLANNED = Look(key="partial", mark="◐", word="Not applied")
APPLIED = Look(key="passed", mark="✓", word="Applied")
UNDONE = Look(key="queued", mark="↺", word="Taken back")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One file in the list."""

    name: str
    url: str
    kind: str
    look: Look
    by: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """The form and the list."""

    frame: Frame
    heading: str
    advice: str
    form: Form
    batches: tuple[BatchLine, ...]
    links: tuple[Link, ...]


def upload_page(
    offering: Offering, may: Collection[Capability], *, form: Form, batches: Sequence[ImportBatch], is_roster: bool,
    now: datetime,
) -> UploadPage:  # fmt: skip
    """Build the page."""
    heading = "Import people" if is_roster else "Import grades"
    here = Link(label=heading, url="", current=True)
    people = Link(label="People", url=reverse("people", args=[offering.slug]))
    book = Link(label="Grade book", url=reverse("gradebook", args=[offering.slug]))
    exports = Link(label="Exports", url=reverse("exports", args=[offering.slug]))
    may_people = Capability.MANAGE_PEOPLE in may
    return UploadPage(
        frame=course_frame(
            offering, may, title=heading, place="people" if is_roster else "gradebook",
            crumbs=(people if is_roster else book, here),
        ),
        heading=heading,
        advice=(
            "First you see what the file would change; nothing changes before you say so, and it can be taken back."
        ),
        form=form,
        batches=tuple(batch_line(batch, offering, now=now) for batch in batches),
        links=() if is_roster else (exports, *((people,) if may_people else ())),
    )  # fmt: skip


def batch_line(batch: ImportBatch, offering: Offering, *, now: datetime) -> BatchLine:
    """Return a file as the list shows it."""
    return BatchLine(
        name=batch.file_name, url=batch_url(batch), kind=batch.get_kind_display(), look=look_of(batch),
        by=batch.made_by.name, at=moment(batch.made_at, offering.zone, now=now),
    )  # fmt: skip


def look_of(batch: ImportBatch) -> Look:
    """Return what became of a file."""
    if batch.undone_at is not None:
        return UNDONE
    return PLANNED if batch.applied_at is None else APPLIED


def batch_url(batch: ImportBatch) -> str:
    """Return where a file is shown."""
    name = "roster_batch" if batch.kind == ImportBatch.Kind.ROSTER else "grade_batch"
    return reverse(name, args=[batch.offering.slug, batch.pk])
