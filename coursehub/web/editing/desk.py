"""One way for every form that changes an offering: compare, show what follows, ask why, save, or give it back."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from pydantic import ValidationError

from coursehub.courses.access import capabilities_of, offering_for, require
from coursehub.courses.models import Capability, Change, Offering
from coursehub.courses.queries import changes_of
from coursehub.publishing.checks import findings
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import DateEffect, Difference, date_effects, differences
from coursehub.publishing.errors import ChangedMeanwhile, PublishingRefused, ReasonMissing
from coursehub.publishing.ordering import in_order
from coursehub.publishing.refusals import EditRefused
from coursehub.publishing.rows import content_of
from coursehub.publishing.scheme_effects import effect_on
from coursehub.publishing.sentences import sentence_of
from coursehub.publishing.services import apply
from coursehub.web.borders import SignedInRequest
from coursehub.web.editing.entry_forms import EntryForm
from coursehub.web.pages.editing import (
    ConfirmPage,
    Held,
    Overtaken,
    change_lines,
    confirm_page,
    effect_lines,
    history_lines,
)
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.scheme_effect import effect_panel
from grading.gradebook.models import AuditRead
from grading.gradebook.reads import note_read

OURS = frozenset({"csrfmiddlewaretoken", "version", "confirmed", "reason", "back", "overtaken"})
"""Fields of the desk itself; all others are the form's and travel through the confirming step."""
NEWEST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one page of the editor is about."""

    title: str
    form: forms.Form
    change: Callable[[], OfferingContent]
    """Makes the changed content once the form is valid. May raise ``EditRefused`` or pydantic's ``ValidationError``."""
    done: str
    """The address to go to once it is saved."""
    show: Callable[["Held"], HttpResponseBase]
    """Shows the form, with what the desk holds."""
    crumbs: tuple[Link, ...] = ()
    reason: str = ""
    """Said to students where this change needs no words of its own; then nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A person who edits one offering, and what it says now."""

    request: SignedInRequest
    offering: Offering
    content: OfferingContent
    may: frozenset[Capability] = field(default_factory=frozenset)

    @property
    def typed(self) -> QueryDict | None:
        """What was sent with the form, or None where it is only looked at."""
        return self.request.POST if self.request.method == "POST" else None

    @property
    def is_published(self) -> bool:
        """Whether students see changes, and are told why."""
        return self.offering.status == Offering.Status.PUBLISHED

    def said(self, name: str) -> str:
        """Return one field of what was sent, or an empty text."""
        return str(self.typed.get(name, "")) if self.typed is not None else ""

    def held(self, overtaken: Overtaken | None = None) -> Held:
        """Return what every form carries along."""
        return Held(version=self.offering.version, overtaken=overtaken, draft=f"edit:{self.request.path}")

    def url(self, name: str, *args: object) -> str:
        """Return the address of a page of this offering."""
        return reverse(name, args=[self.offering.slug, *args])

    def frame(self, title: str, *crumbs: Link) -> Frame:
        """Return the frame of a page of the editor."""
        here = Link(label=title, url="", current=True)
        home = () if title == "Edit" else (Link(label="Edit", url=self.url("edit_home")),)
        return course_frame(self.offering, self.may, title=title, place="edit_home", crumbs=(*home, *crumbs, here))

    def answer(self, sheet: Sheet) -> HttpResponseBase:
        """Show a form, or what it would change, or save it and go on."""
        typed = self.typed
        if typed is None or "back" in typed or not sheet.form.is_valid():
            return sheet.show(self.held())
        changed = self._changed(sheet)
        if changed is None:
            return sheet.show(self.held())
        differing = differences(self.content, changed)
        if not differing:
            messages.info(self.request, "Nothing has changed, so nothing was saved.", extra_tags="queued")
            return redirect(sheet.done)
        effects = date_effects(self.content, changed)
        if typed.get("version") != str(self.offering.version):
            return self._overtaken(sheet, differing, effects)
        needs_look = (self.is_published and not sheet.reason) or effects or "overtaken" in typed
        if needs_look and "confirmed" not in typed:
            return self._confirm(sheet, changed, differing, effects)
        return self._save(sheet, changed, differing, effects)

    def _changed(self, sheet: Sheet) -> OfferingContent | None:
        try:
            changed = in_order(sheet.change())
        except EditRefused as refusal:
            sheet.form.add_error(None, refusal.sentence)
            return None
        except ValidationError as error:
            _refuse(sheet.form, error)
            return None
        before = {finding.sentence for finding in findings(self.content)}
        wrong = [finding.sentence for finding in findings(changed) if finding.sentence not in before]
        if wrong:
            sheet.form.add_error(None, wrong)
            return None
        return changed

    def _save(
        self,
        sheet: Sheet,
        changed: OfferingContent,
        differing: tuple[Difference, ...],
        effects: tuple[DateEffect, ...],
    ) -> HttpResponseBase:
        reason = self.request.POST.get("reason", "").strip() or sheet.reason
        try:
            apply(
                changed,
                by=self.request.user,
                source=Change.Source.PAGE,
                reason=reason,
                expected_version=self.offering.version,
            )
        except ReasonMissing as refusal:
            return self._confirm(sheet, changed, differing, effects, error=refusal.sentence)
        except ChangedMeanwhile:
            self.offering.refresh_from_db(fields=["version"])
            return self._overtaken(sheet, differing, effects)
        except PublishingRefused as refusal:
            sheet.form.add_error(None, refusal.sentence.splitlines())
            return sheet.show(self.held())
        messages.success(self.request, "Saved.")
        return redirect(sheet.done)

    def _confirm(
        self,
        sheet: Sheet,
        changed: OfferingContent,
        differing: tuple[Difference, ...],
        effects: tuple[DateEffect, ...],
        *,
        error: str = "",
    ) -> TemplateResponse:
        typed = self.request.POST
        of_scheme = effect_on(self.offering, self.content, changed, differing)
        sees_grades = Capability.VIEW_GRADES in self.may
        if of_scheme is not None and sees_grades:
            note_read(self.offering, AuditRead.What.GRADE_BOOK, by=self.request.user)
        hidden = tuple((name, str(value)) for name, values in typed.lists() if name not in OURS for value in values)
        page: ConfirmPage = confirm_page(
            self.frame("What this changes", *sheet.crumbs),
            heading=sheet.title,
            changes=change_lines(differing, self.offering.zone),
            effects=effect_lines(effects, self.offering.zone, now=now()),
            of_scheme=effect_panel(of_scheme, names_students=sees_grades) if of_scheme else None,
            hidden=hidden,
            held=self.held(),
            was_overtaken="overtaken" in typed,
            asks_reason=self.is_published and not sheet.reason,
            reason=typed.get("reason", ""),
            error=error,
        )
        return TemplateResponse(self.request, "editing/confirm.html", {"page": page})

    def _overtaken(
        self, sheet: Sheet, differing: tuple[Difference, ...], effects: tuple[DateEffect, ...]
    ) -> HttpResponseBase:
        newest = changes_of(self.offering)
        overtaken = Overtaken(
            others=history_lines(list(newest[:NEWEST_SHOWN]), self.offering.zone, now=now()),
            mine=change_lines(differing, self.offering.zone),
            effects=effect_lines(effects, self.offering.zone, now=now()),
        )
        return sheet.show(self.held(overtaken))


def open_desk(request: SignedInRequest, slug: str) -> Desk:
    """Return the desk of who may edit the offering. Raises ``Offering.DoesNotExist`` or ``NotAllowed``."""
    offering = offering_for(request.user, slug)
    require(request.user, offering, Capability.EDIT_COURSE)
    return Desk(
        request=request,
        offering=offering,
        content=content_of(offering),
        may=capabilities_of(request.user, offering),
    )


def _refuse(form: forms.Form, error: ValidationError) -> None:
    if isinstance(form, EntryForm):
        form.refuse(error)
        return
    for problem in error.errors():
        form.add_error(None, sentence_of(problem))
