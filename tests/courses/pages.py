"""The addresses of every public page of an offering."""

from django.urls import reverse

from coursehub.courses.models import Offering

PLAIN = (
    "course",
    "schedule",
    "modules",
    "assessments_list",
    "staff_page",
    "policies",
    "announcements",
    "changes",
    "previous",
)


def public_addresses(offering: Offering) -> dict[str, str]:
    """Return every public page of an offering by a short name."""
    schedule = reverse("schedule", args=[offering.slug])
    pages = {name: reverse(name, args=[offering.slug]) for name in PLAIN}
    pages |= {f"schedule-{view}": f"{schedule}?view={view}" for view in ("agenda", "month")}
    for scheme in offering.module_groupings.values_list("scheme", flat=True).distinct():
        pages[f"modules-{scheme}"] = f"{pages['modules']}?by={scheme}"
    for module in offering.modules.order_by("number")[:1]:
        pages["module"] = reverse("module", args=[offering.slug, module.key])
    for page in offering.pages.filter(audience="public"):
        pages[f"page-{page.slug}"] = reverse("course_page", args=[offering.slug, page.slug])
    return pages
