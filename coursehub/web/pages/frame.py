"""What stands around every page: title, crumbs, the places of a course, and what is unusual about the view."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability, Offering
from coursehub.participation.queries import sections_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place to go."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The title of a page, the way to it, and the places beside it."""

    title: str
    crumbs: tuple[Link, ...] = ()
    nav: tuple[Link, ...] = ()
    notice: str = ""
    """What is unusual about what one sees: a draft, a preview."""
    notice_link: Link | None = None


def course_frame(
    offering: Offering,
    may: Collection[Capability],
    *,
    title: str,
    place: str = "",
    crumbs: tuple[Link, ...] = (),
    viewer: Viewer | None = None,
) -> Frame:
    """Return the frame of a page inside a course; `place` is the URL name of the bar's link it belongs to.

    With `viewer` the frame says when the page is a preview, and its links stay within it.
    """
    preview = f"?as={viewer.preview_as}" if viewer and viewer.is_preview else ""
    short = offering.course.title.partition(":")[0]
    home = Link(label=short, url=reverse("course", args=[offering.slug]) + preview)
    sections = sections_of(offering)
    links = [
        ("course", short, True),
        ("schedule", "Schedule", True),
        ("modules", "Modules", sections.has_modules),
        ("assessments_list", "Assessments", True),
        ("staff_page", "Staff", True),
        ("policies", "Policies", True),
        ("slots", "Slots", Capability.VIEW_COURSE in may and (Capability.EDIT_COURSE in may or sections.has_slots)),
        ("my_grades", "My grades", Capability.SUBMIT in may and not preview),
        ("staff_submissions", "Submissions", Capability.VIEW_SUBMISSIONS in may and not preview),
        ("gradebook", "Grade book", Capability.VIEW_GRADES in may and not preview),
        ("extensions", "Extensions", Capability.GRANT_EXTENSIONS in may and not preview),
        ("people", "People", Capability.MANAGE_PEOPLE in may and not preview),
        ("suites", "Suites", Capability.MANAGE_SUITES in may and not preview),
        ("edit_home", "Edit", Capability.EDIT_COURSE in may and not preview and has_place("edit_home", offering.slug)),
    ]
    nav = tuple(
        Link(label=label, url=reverse(name, args=[offering.slug]) + preview, current=name == place)
        for name, label, shown in links
        if shown
    )
    way = () if place == "course" and not crumbs else (home, *crumbs)
    notice, link = _unusual(offering, viewer)
    return Frame(title=title, crumbs=way, nav=nav, notice=notice, notice_link=link)


def has_place(name: str, *arguments: str) -> bool:
    """Whether the site has a page of that name."""
    try:
        reverse(name, args=arguments)
    except NoReverseMatch:
        return False
    return True


def _unusual(offering: Offering, viewer: Viewer | None) -> tuple[str, Link | None]:
    if viewer and viewer.is_preview:
        back = Link(label="Back to your own view", url=reverse("course", args=[offering.slug]))
        return f"You see this page as this role does: {viewer.preview_as.replace('_', ' ')}.", back
    if offering.status == Offering.Status.DRAFT:
        return "This offering is a draft. Only those who can edit it see it.", None
    if offering.status == Offering.Status.ARCHIVED:
        return "This offering is over and kept for reading.", None
    return "", None
