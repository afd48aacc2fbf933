"""Slots for presentations: see them, take and give back places, and for editors add and remove them."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import offering_of, require, viewer_for
from coursehub.courses.models import Capability
from coursehub.participation import services
from coursehub.participation.errors import ParticipationError
from coursehub.participation.queries import events_for_slots, slot_of, slots_of
from coursehub.web.borders import AnyView, Arguments, PageView, SignedInRequest, signed_in
from coursehub.web.forms import SlotForm
from coursehub.web.pages.slots import slots_page


def _for_members(*methods: str) -> Callable[[PageView[Arguments]], AnyView[Arguments]]:
    """Wrap a view that only people of the course may know of: visitors get 404, as outsiders do."""

    def wrap(view: PageView[Arguments]) -> AnyView[Arguments]:
        inner = signed_in(*methods)(view)

        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                raise Http404
            return inner(request, *args, **kwargs)

        return guarded

    return wrap


@_for_members("GET", "HEAD", "POST")
def slots(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show the slots by date; add one."""
    found = offering_of(request.user, offering)
    viewer = viewer_for(request.user, found, request.GET.get("as", "") if request.method != "POST" else "")
    if Capability.VIEW_COURSE not in viewer.capabilities:
        raise Http404
    form = None
    if request.method == "POST":
        require(request.user, found, Capability.EDIT_COURSE)
    if Capability.EDIT_COURSE in viewer.capabilities and not viewer.is_preview:
        form = SlotForm(request.POST or None, list(events_for_slots(found)))
        if request.method == "POST" and form.is_valid():
            slot = services.add_slot(
                form.event_chosen,
                by=request.user,
                title=form.cleaned_data["title"],
                note=form.cleaned_data["note"],
                capacity=form.cleaned_data["capacity"],
            )
            messages.success(request, f"“{slot.title}” can be taken now.")
            return redirect("slots", offering)
    page = slots_page(viewer, list(slots_of(viewer)), form=form, now=now())
    return TemplateResponse(request, "courses/slots.html", {"page": page})


@_for_members("POST")
def slot_sign_up(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Take a place in a slot."""
    slot = slot_of(offering_of(request.user, offering), pk)
    try:
        services.sign_up(slot, by=request.user)
    except ParticipationError as error:
        messages.error(request, error.sentence, extra_tags="partial")
    else:
        messages.success(request, f"You present “{slot.title}”. It is in your personal calendar too.")
    return redirect("slots", offering)


@_for_members("POST")
def slot_withdraw(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Give one's place in a slot back."""
    slot = slot_of(offering_of(request.user, offering), pk)
    try:
        services.withdraw(slot, by=request.user)
    except ParticipationError as error:
        messages.error(request, error.sentence, extra_tags="partial")
    else:
        messages.success(request, f"You no longer present “{slot.title}”.")
    return redirect("slots", offering)


@_for_members("POST")
def slot_remove(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Remove a slot that nobody has taken."""
    slot = slot_of(offering_of(request.user, offering), pk)
    try:
        services.remove_slot(slot, by=request.user)
    except ParticipationError as error:
        messages.error(request, error.sentence, extra_tags="partial")
    else:
        messages.success(request, f"“{slot.title}” is removed.")
    return redirect("slots", offering)
