"""How a course grades, with every version that students have seen and the reason for it."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import offering_for, viewer_for
from coursehub.web.borders import VisitorRequest, open_to_visitors
from coursehub.web.pages.scheme_history import scheme_history_page
from grading.gradebook.models import SchemeVersion
from grading.gradebook.queries import grading_table_of


@open_to_visitors
def scheme_history(request: VisitorRequest, offering: str) -> HttpResponseBase:
    """Show the scheme, what was changed in it since it was published, and why."""
    found = offering_for(request.user, offering)
    viewer = viewer_for(request.user, found, request.GET.get("as", ""))
    versions = SchemeVersion.objects.filter(scheme__offering=found).order_by("number")
    page = scheme_history_page(viewer, grading_table_of(found), list(versions), now=now())
    return TemplateResponse(request, "courses/scheme.html", {"page": page})
