"""An offering's rows as a content."""

from typing import Any

from coursehub.courses.models import (
    Announcement,
    Assumption,
    Cohort,
    ExternalLink,
    Offering,
    Page,
    Policy,
    Prerequisite,
    StaffMember,
    SyllabusBlock,
)
from coursehub.participation.models import TeamSet
from coursehub.publishing import deadlines, rows_of_schedule, rows_of_work
from coursehub.publishing.content import (
    AnnouncementContent,
    BlockContent,
    OfferingContent,
    PageContent,
    PolicyContent,
)
from coursehub.publishing.ordering import in_order
from coursehub.publishing.schema import (
    AssumptionEntry,
    AssumptionsFile,
    CohortEntry,
    CourseEntry,
    LinkEntry,
    OfferingFile,
    OrganizationEntry,
    PrerequisiteEntry,
    StaffEntry,
    TeamSetEntry,
    TermEntry,
)


def content_of(offering: Offering) -> OfferingContent:
    """Return everything that is written about an offering, with a fixed number of queries."""
    fresh = Offering.objects.select_related("course__organization", "term", "previous").get(pk=offering.pk)
    return in_order(
        OfferingContent(
            offering=_file(fresh),
            blocks={row.key: _block(row) for row in fresh.blocks.order_by("order", "pk")},
            policies={row.key: _policy(row) for row in fresh.policies.order_by("order", "pk")},
            pages={row.slug: _page(row) for row in fresh.pages.order_by("nav_order", "pk")},
            announcements={
                row.key: _announcement(row) for row in fresh.announcements.prefetch_related("cohorts").order_by("pk")
            },
            assessments=rows_of_work.assessments(fresh),
            schedule=rows_of_schedule.schedule(fresh),
            modules=rows_of_schedule.modules(fresh),
            materials=rows_of_schedule.materials(fresh),
            grading=rows_of_work.grading(fresh),
            deadlines=deadlines.read(fresh),
            assumptions=AssumptionsFile(
                assumptions=[_assumption(row) for row in fresh.assumptions.order_by("order", "pk")]
            ),
        )
    )


def _file(offering: Offering) -> OfferingFile:
    course, term = offering.course, offering.term
    return OfferingFile(
        slug=offering.slug,
        organization=OrganizationEntry(slug=course.organization.slug, name=course.organization.name),
        term=TermEntry(code=term.code, name=term.name, starts_on=term.starts_on, ends_on=term.ends_on),
        course=CourseEntry(code=course.code, title=course.title),
        section=offering.section_label,
        timezone=offering.timezone,
        status=Offering.Status(offering.status),
        visibility=Offering.Visibility(offering.visibility),
        units=offering.units,
        delivery=offering.delivery,
        contact_email=offering.contact_email,
        contact_note=offering.contact_note,
        schedule_notice=offering.schedule_notice,
        previous=offering.previous.slug if offering.previous else None,
        prerequisites=[_prerequisite(row) for row in offering.prerequisites.order_by("order", "pk")],
        links=[_link(row) for row in offering.links.order_by("order", "pk")],
        staff=[_person(row) for row in offering.staff.order_by("order", "pk")],
        cohorts=[_cohort(row) for row in offering.cohorts.order_by("order", "pk")],
        team_sets=[_team_set(row) for row in offering.team_sets.order_by("key")],
    )


def _prerequisite(row: Prerequisite) -> PrerequisiteEntry:
    return PrerequisiteEntry(level=Prerequisite.Level(row.level), text=row.text_md)


def _link(row: ExternalLink) -> LinkEntry:
    return LinkEntry.model_validate(_fields(row, LinkEntry))


def _person(row: StaffMember) -> StaffEntry:
    return StaffEntry.model_validate(_fields(row, StaffEntry))


def _cohort(row: Cohort) -> CohortEntry:
    return CohortEntry.model_validate(_fields(row, CohortEntry))


def _team_set(row: TeamSet) -> TeamSetEntry:
    return TeamSetEntry(
        key=row.key, title=row.title, min_size=row.min_size, max_size=row.max_size, hard=row.is_hard, note=row.note_md
    )


def _block(row: SyllabusBlock) -> BlockContent:
    return BlockContent.model_validate(_fields(row, BlockContent))


def _policy(row: Policy) -> PolicyContent:
    return PolicyContent.model_validate(_fields(row, PolicyContent))


def _page(row: Page) -> PageContent:
    return PageContent.model_validate(_fields(row, PageContent))


def _announcement(row: Announcement) -> AnnouncementContent:
    return AnnouncementContent.model_validate(
        {
            "title": row.title,
            "body_md": row.body_md,
            "publish_at": row.publish_at,
            "pinned": row.is_pinned,
            "audience": row.audience,
            "cohorts": [cohort.key for cohort in row.cohorts.all()],
        }
    )


def _assumption(row: Assumption) -> AssumptionEntry:
    return AssumptionEntry(
        key=row.key,
        about=row.about,
        question=row.question,
        assumed=row.assumed,
        confirmed=row.confirmed_at is not None,
    )


def _fields(row: Any, entry: type[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in entry.model_fields}
