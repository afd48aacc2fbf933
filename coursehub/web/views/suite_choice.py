"""Choose the version of a suite that grades an assessment: first see what that alters, then say so."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursehub.courses.access import capabilities_of, require
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.pages.suite_choice import choice_page
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import assessment_for, published_versions
from grading.catalogue import services
from grading.catalogue.queries import effects_of


@signed_in("GET", "HEAD", "POST")
def choose_suite(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Show the versions and what the chosen one alters; with the button, use it."""
    found = assessment_for(request.user, offering, assessment)
    require(request.user, found.offering, Capability.MANAGE_SUITES)
    versions = list(published_versions(found.offering.course).order_by("title", "name", "-pk"))
    wanted = (request.POST if request.method == "POST" else request.GET).get("version", "")
    chosen = next((version for version in versions if str(version.pk) == wanted), None)
    if request.method == "POST":
        if chosen is None:
            raise SuiteVersion.DoesNotExist
        services.use_version(found, chosen, by=request.user)
        messages.success(request, f"{chosen.title} {chosen.label} grades what is handed in from now on.")
        return redirect("choose_suite", offering, assessment)
    page = choice_page(
        found,
        capabilities_of(request.user, found.offering),
        versions=versions,
        chosen=chosen,
        effects=effects_of(found, chosen) if chosen and chosen.pk != found.suite_id else None,
    )
    return TemplateResponse(request, "suites/choose.html", {"page": page})
