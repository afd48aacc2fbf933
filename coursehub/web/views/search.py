"""One box to find things in."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.common.searching import MAX_CHARACTERS
from coursehub.courses.access import offering_for
from coursehub.web.borders import VisitorRequest, open_to_visitors
from coursehub.web.pages.search import SHOWN, search_page
from grading.assessments import search as finding
from grading.deadlines.queries import dates_of


@open_to_visitors
def search(request: VisitorRequest) -> HttpResponseBase:
    """Show what holds the words that are asked for, in all courses of mine or in one."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:MAX_CHARACTERS]
    course = request.GET.get("course", "").replace("\0", "")
    offerings = list(finding.searched(request.user))
    if course and course not in {offering.slug for offering in offerings}:
        offerings.append(offering_for(request.user, course))
    at = now()
    hits = finding.search(request.user, text, at=at, course=course)
    dates = dates_of(request.user, [hit.thing.work for hit in hits[:SHOWN] if hit.thing.work is not None])
    page = search_page(text, course, offerings, hits, dates=dates, now=at)
    return TemplateResponse(request, "search/search.html", {"page": page})
