"""Editing late work, and which requests for more time are granted at once."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursehub.publishing.deadlines import penalty_of
from coursehub.publishing.schema import LatePolicyEntry
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.deadline_forms import RuleForm
from coursehub.web.editing.deadline_rows import DeadlineRows
from coursehub.web.editing.desk import Sheet, open_desk
from coursehub.web.pages.editing import Held
from coursehub.web.pages.frame import Frame
from grading.deadlines.models import ExtensionRule
from grading.deadlines.policies import PreviewRow, in_words, preview
from grading.deadlines.rule import in_words as rule_in_words
from grading.deadlines.services import set_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPreview:
    """What a late policy does to work of a hundred points."""

    title: str
    words: str
    rows: tuple[PreviewRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinesPage:
    """Late work, to edit."""

    frame: Frame
    form: DeadlineRows
    held: Held
    previews: tuple[PolicyPreview, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """The rule for requests, to edit."""

    frame: Frame
    form: RuleForm
    words: str
    back_url: str


@signed_in("GET", "HEAD", "POST")
def edit_deadlines(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Edit late policies, slip days, and how each assessment judges late work."""
    desk = open_desk(request, offering)
    form = DeadlineRows(desk.typed, content=desk.content)

    def show(held: Held) -> HttpResponseBase:
        page = DeadlinesPage(
            frame=desk.frame("Late work"),
            form=form,
            held=held,
            previews=tuple(_preview(entry) for entry in desk.content.deadlines.late_policies),
        )
        return TemplateResponse(request, "editing/deadlines.html", {"page": page})

    return desk.answer(
        Sheet(title="Late work", form=form, change=form.changed, done=desk.url("edit_deadlines"), show=show)
    )


@signed_in("GET", "HEAD", "POST")
def edit_extension_rule(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Edit which requests for more time are granted without anybody looking."""
    desk = open_desk(request, offering)
    rule = ExtensionRule.objects.filter(offering=desk.offering).first() or ExtensionRule(offering=desk.offering)
    form = RuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        set_rule(desk.offering, by=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("edit_extension_rule", offering)
    page = RulePage(
        frame=desk.frame("Requests for more time"),
        form=form,
        words=rule_in_words(ExtensionRule.objects.filter(offering=desk.offering).first()),
        back_url=desk.url("edit_home"),
    )
    return TemplateResponse(request, "editing/extension_rule.html", {"page": page})


def _preview(entry: LatePolicyEntry) -> PolicyPreview:
    policy = penalty_of(entry)
    return PolicyPreview(title=entry.title, words=in_words(policy), rows=preview(policy))
