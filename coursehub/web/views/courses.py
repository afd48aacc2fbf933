"""My courses."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import having, offerings_of
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.pages.home import home_page
from grading.deadlines.queries import upcoming_for

DUE_SHOWN = 8


@signed_in()
def home(request: SignedInRequest) -> HttpResponseBase:
    """Show my courses and what is due next."""
    offerings = (
        offerings_of(request.user)
        .annotate(
            has_my_grades=having(request.user, Capability.SUBMIT),
            has_grade_book=having(request.user, Capability.VIEW_GRADES),
            has_submissions=having(request.user, Capability.VIEW_SUBMISSIONS),
        )
        .order_by("-term__starts_on", "course__code", "pk")
    )
    page = home_page(list(offerings), upcoming_for(request.user, at=now())[:DUE_SHOWN], now=now())
    return TemplateResponse(request, "home.html", {"page": page})
