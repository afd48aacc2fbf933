"""The pages of a course that a visitor may read: home, schedule, modules, assessments, people, rules and news."""

from django.db.models import F, Min
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now

from coursehub.accounts.models import User
from coursehub.courses import queries
from coursehub.courses.access import Viewer, offering_for, offerings_for, viewer_for
from coursehub.courses.models import Assumption, Capability, Page
from coursehub.schedule.queries import groupings_of, modules_of, schedule_of, series_of, upcoming_events_of
from coursehub.web.borders import VisitorRequest, open_to_visitors
from coursehub.web.pages.assessment_list import assessments_page
from coursehub.web.pages.course_home import NEWS_SHOWN, HomeContent, content_page, course_home_page
from coursehub.web.pages.modules import module_page, modules_page
from coursehub.web.pages.news import announcements_page, changes_page, previous_page
from coursehub.web.pages.people import staff_page as build_staff_page
from coursehub.web.pages.policies import policies_page
from coursehub.web.pages.programme import programme_page
from coursehub.web.pages.schedule import schedule_page
from grading.assessments.queries import assessments_for, planned_for, planned_in
from grading.deadlines.queries import dates_of
from grading.gradebook.own import own_grades
from grading.gradebook.queries import grading_table_of

CHANGES_SHOWN = 300
EVENTS_SHOWN = 3


@open_to_visitors
def programme(request: VisitorRequest) -> HttpResponseBase:
    """List all courses that one may see, and the weekly load across them."""
    begins = Coalesce("term__starts_on", Min("events__date"))
    visible = offerings_for(request.user).annotate(begins=begins)
    offerings = list(visible.order_by(F("begins").desc(nulls_last=True), "term__name", "course__code", "pk"))
    assessments = list(planned_in(offerings))
    page = programme_page(
        offerings,
        list(queries.instructors_in(offerings)),
        assessments,
        dates=dates_of(request.user, assessments),
        now=now(),
    )
    return TemplateResponse(request, "courses/programme.html", {"page": page})


@open_to_visitors
def course(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show the home of a course."""
    viewer = _viewer(request, offering)
    found = viewer.offering
    assessments = list(assessments_for(viewer.user, found))
    content = HomeContent(
        blocks=list(queries.blocks_for(viewer)),
        prerequisites=list(queries.prerequisites_of(found)),
        grading=grading_table_of(found),
        assumptions=_assumptions(viewer),
        announcements=list(queries.announcements_for(viewer).filter(publish_at__lte=now())[:NEWS_SHOWN]),
        assessments=assessments,
        dates=dates_of(viewer.user, assessments),
        upcoming=list(upcoming_events_of(found, now().astimezone(found.zone).date())[:EVENTS_SHOWN]),
        series=list(series_of(found)),
        staff=list(queries.staff_of(found)),
        links=list(queries.links_for(viewer)),
        pages=list(queries.pages_for(viewer)),
        has_previous=bool(queries.previous_of(viewer)),
        has_changes=queries.public_changes_of(found).exists(),
    )
    page = course_home_page(viewer, content, now=now())
    return TemplateResponse(request, "courses/course.html", {"page": page})


@open_to_visitors
def course_page(request: VisitorRequest, offering: str, page: str) -> HttpResponseBase:
    """Show one of a course's own pages."""
    viewer = _viewer(request, offering)
    pages = list(queries.pages_for(viewer))
    shown = next((row for row in pages if row.slug == page), None)
    if shown is None:
        raise Page.DoesNotExist
    return TemplateResponse(request, "courses/page.html", {"page": content_page(viewer, shown, pages)})


@open_to_visitors
def schedule(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show the schedule as a table, as an agenda from today, or as a month."""
    viewer = _viewer(request, offering)
    assessments = list(planned_for(viewer))
    page = schedule_page(
        viewer,
        schedule_of(viewer),
        list(series_of(viewer.offering)),
        assessments,
        dates=dates_of(viewer.user, assessments),
        view=request.GET.get("view", ""),
        month=request.GET.get("month", ""),
        from_start=request.GET.get("from") == "start",
        now=now(),
    )
    return TemplateResponse(request, "courses/schedule.html", {"page": page})


@open_to_visitors
def modules(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show all modules in one of the ways of grouping them."""
    viewer = _viewer(request, offering)
    page = modules_page(
        viewer,
        list(modules_of(viewer)),
        list(groupings_of(viewer)),
        list(planned_for(viewer)),
        scheme=request.GET.get("by", ""),
        now=now(),
    )
    return TemplateResponse(request, "courses/modules.html", {"page": page})


@open_to_visitors
def module(request: VisitorRequest, offering: str, module: str) -> HttpResponseBase:
    """Show one module."""
    viewer = _viewer(request, offering)
    page = module_page(viewer, list(modules_of(viewer)), list(planned_for(viewer)), key=module, now=now())
    return TemplateResponse(request, "courses/module.html", {"page": page})


@open_to_visitors
def assessments_list(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """List everything that is handed in or sat, announced or planned."""
    viewer = _viewer(request, offering)
    is_staff = Capability.VIEW_SUBMISSIONS in viewer.capabilities and not viewer.is_preview
    assessments = list(planned_for(viewer))
    learns = Capability.SUBMIT in viewer.capabilities and not viewer.is_preview
    page = assessments_page(
        viewer,
        assessments,
        dates=dates_of(viewer.user, assessments),
        grades=own_grades(queries.enrollment_of(request.user, viewer.offering))
        if learns and isinstance(request.user, User)
        else None,
        grading=grading_table_of(viewer.offering),
        assumptions=_assumptions(viewer),
        staff_url=reverse("staff_submissions", args=[offering]) if is_staff else "",
        now=now(),
    )
    return TemplateResponse(request, "courses/assessments.html", {"page": page})


@open_to_visitors
def staff_page(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show who teaches and when they are there."""
    viewer = _viewer(request, offering)
    page = build_staff_page(viewer, list(queries.staff_of(viewer.offering)), list(series_of(viewer.offering)))
    return TemplateResponse(request, "courses/staff.html", {"page": page})


@open_to_visitors
def policies(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show the rules of a course."""
    viewer = _viewer(request, offering)
    page = policies_page(viewer, list(queries.policies_for(viewer)))
    return TemplateResponse(request, "courses/policies.html", {"page": page})


@open_to_visitors
def announcements(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show the announcements of a course."""
    viewer = _viewer(request, offering)
    page = announcements_page(viewer, queries.announcements_for(viewer), now=now())
    return TemplateResponse(request, "courses/announcements.html", {"page": page})


@open_to_visitors
def changes(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show what has changed since publication, and why."""
    viewer = _viewer(request, offering)
    page = changes_page(viewer, list(queries.public_changes_of(viewer.offering)[:CHANGES_SHOWN]), now=now())
    return TemplateResponse(request, "courses/changes.html", {"page": page})


@open_to_visitors
def previous(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show earlier and other offerings of the course."""
    viewer = _viewer(request, offering)
    page = previous_page(viewer, queries.previous_of(viewer))
    return TemplateResponse(request, "courses/previous.html", {"page": page})


def _assumptions(viewer: Viewer) -> list[Assumption]:
    is_editor = Capability.EDIT_COURSE in viewer.capabilities
    return list(queries.assumptions_of(viewer.offering)) if is_editor else []


def _viewer(request: VisitorRequest, slug: str) -> Viewer:
    found = offering_for(request.user, slug)
    return viewer_for(request.user, found, request.GET.get("as", ""))
