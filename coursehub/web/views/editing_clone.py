"""New offering from this one: say where to, answer what lands badly, get a draft."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from coursehub.publishing.cloning import Cloned, clone
from coursehub.publishing.errors import PublishingRefused
from coursehub.publishing.renewal import AddressTaken, TermTaken, start_offering
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.editing.clone_forms import CloneForm, QuestionsForm
from coursehub.web.editing.desk import Desk, open_desk
from coursehub.web.pages.editor import ClonePage, QuestionLine


@signed_in("GET", "HEAD", "POST")
def clone_offering(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Ask for the new term, then about each date that lands badly, then make the draft."""
    desk = open_desk(request, offering)
    form = CloneForm(desk.typed, content=desk.content)
    if desk.typed is None or "back" in desk.typed or not form.is_valid():
        return _show(desk, form)
    asked = QuestionsForm(None, questions=clone(desk.content, form.target()).questions)
    answers = QuestionsForm(desk.typed if "make" in desk.typed else None, questions=asked.questions)
    cloned = clone(desk.content, form.target(), QuestionsForm(desk.typed, questions=asked.questions).choices())
    if not answers.is_valid():
        return _show(desk, form, answers=answers, cloned=cloned)
    try:
        made = start_offering(cloned.content, cloned_from=desk.offering, by=request.user)
    except (AddressTaken, TermTaken) as refusal:
        form.add_error(None, refusal.sentence)
        return _show(desk, form)
    except PublishingRefused as refusal:
        form.add_error(None, refusal.sentence.splitlines())
        return _show(desk, form, answers=answers, cloned=cloned)
    messages.success(request, "The new offering is a draft. Nobody sees it until you publish it.")
    return redirect(reverse("edit_home", args=[made.slug]))


def _show(
    desk: Desk, form: CloneForm, *, answers: QuestionsForm | None = None, cloned: Cloned | None = None
) -> HttpResponseBase:
    page = ClonePage(
        frame=desk.frame("New offering from this one"),
        form=form,
        questions=_lines(answers) if answers is not None else (),
        is_second=cloned is not None,
        hidden=_hidden(form) if cloned is not None else (),
        summary=_summary(form, cloned) if cloned is not None else "",
    )
    return TemplateResponse(desk.request, "editing/clone.html", {"page": page})


def _lines(answers: QuestionsForm) -> tuple[QuestionLine, ...]:
    return tuple(
        QuestionLine(title=question.title, reason=question.reason, field=answers[question.subject])
        for question in answers.questions
    )


def _hidden(form: CloneForm) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(form.data.get(name, ""))) for name in form.fields if name in form.data)


def _summary(form: CloneForm, cloned: Cloned) -> str:
    target = form.target()
    dated = [event.date for event in cloned.content.schedule.events if event.date]
    moved = words.plural(abs(target.weeks), "week")
    direction = "later" if target.weeks >= 0 else "earlier"
    told = f"Every date moves {moved} {direction} and stays on its weekday."
    if dated:
        first, last = min(dated), max(dated)
        told += (
            f" {words.plural(len(dated), 'dated event')} from {first:%a} {first.day} {first:%b %Y}"
            f" to {last:%a} {last.day} {last:%b %Y}."
        )
    return told + " Announcements and the old days without class stay behind; assumptions are to be confirmed again."
