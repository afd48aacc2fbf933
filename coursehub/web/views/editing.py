"""Where editing begins: the parts of an offering, publishing it, what is assumed, and what was changed."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import VISITOR
from coursehub.courses.models import Offering
from coursehub.courses.queries import changes_of
from coursehub.publishing import editing
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import Shelf
from coursehub.publishing.editing_grading import flat_nodes
from coursehub.publishing.errors import PublishingRefused
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schemes import problems_of
from coursehub.publishing.services import publish
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.editing.desk import Desk, Sheet, open_desk
from coursehub.web.editing.shelves import KINDS
from coursehub.web.pages.editing import Held, history_lines
from coursehub.web.pages.editor import (
    AssumptionLine,
    AssumptionsPage,
    ChangesPage,
    HomePage,
    Place,
    PublishPage,
)
from coursehub.web.pages.frame import Link
from coursehub.web.pages.staff import Pager

CHANGES_SHOWN = 50
CONFIRMED = "An assumption was confirmed."


@signed_in()
def edit_home(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show what can be edited, how far it is, and how it looks to others."""
    desk = open_desk(request, offering)
    found = desk.offering
    course = desk.url("course")
    page = HomePage(
        frame=desk.frame("Edit"),
        heading=f"Edit {found.course.title}",
        status=found.get_status_display(),
        is_draft=found.status == Offering.Status.DRAFT,
        audience=found.get_visibility_display(),
        places=_places(desk),
        previews=tuple(
            Link(label=label, url=f"{course}?as={key}")
            for key, label in [(VISITOR, "Visitor"), *found.roles.order_by("sort").values_list("key", "label")]
        ),
        open_assumptions=len(_open_assumptions(desk.content)),
        assumptions_url=desk.url("edit_assumptions"),
        publish_url=desk.url("edit_publish"),
        changes_url=desk.url("edit_changes"),
        clone_url=desk.url("clone"),
    )
    return TemplateResponse(request, "editing/home.html", {"page": page})


def _places(desk: Desk) -> tuple[Place, ...]:
    content = desk.content
    events = content.schedule.events
    places = [
        Place(label="Facts", url=desk.url("edit_offering"), summary="Contact, prerequisites, time zone, who sees it"),
        Place(
            label="Schedule",
            url=desk.url("edit_schedule"),
            summary=f"{words.plural(len(events), 'event')} as a table, or pasted from a spreadsheet",
        ),
        Place(
            label="Weeks, teams and groups",
            url=desk.url("edit_structure"),
            summary=f"{words.plural(len(content.schedule.weeks), 'week')}, sections, teams, groups of modules",
        ),
        Place(
            label="Grading",
            url=desk.url("edit_grading"),
            summary=words.plural(len(flat_nodes(content.grading.nodes)), "row"),
        ),
        Place(
            label="Late work",
            url=desk.url("edit_deadlines"),
            summary=f"{words.plural(len(content.deadlines.late_policies), 'late policy', 'late policies')}, slip days",
        ),
        Place(
            label="Requests for more time",
            url=desk.url("edit_extension_rule"),
            summary="Which are granted at once",
        ),
    ]
    for name, kind in KINDS.items():
        if kind.shelf is not Shelf.EVENTS:
            count = len(editing.entries_of(content, kind.shelf))
            summary = f"{count} so far" if count else kind.advice
            places.append(Place(label=kind.title, url=desk.url("edit_shelf", name), summary=summary))
    return tuple(places)


@signed_in("GET", "HEAD", "POST")
def edit_publish(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Say who will see the offering, then show it to them."""
    desk = open_desk(request, offering)
    error = ""
    if desk.typed is not None:
        try:
            publish(desk.offering, by=request.user)
        except PublishingRefused as refusal:
            error = refusal.sentence
        else:
            messages.success(request, "Published. From now on every change is shown to students with its reason.")
            return redirect(desk.url("edit_home"))
    page = PublishPage(
        frame=desk.frame("Publish"),
        audience=desk.offering.get_visibility_display(),
        open_assumptions=len(_open_assumptions(desk.content)),
        assumptions_url=desk.url("edit_assumptions"),
        is_draft=desk.offering.status == Offering.Status.DRAFT,
        grading_problems=tuple(problem.sentence for problem in problems_of(desk.content)),
        grading_url=desk.url("edit_grading"),
        error=error,
    )
    return TemplateResponse(request, "editing/publish.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def edit_assumptions(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """List what is assumed; confirm one as it stands, or with another answer."""
    desk = open_desk(request, offering)
    form = forms.Form(desk.typed)
    key = desk.said("confirm")

    def change() -> OfferingContent:
        if not key:
            raise NotThere
        answer = desk.said(f"assumed:{key}").strip()
        return editing.confirm_assumption(desk.content, key, assumed=answer)

    def show(held: Held) -> HttpResponseBase:
        lines = [
            AssumptionLine(
                key=entry.key,
                about=entry.about.replace(":", " ").replace("_", " "),
                question=entry.question,
                assumed=desk.said(f"assumed:{entry.key}") or entry.assumed,
                is_confirmed=entry.confirmed,
            )
            for entry in desk.content.assumptions.assumptions
        ]
        page = AssumptionsPage(
            frame=desk.frame("Assumptions"),
            open=tuple(line for line in lines if not line.is_confirmed),
            confirmed=tuple(line for line in lines if line.is_confirmed),
            form=form,
            held=held,
        )
        return TemplateResponse(request, "editing/assumptions.html", {"page": page})

    return desk.answer(
        Sheet(
            title="Assumptions",
            form=form,
            change=change,
            done=desk.url("edit_assumptions"),
            show=show,
            reason=CONFIRMED,
        )
    )


@signed_in()
def edit_changes(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show who changed what, when, from what to what, and why."""
    desk = open_desk(request, offering)
    slice_ = Paginator(changes_of(desk.offering), CHANGES_SHOWN).get_page(request.GET.get("page"))
    page = ChangesPage(
        frame=desk.frame("Changes"),
        lines=history_lines(list(slice_.object_list), desk.offering.zone, now=now()),
        pager=Pager(
            number=slice_.number,
            pages=slice_.paginator.num_pages,
            previous_url=f"?page={slice_.previous_page_number()}" if slice_.has_previous() else "",
            next_url=f"?page={slice_.next_page_number()}" if slice_.has_next() else "",
        ),
    )
    return TemplateResponse(request, "editing/changes.html", {"page": page})


def _open_assumptions(content: OfferingContent) -> list[str]:
    return [entry.key for entry in content.assumptions.assumptions if not entry.confirmed]
