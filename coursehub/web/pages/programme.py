"""All courses, term by term, and how much is due in which week across them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.courses.models import Offering, StaffMember
from coursehub.web import words
from coursehub.web.charts import load_chart
from coursehub.web.moments import Moment, day, moment
from coursehub.web.pages.dates import OwnDate, own_date
from coursehub.web.pages.frame import Frame
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeCourse:
    """A course in the programme."""

    title: str
    code: str
    organization: str
    url: str
    taught_by: str
    state: str
    undated: str
    """How many assessments have no date yet, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One week: how many assessments are due in each course, and in all."""

    week: Moment
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is due in which week, as a drawing and as a table."""

    svg: SafeString
    sentence: str
    courses: tuple[str, ...]
    rows: tuple[LoadRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """Something that is due for the reader at another moment than for its class."""

    title: str
    course: str
    due: Moment | None
    """None: never."""
    own: OwnDate


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeTerm:
    """The courses of one term, whatever the university."""

    id: str
    name: str
    courses: tuple[ProgrammeCourse, ...]
    load: Load | None
    own: tuple[OwnLine, ...]
    """What is due for the reader at another moment than for its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePage:
    """All courses that somebody may see."""

    frame: Frame
    terms: tuple[ProgrammeTerm, ...]


def programme_page(
    offerings: Sequence[Offering],
    instructors: Sequence[StaffMember],
    assessments: Sequence[Assessment],
    *,
    dates: Mapping[int, EffectiveDates],
    now: datetime,
) -> ProgrammePage:
    """Build the page: the newest term first; `dates` are the reader's own."""
    due: dict[int, list[Assessment]] = {}
    for assessment in assessments:
        due.setdefault(assessment.offering_id, []).append(assessment)
    names: dict[int, list[str]] = {}
    for member in instructors:
        names.setdefault(member.offering_id, []).append(member.name)
    terms: dict[str, list[Offering]] = {}
    for offering in offerings:
        terms.setdefault(offering.term.name, []).append(offering)
    return ProgrammePage(
        frame=Frame(title="Programme"),
        terms=tuple(
            ProgrammeTerm(
                id=f"term-{number}",
                name=name,
                courses=tuple(_course(row, names.get(row.pk, []), due.get(row.pk, [])) for row in rows),
                load=_load(name, rows, due, dates, now=now),
                own=tuple(line for row in rows for line in _own(row, due.get(row.pk, []), dates, now=now)),
            )
            for number, (name, rows) in enumerate(terms.items(), 1)
        ),
    )


def _course(offering: Offering, names: Sequence[str], assessments: Sequence[Assessment]) -> ProgrammeCourse:
    undated = sum(1 for row in assessments if row.due_at is None and row.event_id is None)
    return ProgrammeCourse(
        title=offering.course.title,
        code=offering.course.code,
        organization=offering.course.organization.name,
        url=reverse("course", args=[offering.slug]),
        taught_by=words.listed(list(names)),
        state="" if offering.status == Offering.Status.PUBLISHED else offering.get_status_display(),
        undated=f"{words.plural(undated, 'assessment')} without a date" if undated else "",
    )


def _own(
    offering: Offering, assessments: Sequence[Assessment], dates: Mapping[int, EffectiveDates], *, now: datetime
) -> list[OwnLine]:
    found = []
    for assessment in assessments:
        assessment.offering = offering
        due_at = dates[assessment.pk].due_at
        if assessment.event is None and (own := own_date(assessment, dates[assessment.pk], now=now)):
            due = moment(due_at, offering.zone, now=now) if due_at else None
            found.append(OwnLine(title=assessment.title, course=offering.course.code, due=due, own=own))
    return found


def _load(
    name: str,
    offerings: Sequence[Offering],
    due: dict[int, list[Assessment]],
    dates: Mapping[int, EffectiveDates],
    *,
    now: datetime,
) -> Load | None:
    counts = [_by_week(offering, due.get(offering.pk, []), dates) for offering in offerings]
    mondays = sorted({monday for counter in counts for monday in counter})
    if not mondays:
        return None
    weeks = [mondays[0] + timedelta(weeks=n) for n in range((mondays[-1] - mondays[0]).days // 7 + 1)]
    rows = tuple(
        LoadRow(
            week=day(monday, now=now),
            counts=tuple(counter[monday] for counter in counts),
            total=sum(counter[monday] for counter in counts),
        )
        for monday in weeks
    )
    most = max(rows, key=lambda row: row.total)
    fullest = f"the fullest week is that of {most.week.text}, with {words.plural(most.total, 'assessment')} due."
    sentence = f"{name}: {fullest if most.total > 1 else 'no week has more than one assessment due.'}"
    courses = tuple(offering.course.code for offering in offerings)
    return Load(
        svg=load_chart([f"{monday.day} {monday:%b}" for monday in weeks], [row.total for row in rows], label=sentence),
        sentence=sentence,
        courses=courses,
        rows=rows,
    )


def _by_week(
    offering: Offering, assessments: Sequence[Assessment], dates: Mapping[int, EffectiveDates]
) -> Counter[date]:
    found: Counter[date] = Counter()
    for assessment in assessments:
        on = assessment.event.date if assessment.event else None
        if on is None and (due_at := dates[assessment.pk].due_at) is not None:
            on = due_at.astimezone(offering.zone).date()
        if on is not None:
            found[on - timedelta(days=on.weekday())] += 1
    return found
