"""A content into rows. What did not change is not touched; what is gone is deleted last."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import (
    Announcement,
    Assumption,
    Cohort,
    Course,
    ExternalLink,
    Offering,
    Organization,
    Page,
    Policy,
    Prerequisite,
    StaffMember,
    SyllabusBlock,
    Term,
)
from coursehub.participation.models import TeamSet
from coursehub.publishing.content import Finding, OfferingContent
from coursehub.publishing.errors import ContentInvalid, StillInUse
from coursehub.publishing.plain import whole
from coursehub.publishing.schema import OfferingFile
from coursehub.publishing.upserts import Kept, Values, keep

_ORDERED_TEXTS: tuple[tuple[str, str, type[Model], str], ...] = (
    ("blocks", "key", SyllabusBlock, "order"),
    ("policies", "key", Policy, "order"),
    ("pages", "slug", Page, "nav_order"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The rows of an offering's staff, cohorts and team sets, by key."""

    staff: Kept[str, StaffMember]
    cohorts: Kept[str, Cohort]
    team_sets: Kept[str, TeamSet]


def offering_row(file: OfferingFile) -> Offering:
    """Return the offering of a file with its own fields as they should be. Raises ``ContentInvalid``."""
    organization, _ = Organization.objects.get_or_create(
        slug=file.organization.slug, defaults={"name": file.organization.name, "timezone": file.timezone}
    )
    _set(organization, {"name": file.organization.name})
    term, _ = Term.objects.get_or_create(
        organization=organization, code=file.term.code, defaults={"name": file.term.name}
    )
    _set(term, {"name": file.term.name, "starts_on": file.term.starts_on, "ends_on": file.term.ends_on})
    course, _ = Course.objects.get_or_create(
        organization=organization, code=file.course.code, defaults={"title": file.course.title}
    )
    _set(course, {"title": file.course.title})
    other = (
        Offering.objects.filter(course=course, term=term, section_label=file.section).exclude(slug=file.slug).first()
    )
    if other is not None:
        sentence = f"{course.code} in {term.name} is the offering “{other.slug}” already; give this one a section."
        raise ContentInvalid([Finding(("offering", "section"), sentence)])
    previous = None
    if file.previous is not None:
        previous = Offering.objects.filter(slug=file.previous).first()
        if previous is None:
            sentence = f"There is no offering “{file.previous}”; load that one first."
            raise ContentInvalid([Finding(("offering", "previous"), sentence)])
    values: dict[str, Any] = {
        "course_id": course.pk,
        "term_id": term.pk,
        "previous_id": previous.pk if previous else None,
        "section_label": file.section,
        **{name: getattr(file, name) for name in _SAME},
    }
    offering = Offering.objects.filter(slug=file.slug).first()
    if offering is None:
        offering = Offering.objects.create(slug=file.slug, **values)
    _set(offering, values)
    if offering.status == Offering.Status.PUBLISHED and offering.published_at is None:
        Offering.objects.filter(pk=offering.pk).update(published_at=Now())
    return offering


_SAME = (
    "timezone",
    "status",
    "visibility",
    "units",
    "delivery",
    "contact_email",
    "contact_note",
    "schedule_notice",
)


def _set(row: Model, values: Values) -> None:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        type(row)._default_manager.filter(pk=row.pk).update(**changed)
        for name, value in changed.items():
            setattr(row, name, value)


def people(offering: Offering, file: OfferingFile) -> People:
    """Write links, prerequisites, staff, cohorts and team sets. Raises ``StillInUse``."""
    fixed = {"offering": offering}
    links = keep(
        ExternalLink,
        {row.key: row for row in offering.links.all()},
        {item.key: {**whole(item), "order": order} for order, item in enumerate(file.links)},
        fixed=fixed,
    )
    prerequisites = keep(
        Prerequisite,
        {row.order: row for row in offering.prerequisites.all()},
        {
            order: {"order": order, "level": item.level, "text_md": item.text}
            for order, item in enumerate(file.prerequisites)
        },
        fixed=fixed,
    )
    for gone in (*links.gone, *prerequisites.gone):
        gone.delete()
    return People(
        staff=keep(
            StaffMember,
            {row.key: row for row in offering.staff.all()},
            {item.key: {**whole(item), "order": order} for order, item in enumerate(file.staff)},
            fixed=fixed,
        ),
        cohorts=keep(
            Cohort,
            {row.key: row for row in offering.cohorts.all()},
            {item.key: {**whole(item), "order": order} for order, item in enumerate(file.cohorts)},
            fixed=fixed,
        ),
        team_sets=keep(
            TeamSet,
            {row.key: row for row in offering.team_sets.all()},
            {
                item.key: {
                    "key": item.key,
                    "title": item.title,
                    "min_size": item.min_size,
                    "max_size": item.max_size,
                    "is_hard": item.hard,
                    "note_md": item.note,
                }
                for item in file.team_sets
            },
            fixed=fixed,
        ),
    )


def remove_people(written: People) -> None:
    """Delete who and what is no longer in the offering. Raises ``StillInUse``."""
    for cohort in written.cohorts.gone:
        if cohort.members.exists():
            message = f"The cohort “{cohort.name}” has members; move them first."
            raise StillInUse(message)
    for team_set in written.team_sets.gone:
        if team_set.teams.exists():
            message = f"There are teams in “{team_set.title}”; dissolve them first."
            raise StillInUse(message)
    for row in (*written.staff.gone, *written.cohorts.gone, *written.team_sets.gone):
        row.delete()


def texts(
    offering: Offering, content: OfferingContent, cohorts: Kept[str, Cohort], *, touched: Collection[str]
) -> None:
    """Write blocks, policies, pages and announcements."""
    for name, key_field, model, order_field in _ORDERED_TEXTS:
        entries: Mapping[str, Any] = getattr(content, name)
        written = keep(
            model,
            {getattr(row, key_field): row for row in getattr(offering, name).all()},
            {
                key: {key_field: key, **whole(entry), order_field: order}
                for order, (key, entry) in enumerate(entries.items())
            },
            fixed={"offering": offering},
        )
        for gone in written.gone:
            gone.delete()
    _announcements(offering, content, cohorts, touched=touched)


def _announcements(
    offering: Offering, content: OfferingContent, cohorts: Kept[str, Cohort], *, touched: Collection[str]
) -> None:
    zone = ZoneInfo(content.offering.timezone)
    written = keep(
        Announcement,
        {row.key: row for row in offering.announcements.all()},
        {
            key: {
                "key": key,
                "title": item.title,
                "body_md": item.body_md,
                "publish_at": item.publish_at and item.publish_at.replace(tzinfo=zone),
                "is_pinned": item.pinned,
                "audience": item.audience,
            }
            for key, item in content.announcements.items()
        },
        fixed={"offering": offering},
    )
    for key, item in content.announcements.items():
        if f"announcement:{key}" in touched:
            written.rows[key].cohorts.set([cohorts.rows[cohort] for cohort in item.cohorts])
    for gone in written.gone:
        gone.delete()


def assumptions(offering: Offering, content: OfferingContent, *, by: User | None) -> None:
    """Write what is assumed. An assumption becomes confirmed by whoever saves it so."""
    entries = content.assumptions.assumptions
    written = keep(
        Assumption,
        {row.key: row for row in offering.assumptions.all()},
        {
            item.key: {
                "key": item.key,
                "about": item.about,
                "question": item.question,
                "assumed": item.assumed,
                "order": order,
            }
            for order, item in enumerate(entries)
        },
        fixed={"offering": offering},
    )
    for gone in written.gone:
        gone.delete()
    for item in entries:
        row = written.rows[item.key]
        if item.confirmed and row.confirmed_at is None:
            Assumption.objects.filter(pk=row.pk).update(confirmed_at=Now(), confirmed_by=by)
        if not item.confirmed and row.confirmed_at is not None:
            Assumption.objects.filter(pk=row.pk).update(confirmed_at=None, confirmed_by=None)
