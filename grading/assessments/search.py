"""One search over what a person may see of their courses: a fixed number of queries, then ``common.searching``.

Everything that could be found is read: a person's courses hold some hundreds of rows, and asking the database for words
would find different things on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, QuerySet

from coursehub.common.searching import Document, Hit, ranked, words_of
from coursehub.courses.access import Person, having, offering_for, offerings_for, offerings_of, viewer_for
from coursehub.courses.models import Audience, Capability, Offering, Page, Policy, SyllabusBlock
from coursehub.schedule.models import Event, EventSeries, Material, Module
from grading.assessments.models import Assessment


class FoundKind(StrEnum):
    """What sort of thing was found."""

    EVENT = "event"
    ASSESSMENT = "assessment"
    MATERIAL = "material"
    MODULE = "module"
    POLICY = "policy"
    PAGE = "page"
    BLOCK = "block"
    SERIES = "series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something in an offering, by kind and key."""

    kind: FoundKind
    offering: Offering
    key: str
    label: str
    """What it is, in words."""
    starts_at: datetime | None = None
    work: Assessment | None = None
    """The assessment itself, where it is one: whoever shows it knows when it is due for the reader."""
    is_open: bool = True
    """Whether its own page can be opened; of work that is not released only the title is known."""
    place: "Found | None" = None
    """Where it is used, for what has no page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """The offerings that are searched, and in which of them somebody sees more than everybody."""

    offerings: dict[int, Offering]
    enrolled: frozenset[int]
    staff: frozenset[int]

    def readable(self) -> Q:
        """Return the condition on rows with an audience."""
        return (
            Q(audience=Audience.PUBLIC)
            | Q(audience=Audience.ENROLLED, offering__in=self.enrolled)
            | Q(offering__in=self.staff)
        )


def search(user: Person, text: str, *, at: datetime, course: str = "") -> list[Hit[Found]]:
    """Return what a person may see that holds every word, best first.

    Looks through `searched`, or through the one offering that `course` names. Raises ``Offering.DoesNotExist`` where
    they may not see that one.
    """
    if not words_of(text):
        return []
    scope = _one(user, course) if course else _several(user)
    return ranked(text, _documents(scope, at=at))


def searched(user: Person) -> QuerySet[Offering]:
    """Return the offerings that a search looks through: one's own, and the public ones for who has not signed in."""
    found = offerings_of(user) if user.is_authenticated else offerings_for(user)
    return found.order_by(F("term__starts_on").desc(nulls_last=True), "course__code", "pk")


def _several(user: Person) -> _Scope:
    found = {offering.pk: offering for offering in searched(user)}
    staff = Q(having(user, Capability.VIEW_UNRELEASED)) | Q(having(user, Capability.EDIT_COURSE))
    return _Scope(
        offerings=found,
        enrolled=frozenset(found if user.is_authenticated else ()),
        staff=frozenset(offerings_of(user).filter(staff).values_list("pk", flat=True)),
    )


def _one(user: Person, slug: str) -> _Scope:
    found = offering_for(user, slug)
    audiences = viewer_for(user, found).audiences
    return _Scope(
        offerings={found.pk: found},
        enrolled=frozenset({found.pk} if Audience.ENROLLED in audiences else ()),
        staff=frozenset({found.pk} if Audience.STAFF in audiences else ()),
    )


def _documents(scope: _Scope, *, at: datetime) -> Iterator[Document[Found]]:
    for source in (_work, _events, _modules, _materials, _policies, _pages, _blocks, _series):
        yield from source(scope, at)


def _rows(rows: QuerySet[Any], scope: _Scope) -> Iterator[Any]:
    for row in rows.filter(offering__in=scope.offerings):
        row.offering = scope.offerings[row.offering_id]
        yield row


def _work(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(Assessment.objects.order_by("due_at", "pk"), scope):
        is_staff = row.offering_id in scope.staff
        is_open = is_staff or _is_released(row, at)
        if row.is_listed or is_staff:
            label = row.get_kind_display()
            yield Document(
                thing=_found(row, FoundKind.ASSESSMENT, row.slug, label, work=row, is_open=is_open),
                title=row.title,
                keywords=_words(label, row.offering.course.code),
                body_md=row.instructions_md if is_open else "",
            )


def _is_released(work: Assessment, at: datetime) -> bool:
    return work.release_at is not None and work.release_at <= at


def _events(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    rows = Event.objects.select_related("group").prefetch_related("speakers__staff", "modules")
    for row in _rows(rows.order_by("date", "start_time", "order", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.EVENT, row.key, row.get_kind_display(), starts_at=row.starts_at),
            title=row.title,
            keywords=_words(
                row.get_kind_display(),
                row.location,
                row.group.title if row.group else "",
                *row.tags,
                *(f"{speaker} {speaker.affiliation}" for speaker in row.speakers.all()),
                *(str(module) for module in row.modules.all()),
                f"{row.date:%d %B %A}" if row.date else "",
                row.offering.course.code,
            ),
            body_md=row.details_md,
        )


def _modules(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(Module.objects.prefetch_related("outcomes").order_by("number"), scope):
        yield Document(
            thing=_found(row, FoundKind.MODULE, row.key, f"Module {row.number}"),
            title=row.title,
            keywords=_words(f"Module {row.number}", row.offering.course.code),
            body_md=_words(row.summary_md, *(outcome.text_md for outcome in row.outcomes.all())),
        )


def _materials(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    rows = Material.objects.prefetch_related("uses__event", "uses__module", "assessment_uses__assessment")
    for row in _rows(rows.order_by("title", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.MATERIAL, row.key, row.kind.capitalize(), place=_use_of(row, scope, at)),
            title=row.title,
            keywords=_words(row.kind, row.authors, str(row.year or ""), row.offering.course.code),
            body_md=row.note,
        )


def _use_of(material: Material, scope: _Scope, at: datetime) -> Found | None:
    offering = material.offering
    for use in material.uses.all():
        if use.event:
            label = use.event.title
            return Found(kind=FoundKind.EVENT, offering=offering, key=use.event.key, label=label)
        if use.module:
            return Found(kind=FoundKind.MODULE, offering=offering, key=use.module.key, label=str(use.module))
    for link in material.assessment_uses.all():
        work, is_staff = link.assessment, offering.pk in scope.staff
        if work.is_listed or is_staff:
            return Found(
                kind=FoundKind.ASSESSMENT,
                offering=offering,
                key=work.slug,
                label=work.title,
                is_open=is_staff or _is_released(work, at),
            )
    return None


def _policies(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(Policy.objects.order_by("order", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.POLICY, row.key, "Policy"),
            title=row.title,
            keywords=_words("policy", row.get_kind_display(), row.rule, row.offering.course.code),
            body_md=row.body_md,
        )


def _pages(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(Page.objects.filter(scope.readable()).order_by("nav_order", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.PAGE, row.slug, "Page"),
            title=row.title,
            keywords=_words("page", row.offering.course.code),
            body_md=row.body_md,
        )


def _blocks(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(SyllabusBlock.objects.filter(scope.readable()).order_by("order", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.BLOCK, row.key, "Syllabus"),
            title=row.heading,
            keywords=_words("syllabus", row.offering.course.code),
            body_md=row.body_md,
        )


def _series(scope: _Scope, at: datetime) -> Iterator[Document[Found]]:
    for row in _rows(EventSeries.objects.prefetch_related("staff").order_by("order", "pk"), scope):
        yield Document(
            thing=_found(row, FoundKind.SERIES, row.key, row.get_kind_display()),
            title=row.title,
            keywords=_words(row.get_kind_display(), row.location, row.offering.course.code),
            body_md=_words(row.note, *(member.name for member in row.staff.all())),
        )


def _found(row: Any, kind: FoundKind, key: str, label: str, **more: Any) -> Found:
    return Found(kind=kind, offering=row.offering, key=key, label=label, **more)


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)
