"""What staff see: the list of submissions, and every part of the look on one page."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of, offering_of, require
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.forms import FilterForm
from coursehub.web.pages.design import design_page
from coursehub.web.pages.staff import staff_list_page
from grading.assessments.queries import assessments_for
from grading.engine.visibility import Eyes
from grading.submissions.queries import submissions_for_staff

ROWS = 50


@signed_in()
def staff_submissions(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """List the submissions of a course, filtered."""
    found = offering_of(request.user, offering)
    require(request.user, found, Capability.VIEW_SUBMISSIONS)
    assessments = list(assessments_for(request.user, found))
    form = FilterForm(request.GET, assessments)
    wanted = form.value("assessment")
    matching = submissions_for_staff(
        request.user,
        found,
        assessment=next((item for item in assessments if item.slug == wanted), None),
        state=form.value("state") or None,
        verdict=form.value("verdict") or None,
        text=form.value("text"),
    )
    slice_ = Paginator(matching, ROWS).get_page(request.GET.get("page"))
    page = staff_list_page(
        found,
        capabilities_of(request.user, found),
        form=form,
        query=request.GET,
        slice_=slice_,
        eyes=Eyes(sees_all=True, at=now(), last_hand_in_at=None, released_at=None),
        now=now(),
    )
    return TemplateResponse(request, "staff/submissions.html", {"page": page})


@signed_in()
def design(request: SignedInRequest) -> HttpResponseBase:
    """Show every part in both themes."""
    if not request.user.is_staff:
        raise PermissionDenied
    return TemplateResponse(request, "staff/design.html", {"page": design_page(now=now())})
