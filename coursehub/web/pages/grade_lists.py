"""Pages beside the grade book: one student, students at risk, and who looked at or changed what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse

from coursehub.courses.models import Capability, Change, Enrollment, Offering
from coursehub.web import words
from coursehub.web.charts import Histogram, histogram
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.editing import FieldChange, field_changes
from coursehub.web.pages.extensions import who_of
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grade_words import cell_text, event_text
from coursehub.web.pages.staff import Pager
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from grading.engine.points import rounded
from grading.gradebook.models import AuditRead, GradeAdjustment, GradeEvent
from grading.gradebook.reckoning import PersonReckoning
from grading.gradebook.risk import AtRisk

HUNDRED = Decimal(100)
AUDITS = {"changes": "Who changed what", "extensions": "Who gave extensions", "reads": "Who looked"}
"""The lists of the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item of a student."""

    title: str
    url: str
    text: str
    note: str
    most: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """Course points beside all items."""

    pk: int
    points: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentPage:
    """One student, for staff."""

    frame: Frame
    heading: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    sentences: tuple[str, ...]
    items: tuple[ItemLine, ...]
    adjustments: tuple[AdjustmentLine, ...]
    may_edit: bool
    typed: str
    refusal: str
    url: str
    own_page_url: str
    """The student's own page, as they see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLine:
    """One student at risk."""

    student: str
    url: str
    total: str
    why: str
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPage:
    """Students at risk."""

    frame: Frame
    notes: tuple[str, ...]
    sentence: str
    below: str
    missing: str
    lines: tuple[RiskLine, ...]
    histogram: Histogram | None
    """Where the totals of the whole class lie; None without totals, or for a class too small to hide anyone in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Somebody looked, or changed something."""

    who: str
    what: str
    student: str
    item: str
    url: str
    at: Moment
    reason: str
    fields: tuple[FieldChange, ...] = ()
    """What stood there before and after, where it is not a grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Who looked at and who changed what."""

    frame: Frame
    heading: str
    which: tuple[Link, ...]
    lines: tuple[AuditLine, ...]
    pager: Pager
    students: tuple[tuple[int, str, bool], ...]
    items: tuple[tuple[str, str, bool], ...]
    show: str


def student_page(
    found: PersonReckoning,
    may: Collection[Capability],
    adjustments: Sequence[GradeAdjustment],
    *,
    typed: str = "",
    refusal: str = "",
) -> StudentPage:
    """Build the page of one student."""
    enrollment, offering = found.enrollment, found.enrollment.offering
    url = reverse("gradebook_student", args=[offering.slug, enrollment.pk])
    trace = found.trace()
    return StudentPage(
        frame=_frame(offering, may, title=f"Grades of {enrollment.user.name}"), heading=enrollment.user.name,
        facts=_totals(found), notes=found.obstacles, sentences=trace.sentences if trace else (),
        items=tuple(_item_line(found, one, url) for one in found.assessments),
        adjustments=tuple(
            AdjustmentLine(
                pk=row.pk, points=f"{row.course_points.normalize():+f}", reason=row.reason, by=row.made_by.name
            )
            for row in adjustments
        ),
        may_edit=Capability.EDIT_GRADES in may, typed=typed, refusal=refusal, url=url,
        own_page_url=reverse("student_grades", args=[offering.slug, enrollment.pk]),
    )  # fmt: skip


def risk_page(
    offering: Offering, may: Collection[Capability], listed: Sequence[AtRisk], *, below: Decimal, missing: int,
    notes: tuple[str, ...], totals: Sequence[Fraction],
) -> RiskPage:  # fmt: skip
    """Build the list of students at risk; it states its conditions. `totals` are those of the class, as they are."""
    conditions = [f"the current total is below {words.points(below)}"]
    if missing:
        conditions.append(f"{words.plural(missing, 'item')} or more {'is' if missing == 1 else 'are'} missing")
    return RiskPage(
        frame=_frame(offering, may, title="Students at risk"), notes=notes,
        sentence=f"Listed is whoever meets a condition: {', or '.join(conditions)}. Nothing else is looked at.",
        below=words.points(below), missing=str(missing),
        lines=tuple(_risk_line(offering, one) for one in listed),
        histogram=histogram([rounded(total, 2) for total in totals], max_points=HUNDRED, mine=None),
    )  # fmt: skip


def audit_page(
    offering: Offering,
    may: Collection[Capability],
    *,
    lines: Sequence[AuditLine],
    pager: Pager,
    show: str,
    students: Sequence[Enrollment],
    assessments: Sequence[Assessment],
    student: int | None,
    item: str,
) -> AuditPage:
    """Build the page; `show` is one of ``AUDITS``."""
    url = reverse("gradebook_audit", args=[offering.slug])
    kept = f"&student={student or ''}&item={item}"
    return AuditPage(
        frame=_frame(offering, may, title="Audit of grades"), show=show,
        heading=AUDITS[show],
        which=tuple(
            Link(label=label, url=f"{url}?show={name}{kept}", current=show == name) for name, label in AUDITS.items()
        ),
        lines=tuple(lines), pager=pager,
        students=tuple((row.pk, row.user.name, row.pk == student) for row in students),
        items=tuple((one.slug, one.title, one.slug == item) for one in assessments),
    )  # fmt: skip


def read_line(row: AuditRead, offering: Offering, *, now: datetime) -> AuditLine:
    """Return one line about somebody who looked."""
    return AuditLine(
        who=row.actor.name, what=row.get_what_display(),
        student=row.enrollment.user.name if row.enrollment else "Everybody",
        item=row.assessment.title if row.assessment else "", url="",
        at=moment(row.happened_at, offering.zone, now=now), reason="",
    )  # fmt: skip


def extension_line(
    change: Change, extension: Extension | None, offering: Offering, may: Collection[Capability], *, now: datetime
) -> AuditLine:
    """Return one line about an extension, which is None where it is gone with its assessment."""
    what = "Granted" if change.before is None else "Revoked" if change.after is None else "Changed"
    may_open = extension is not None and Capability.GRANT_EXTENSIONS in may
    return AuditLine(
        who=change.made_by.name if change.made_by else "The rule", what=f"{what} an extension",
        student=who_of(extension) if extension else "", item=extension.assessment.title if extension else change.title,
        url=reverse("extension", args=[extension.pk]) if extension and may_open else "",
        at=moment(change.made_at, offering.zone, now=now), reason="",
        fields=field_changes(change.before, change.after),
    )  # fmt: skip


def change_line(event: GradeEvent, offering: Offering, *, now: datetime) -> AuditLine:
    """Return one line about a change."""
    return AuditLine(
        who=event.actor.name if event.actor else "A suite", what=event_text(event),
        student=event.enrollment.user.name, item=event.assessment.title,
        url=reverse("gradebook_cell", args=[offering.slug, event.enrollment_id, event.assessment.slug]),
        at=moment(event.happened_at, offering.zone, now=now), reason=event.reason,
    )  # fmt: skip


def _frame(offering: Offering, may: Collection[Capability], *, title: str) -> Frame:
    book = Link(label="Grade book", url=reverse("gradebook", args=[offering.slug]))
    crumbs = (book, Link(label=title, url="", current=True))
    return course_frame(offering, may, title=title, place="gradebook", crumbs=crumbs)


def _totals(found: PersonReckoning) -> tuple[Fact, ...]:
    totals, scheme = found.totals(), found.scheme
    if totals is None or scheme is None:
        return ()
    current = words.DASH if totals.current is None else f"{scheme.shown(totals.current):f}"
    return facts_of(
        [
            ("So far", f"{current} {totals.current_letter or ''}".strip()),
            ("At least", f"{scheme.shown(totals.floor):f}"),
            ("At most", f"{scheme.shown(totals.ceiling):f}"),
        ]
    )


def _item_line(found: PersonReckoning, one: Assessment, url: str) -> ItemLine:
    text = cell_text(found.row.items[one.pk], None)
    return ItemLine(
        title=one.title, url=f"{url}{one.slug}/", text=text.text, note=text.note, most=words.points(one.max_points)
    )


def _risk_line(offering: Offering, one: AtRisk) -> RiskLine:
    why = []
    if one.is_low:
        why.append("low total")
    if one.has_many_missing:
        why.append(f"{words.plural(len(one.missing), 'item')} missing")
    return RiskLine(
        student=one.enrollment.user.name, total=words.DASH if one.total is None else f"{rounded(one.total, 2):f}",
        url=reverse("gradebook_student", args=[offering.slug, one.enrollment.pk]),
        why=words.sentence_case(", ".join(why)), missing=words.listed(one.missing),
    )  # fmt: skip
