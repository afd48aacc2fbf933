"""Collections of entries: list them, put them in order, add one, change one, take one out."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursehub.publishing import editing
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import Shelf
from coursehub.publishing.paste import free_key
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schema import MaterialEntry
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.editing.desk import Desk, Sheet, open_desk
from coursehub.web.editing.entry_forms import EntryForm, OfferingForm
from coursehub.web.editing.schedule_forms import AssessmentForm
from coursehub.web.editing.shelves import KINDS, ShelfKind
from coursehub.web.pages.editing import Held
from coursehub.web.pages.editor import FormPage, ShelfPage, entry_lines
from coursehub.web.pages.frame import Link


@signed_in("GET", "HEAD", "POST")
def edit_offering(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Change the facts of the offering itself."""
    desk = open_desk(request, offering)
    form = OfferingForm(desk.typed, content=desk.content, entry=desk.content.offering)

    def change() -> OfferingContent:
        return desk.content.model_copy(update={"offering": form.result()})

    return _form(desk, form, heading="Facts", change=change, done=desk.url("edit_home"))


@signed_in("GET", "HEAD", "POST")
def edit_shelf(request: SignedInRequest, offering: str, shelf: str) -> HttpResponseBase:
    """List a collection; move an entry up or down."""
    desk, kind = open_desk(request, offering), _kind(shelf)
    if kind.shelf is Shelf.EVENTS:
        return redirect(desk.url("edit_schedule"))
    form = forms.Form(desk.typed)
    entries = editing.entries_of(desk.content, kind.shelf)

    def change() -> OfferingContent:
        what, _, key = desk.said("do").partition(":")
        steps = {"up": -1, "down": 1}.get(what)
        if steps is None or not kind.has_order:
            raise NotThere
        return editing.move_entry(desk.content, kind.shelf, key, steps=steps)

    def show(held: Held) -> HttpResponseBase:
        named = [(key, str(getattr(entry, kind.form.named_by)), _note(entry)) for key, entry in entries.items()]
        page = ShelfPage(
            frame=desk.frame(kind.title),
            heading=kind.title,
            one=kind.one,
            advice=kind.advice,
            entries=entry_lines(named, [desk.url("edit_entry", shelf, key) for key in entries]),
            has_order=kind.has_order,
            add_url=desk.url("edit_entry_add", shelf),
            form=form,
            held=held,
        )
        return TemplateResponse(request, "editing/shelf.html", {"page": page})

    done = desk.url("edit_shelf", shelf)
    return desk.answer(Sheet(title=kind.title, form=form, change=change, done=done, show=show))


@signed_in("GET", "HEAD", "POST")
def edit_entry_add(request: SignedInRequest, offering: str, shelf: str) -> HttpResponseBase:
    """Add an entry to a collection."""
    desk, kind = open_desk(request, offering), _kind(shelf)
    form = kind.form(desk.typed, content=desk.content)

    def change() -> OfferingContent:
        taken = editing.entries_of(desk.content, kind.shelf)
        key = free_key(str(form.cleaned_data[kind.form.named_by]), taken, fallback=kind.shelf.value)
        entry = form.result(**({"key": key} if "key" in kind.form.makes.model_fields else {}))
        if kind.shelf is Shelf.EVENTS:
            return editing.add_event(desk.content, entry)
        return form.beside(editing.put_entry(desk.content, kind.shelf, key, entry), key)

    return _form(desk, form, heading=f"A new {kind.one}", change=change, done=_list(desk, kind), kind=kind)


@signed_in("GET", "HEAD", "POST")
def edit_entry(request: SignedInRequest, offering: str, shelf: str, key: str) -> HttpResponseBase:
    """Change an entry, or take it out."""
    desk, kind = open_desk(request, offering), _kind(shelf)
    try:
        entry = editing.entry_of(desk.content, kind.shelf, key)
    except NotThere as error:
        raise Http404 from error
    removes = desk.typed is not None and "remove" in desk.typed
    form: forms.Form = forms.Form(desk.typed) if removes else kind.form(desk.typed, content=desk.content, entry=entry)

    def change() -> OfferingContent:
        if not isinstance(form, EntryForm):
            return editing.remove_entry(desk.content, kind.shelf, key)
        if kind.shelf is Shelf.EVENTS:
            return editing.replace_event(desk.content, key, **form.values())
        return form.beside(editing.put_entry(desk.content, kind.shelf, key, form.result()), key)

    heading = str(getattr(entry, kind.form.named_by))
    shown = kind.form(None, content=desk.content, entry=entry) if removes else form
    return _form(
        desk, form, heading=heading, change=change, done=_list(desk, kind), kind=kind,
        remove=f"Remove this {kind.one}", shown=shown,
    )  # fmt: skip


def _form(
    desk: Desk,
    form: forms.Form,
    *,
    heading: str,
    change: Callable[[], OfferingContent],
    done: str,
    kind: ShelfKind | None = None,
    remove: str = "",
    shown: forms.Form | None = None,
) -> HttpResponseBase:
    crumbs = (Link(label=kind.title, url=done),) if kind else ()

    def show(held: Held) -> HttpResponseBase:
        page = FormPage(
            frame=desk.frame(words.sentence_case(heading), *crumbs),
            heading=words.sentence_case(heading),
            form=shown or form,
            checked=form,
            held=held,
            back_url=done,
            remove=remove,
        )
        template = "editing/assessment.html" if isinstance(page.form, AssessmentForm) else "editing/form.html"
        return TemplateResponse(desk.request, template, {"page": page})

    return desk.answer(Sheet(title=heading, form=form, change=change, done=done, show=show, crumbs=crumbs))


def _kind(shelf: str) -> ShelfKind:
    if shelf not in KINDS:
        raise Http404
    return KINDS[shelf]


def _list(desk: Desk, kind: ShelfKind) -> str:
    if kind.shelf is Shelf.EVENTS:
        return desk.url("edit_schedule")
    return desk.url("edit_shelf", kind.shelf.value)


def _note(entry: object) -> str:
    if isinstance(entry, MaterialEntry):
        return f"{entry.kind}, named by its key {entry.key}"
    for name in ("kind", "position", "publish_at", "audience"):
        value = getattr(entry, name, None)
        if value:
            return str(getattr(value, "label", value))
    return ""
