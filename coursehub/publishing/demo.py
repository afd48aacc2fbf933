"""What `make demo` shows: every folder of `courses/`, with people in it, and some dates that are always near.

Beside ``offering.yaml`` there may be a ``demo.yaml``, which nothing else reads::

    everybody: true         # all the people of the demo; otherwise one who teaches and one who learns
    dates:
      hw1: {release: -7 days 09:00, due: +10 days 23:59}
    classroom: ...          # a class in the middle of its term, see ``demo_class``

Its dates are counted from the day of the first load. What somebody has changed in the demo since is left alone.
"""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from django.db import transaction
from pydantic import BeforeValidator, Field, ValidationError

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Change, Offering
from coursehub.courses.services import create_roles, enroll
from coursehub.publishing import demo_class
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.errors import FolderInvalid, Problem
from coursehub.publishing.folders import read_folder
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import Clock, DayMoment, Entry
from coursehub.publishing.sentences import sentence_of
from coursehub.publishing.services import apply
from coursehub.publishing.yaml_lines import read_yaml
from grading.assessments.services import set_handout

PASSWORD = "coursehub-demo"  # noqa: S105  # the demo prints it
PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("ines@example.edu", "Ines Moreau", "instructor"),
    ("tariq@example.edu", "Tariq Aziz", "ta"),
    ("ada@example.edu", "Ada Okafor", "student"),
    ("ben@example.edu", "Ben Lindqvist", "student"),
    ("chloe@example.edu", "Chloe Tan", "student"),
    ("otto@example.edu", "Otto Weber", ""),
)
EVERYWHERE = frozenset({"ines@example.edu", "ada@example.edu"})
"""Who takes part in every course."""
FILE = "demo.yaml"


class RelativeMoment(Entry):
    """So many days from today, at a time on the wall."""

    days: int
    at: Clock

    def on(self, today: dt.date) -> DayMoment:
        """Return the day and the time."""
        return DayMoment(date=today + dt.timedelta(days=self.days), at=self.at)


def _read_moment(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    match = re.fullmatch(r"([+-]\d+) days (\d\d:\d\d)", raw)
    if match is None:
        message = f"{raw!r} is not a moment; write it like “+10 days 23:59”"
        raise ValueError(message)
    return {"days": int(match[1]), "at": match[2]}


Moment = Annotated[RelativeMoment, BeforeValidator(_read_moment)]


class DemoDates(Entry):
    """The dates of one assessment."""

    release: Moment | None = None
    due: Moment | None = None
    closes: Moment | None = None
    solutions: Moment | None = None


class DemoFile(Entry):
    """``demo.yaml``."""

    everybody: bool = False
    dates: dict[str, DemoDates] = Field(default_factory=dict)
    classroom: demo_class.Classroom | None = None


def read_demo(folder: Path) -> DemoFile:
    """Read ``demo.yaml``; where there is none, nothing is special. Raises ``FolderInvalid``."""
    path = folder / FILE
    document = read_yaml(path.read_text(encoding="utf-8")) if path.exists() else read_yaml("")
    if document.problems:
        raise FolderInvalid([Problem(FILE, line, sentence) for line, sentence in document.problems])
    try:
        return DemoFile.model_validate(document.value or {})
    except ValidationError as error:
        raise FolderInvalid(
            [
                Problem(FILE, document.line_of(details["loc"]), sentence_of(details))
                for details in error.errors(include_url=False)
            ]
        ) from error


@transaction.atomic
def load_offering(folder: Path, *, starters: Path, with_class: bool = True) -> Offering:
    """Make the offering of a folder what its files say, with the demo people in it. Raises ``PublishingRefused``.

    `starters` is the folder of suites; ``<suite>/starter/`` becomes the handout of each assessment. `with_class` makes
    up a class where the folder says so.
    """
    content, demo = read_folder(folder), read_demo(folder)
    offering = Offering.objects.filter(slug=content.offering.slug).first()
    if offering is None or not _is_lived_in(offering, content):
        near = _near(content, demo, None if offering is None else content_of(offering))
        offering = apply(near, by=None, source=Change.Source.FILES).offering
    for assessment in offering.assessments.filter(slug__in=content.assessments):
        if (suite := content.assessments[assessment.slug].suite) is not None:
            set_handout(assessment, contents=_starter_files(starters / suite / "starter"))
    load_people(offering, everybody=demo.everybody)
    if with_class and demo.classroom is not None and not Offering.objects.filter(slug=demo.classroom.slug).exists():
        _load_class(content, demo.classroom)
    return offering


def _load_class(content: OfferingContent, classroom: demo_class.Classroom) -> None:
    today = database_now().astimezone(ZoneInfo(content.offering.timezone)).date()
    moved = demo_class.moved(content, classroom, today=today)
    offering = apply(moved, by=None, source=Change.Source.FILES).offering
    load_people(offering, everybody=True)
    demo_class.fill(offering, classroom)


@transaction.atomic
def load_people(offering: Offering, *, everybody: bool) -> None:
    """Make the demo people and give them their roles. A password that somebody changed is left alone."""
    create_roles(offering)
    for email, name, role in PEOPLE:
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, PASSWORD, legal_name=name)
        if role and (everybody or email in EVERYWHERE):
            enroll(offering, user=user, role=role)


def _is_lived_in(offering: Offering, content: OfferingContent) -> bool:
    """Tell whether somebody has changed the offering where it runs: then its files no longer know better."""
    return (
        offering.changes.exclude(source=Change.Source.FILES).exists()
        or offering.assessments.exclude(slug__in=content.assessments).exists()
    )


def _near(content: OfferingContent, demo: DemoFile, old: OfferingContent | None) -> OfferingContent:
    """Return the content with the demo's dates: those of the first load, or counted from today."""
    today = database_now().astimezone(ZoneInfo(content.offering.timezone)).date()
    assessments = dict(content.assessments)
    for key, dates in demo.dates.items():
        if key not in assessments:
            raise FolderInvalid([Problem(FILE, 1, f"There is no assessment “{key}”.")])
        names = [name for name in DemoDates.model_fields if getattr(dates, name) is not None]
        if old is not None and key in old.assessments:
            update = {name: getattr(old.assessments[key], name) for name in names}
        else:
            update = {name: getattr(dates, name).on(today) for name in names}
        assessments[key] = assessments[key].model_copy(update=update)
    return content.model_copy(update={"assessments": assessments})


def _starter_files(folder: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
