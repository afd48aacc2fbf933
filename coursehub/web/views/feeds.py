"""Calendars to subscribe to, and the page where I make the address of mine."""

from datetime import datetime

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from coursehub.courses.access import offering_for, offerings_of, viewer_for
from coursehub.courses.models import Offering
from coursehub.schedule import services
from coursehub.schedule.errors import FeedUnknown
from coursehub.schedule.feeds import Feed, calendar_bytes, etag_of
from coursehub.schedule.models import FeedToken
from coursehub.web.borders import SignedInRequest, VisitorRequest, open_to_visitors, signed_in
from coursehub.web.pages.calendar import calendar_page
from grading.assessments.feeds import Address, course_feed, personal_feed
from grading.deadlines.feeds import own_dues

A_MINUTE = 60
TIMES_A_MINUTE = 30


@open_to_visitors
def calendar(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Send the calendar of a course."""
    try:
        found = offering_for(request.user, offering)
    except Offering.DoesNotExist as error:
        raise Http404 from error  # a calendar program cannot sign in, so it is not sent there
    feed = course_feed(viewer_for(request.user, found), at=now(), address=_addresses(request))
    response = _conditional(request, feed, filename=f"{found.slug}.ics", by_date=True)
    patch_vary_headers(response, ["Cookie"])
    return response


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send somebody's own calendar to who has its secret address."""
    try:
        found = services.feed_of(token)
    except FeedUnknown as error:
        raise Http404 from error
    if _is_too_often(found):
        return HttpResponse(
            "This calendar was asked for too often. Once an hour is enough.\n",
            status=429,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(A_MINUTE)},
        )
    url = request.build_absolute_uri(reverse("home"))
    mine = personal_feed(found.user, at=now(), address=_addresses(request), url=url, dues=own_dues)
    # What somebody may see can shrink without anything being changed later, so only the content itself decides.
    return _conditional(request, mine, filename="my-courses.ics", by_date=False)


@signed_in("GET", "HEAD", "POST")
def calendar_settings(request: SignedInRequest) -> HttpResponseBase:
    """Show how to subscribe; make a new address, which this page shows once, or revoke the one there is."""
    address = ""
    if request.method == "POST" and "revoke" in request.POST:
        if services.revoke_feeds(request.user):
            messages.success(request, "The address of your calendar no longer works.")
        return redirect("calendar_settings")
    if request.method == "POST":
        _, secret = services.make_feed(request.user)
        address = request.build_absolute_uri(reverse("feed", args=[secret]))
    page = calendar_page(
        FeedToken.objects.filter(user=request.user, revoked_at=None).first(),
        offerings_of(request.user).filter(visibility=Offering.Visibility.PUBLIC).order_by("course__code", "pk"),
        address=address,
        root=request.build_absolute_uri("/").rstrip("/"),
        now=now(),
    )
    response = TemplateResponse(request, "settings/calendar.html", {"page": page})
    response.headers["Cache-Control"] = "no-store"
    return response


def _addresses(request: HttpRequest) -> Address:
    def address(offering: Offering, assessment: str) -> str:
        if assessment:
            return request.build_absolute_uri(reverse("assessment", args=[offering.slug, assessment]))
        return request.build_absolute_uri(reverse("schedule", args=[offering.slug]))

    return address


def _conditional(request: HttpRequest, feed: Feed, *, filename: str, by_date: bool) -> HttpResponseBase:
    content = calendar_bytes(feed)
    etag = etag_of(content)
    response = HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'inline; filename="{filename}"',
            "Cache-Control": "private, no-cache",
            "ETag": etag,
            "Last-Modified": http_date(feed.changed_at.timestamp()),
            "X-Robots-Tag": "noindex",
        },
    )
    answer = get_conditional_response(request, etag, _seconds(feed.changed_at) if by_date else None, response)
    assert answer is not None  # noqa: S101  # it is the response itself, or a 304 or 412 instead of it
    return answer


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _is_too_often(token: FeedToken) -> bool:
    key = f"feed:{token.pk}:{int(now().timestamp()) // A_MINUTE}"
    cache.add(key, 0, 2 * A_MINUTE)
    return cache.incr(key) > TIMES_A_MINUTE
