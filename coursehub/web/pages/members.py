"""Who takes part in a course, for those who look after it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page as Slice
from django.forms import Form
from django.http import QueryDict
from django.urls import reverse

from coursehub.courses.models import Capability, Offering
from coursehub.mail.queries import Progress
from coursehub.web import words
from coursehub.web.import_forms import PeopleFilterForm
from coursehub.web.moments import moment
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.letters import Letters, letters_of
from coursehub.web.pages.staff import Pager
from coursehub.web.words import Look
from grading.gradebook.imports.people import DROPPED, Known, Roles
from grading.interchange.tables import number_text

ACTIVE = Look(key="queued", mark="✓", word="Active")
GONE = Look(key="queued", mark=words.DASH, word="Dropped")
INVITED = Look(key="running", mark="✉", word="Invited")
NOT_INVITED = Look(key="partial", mark="○", word="Never signed in")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One person in the list."""

    name: str
    url: str
    email: str
    ids: str
    roles: str
    sections: str
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """The list with its filters."""

    frame: Frame
    summary: str
    form: Form
    is_filtered: bool
    rows: tuple[MemberRow, ...]
    pager: Pager
    url: str
    links: tuple[Link, ...]
    export_url: str
    invite_url: str
    waiting: int
    """How many active people were never invited and have never signed in."""
    letters: Letters | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person."""

    frame: Frame
    name: str
    look: Look
    facts: tuple[Fact, ...]
    form: Form | None
    may_change: bool
    is_dropped: bool
    status_url: str
    invite_url: str
    pk: int
    invites_again: bool
    grades_url: str
    """Their line of the grade book; empty where they have none, or its reader may not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPage:
    """The form for one new person."""

    frame: Frame
    form: Form


def fitting(one: Known, form: PeopleFilterForm) -> bool:
    """Return whether somebody fits the filters."""
    text, facts = form.value("text").casefold(), one.facts
    said = (facts.name, facts.preferred_name, one.user.email, *facts.ids.values())
    return (
        (not text or any(text in word.casefold() for word in said))
        and form.value("section") in {"", *facts.sections}
        and form.value("role") in {"", *facts.roles}
        and form.value("status") in {"", facts.status}
    )


def members_page(
    offering: Offering, may: Collection[Capability], *, form: PeopleFilterForm, query: QueryDict,
    slice_: "Slice[Known]", known: Sequence[Known], roles: Roles, invitations: Progress | None, now: datetime,
) -> MembersPage:  # fmt: skip
    """Build the page from one slice of the list."""
    url, slug = reverse("people", args=[offering.slug]), [offering.slug]
    active = [one for one in known if one.facts.status != DROPPED]
    students = sum(roles.is_student(one.facts) for one in active)
    staff = sum(roles.is_staff(one.facts) for one in active)
    return MembersPage(
        frame=course_frame(
            offering, may, title="People", place="people", crumbs=(Link(label="People", url="", current=True),)
        ),
        summary=(
            f"{words.plural(students, 'student')}, {staff} staff, {len(active) - students - staff} others, "
            f"{len(known) - len(active)} dropped"
        ),
        form=form, is_filtered=any(query.get(name) for name in form.fields),
        rows=tuple(_row(offering, one, roles) for one in slice_),
        pager=Pager(
            number=slice_.number, pages=slice_.paginator.num_pages,
            previous_url=_at(url, query, slice_.number - 1) if slice_.has_previous() else "",
            next_url=_at(url, query, slice_.number + 1) if slice_.has_next() else "",
        ),
        url=url,
        links=(
            Link(label="Import a roster", url=reverse("roster_import", args=slug)),
            Link(label="Add one person", url=reverse("people_add", args=slug)),
            Link(label="Import grades", url=reverse("grade_import", args=slug)),
            Link(label="Export grades", url=reverse("exports", args=slug)),
        ),
        export_url=reverse("roster_export", args=slug), invite_url=reverse("people_invite", args=slug),
        waiting=sum(one.enrollment.invited_at is None and one.user.last_login is None for one in active),
        letters=letters_of(invitations, "invitation"),
    )  # fmt: skip


def person_page(
    offering: Offering, may: Collection[Capability], *, known: Known, roles: Roles, form: Form | None, is_me: bool,
    now: datetime,
) -> PersonPage:  # fmt: skip
    """Build the page of one person."""
    facts, enrollment, zone = known.facts, known.enrollment, offering.zone
    people = Link(label="People", url=reverse("people", args=[offering.slug]))
    invited = moment(enrollment.invited_at, zone, now=now).text if enrollment.invited_at else ""
    seen = moment(known.user.last_login, zone, now=now).text if known.user.last_login else "never"
    return PersonPage(
        frame=course_frame(
            offering, may, title=known.user.name, place="people",
            crumbs=(people, Link(label=known.user.name, url="", current=True)),
        ),
        name=known.user.name, look=_look(known),
        facts=facts_of(
            [
                ("E-mail", known.user.email),
                ("Name", facts.name),
                ("Role", _roles(known, roles)),
                ("Section", ", ".join(facts.sections)),
                ("Cohort", ", ".join(facts.cohorts)),
                ("Team", ", ".join(facts.teams.values())),
                ("ID", ", ".join(f"{system} {value}" for system, value in sorted(facts.ids.items()))),
                ("Time factor", number_text(facts.time_factor) if facts.time_factor != 1 else ""),
                ("Invited", invited),
                ("Signed in", seen),
            ]
        ),
        form=form, may_change=not is_me, is_dropped=facts.status == DROPPED,
        status_url=reverse("person_status", args=[offering.slug, enrollment.pk]),
        invite_url=reverse("people_invite", args=[offering.slug]), pk=enrollment.pk, invites_again=bool(invited),
        grades_url=reverse("gradebook_student", args=[offering.slug, enrollment.pk])
        if Capability.VIEW_GRADES in may and roles.is_student(facts) and facts.status != DROPPED
        else "",
    )  # fmt: skip


def add_page(offering: Offering, may: Collection[Capability], *, form: Form) -> AddPage:
    """Build the page of the form."""
    people = Link(label="People", url=reverse("people", args=[offering.slug]))
    title = "Add one person"
    crumbs = (people, Link(label=title, url="", current=True))
    return AddPage(frame=course_frame(offering, may, title=title, place="people", crumbs=crumbs), form=form)


def _row(offering: Offering, one: Known, roles: Roles) -> MemberRow:
    return MemberRow(
        name=one.user.name, url=reverse("person", args=[offering.slug, one.enrollment.pk]), email=one.user.email,
        ids=", ".join(value for _, value in sorted(one.facts.ids.items())), roles=_roles(one, roles),
        sections=", ".join((*one.facts.sections, *one.facts.cohorts)), look=_look(one),
    )  # fmt: skip


def _roles(one: Known, roles: Roles) -> str:
    return ", ".join(roles.by_key[key].label for key in one.facts.roles)


def _look(one: Known) -> Look:
    if one.facts.status == DROPPED:
        return GONE
    if one.user.last_login is not None:
        return ACTIVE
    return INVITED if one.enrollment.invited_at else NOT_INVITED


def _at(url: str, query: QueryDict, number: int) -> str:
    wanted = query.copy()
    wanted["page"] = str(number)
    return f"{url}?{wanted.urlencode()}"
