"""The grading scheme: edited, checked while it is typed, tried on students, published; and what lateness would cost."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from pydantic import ValidationError

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Capability, Offering
from coursehub.publishing.class_samples import tried_on
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.refusals import EditRefused
from coursehub.web.borders import SignedInRequest, is_htmx, signed_in
from coursehub.web.editing.desk import Desk, Sheet, open_desk
from coursehub.web.editing.lateness_forms import LatenessForm
from coursehub.web.editing.scheme_forms import SchemeForm
from coursehub.web.pages.editing import Held
from coursehub.web.pages.frame import Link
from coursehub.web.pages.lateness import lateness_page
from coursehub.web.pages.scheme import (
    UNREADABLE,
    SchemePage,
    checks_of,
    lines_of,
    readings_panel,
)
from grading.deadlines.models import AssessmentLateness, SlipDayPolicy
from grading.gradebook.models import GradingScheme


@signed_in("GET", "HEAD", "POST")
def edit_grading(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Edit the scheme; for htmx only what there is to say about it as it is typed."""
    desk = open_desk(request, offering)
    form = SchemeForm(desk.typed, content=desk.content)
    wanted = desk.said("try") or request.GET.get("try", "")

    def show(held: Held) -> HttpResponseBase:
        page = _page(desk, form, held, wanted=wanted, is_fragment=is_htmx(request))
        name = "editing/grading.html#answer" if is_htmx(request) else "editing/grading.html"
        return TemplateResponse(request, name, {"page": page})

    if is_htmx(request) or "check" in (desk.typed or ()):
        return show(desk.held())
    return desk.answer(
        Sheet(
            title="Grading",
            form=form,
            change=lambda: form.changed(desk.said("do")),
            done=desk.url("edit_grading"),
            show=show,
        )
    )


@signed_in()
def try_lateness(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Say what a student would get who hands in at some moment."""
    desk = open_desk(request, offering)
    assessments = list(desk.offering.assessments.order_by("order", "pk"))
    form = LatenessForm(request.GET or None, assessments=assessments, zone=desk.offering.zone)
    chosen = form.chosen()
    lateness = AssessmentLateness.objects.filter(assessment=chosen).select_related("policy").first() if chosen else None
    page = lateness_page(
        desk.frame("Late work", Link(label="Grading", url=desk.url("edit_grading"))),
        form,
        lateness,
        SlipDayPolicy.objects.filter(offering=desk.offering).first(),
        zone=desk.offering.zone,
        back_url=desk.url("edit_grading"),
    )
    return TemplateResponse(request, "editing/lateness.html", {"page": page})


def _page(desk: Desk, form: SchemeForm, held: Held, *, wanted: str, is_fragment: bool) -> SchemePage:
    content = _as_typed(desk, form)
    checks = UNREADABLE if content is None else checks_of(content)
    panel = None
    if content is not None and not is_fragment:
        own, previous = _with_grades_for(desk, desk.offering), _with_grades_for(desk, desk.offering.previous)
        tried = tried_on(own, previous, content, wanted=wanted)
        panel = readings_panel(tried, has_previous=previous is not None, wanted=wanted)
    is_draft = desk.content.grading.status is GradingScheme.Status.DRAFT
    return SchemePage(
        frame=desk.frame("Grading"),
        form=form,
        held=held,
        lines=lines_of(form.rows, checks),
        checks=checks,
        readings=panel,
        is_draft=is_draft,
        late_url=desk.url("try_lateness"),
        history_url=desk.url("scheme_history"),
    )


def _with_grades_for(desk: Desk, offering: Offering | None) -> Offering | None:
    """Return the offering if the reader may see its grades."""
    if offering is None:
        return None
    may = desk.may if offering == desk.offering else capabilities_of(desk.request.user, offering)
    return offering if Capability.VIEW_GRADES in may else None


def _as_typed(desk: Desk, form: SchemeForm) -> OfferingContent | None:
    if not form.is_bound:
        return desk.content
    # A refusal of the whole, such as a scheme that cannot be published, leaves every field readable.
    if not form.is_valid() and set(form.errors) - {"__all__"}:
        return None
    try:
        return form.changed()
    except (EditRefused, ValidationError):
        return None
