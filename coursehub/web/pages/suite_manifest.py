"""The form in which the cases of a draft are put right."""

from collections.abc import Collection
from dataclasses import dataclass

from coursehub.courses.models import Capability, Offering
from coursehub.web.pages.frame import Frame, Link
from coursehub.web.pages.suites import suite_url, suites_frame, version_url
from coursehub.web.suite_forms import ManifestForm
from grading.assessments.models import SuiteVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestPage:
    """The form."""

    frame: Frame
    heading: str
    form: ManifestForm
    back_url: str


def manifest_page(
    offering: Offering, may: Collection[Capability], draft: SuiteVersion, *, form: ManifestForm
) -> ManifestPage:
    """Build the page."""
    back = version_url(offering, draft)
    crumbs = [
        Link(label=draft.title, url=suite_url(offering, draft.name)),
        Link(label="Draft", url=back),
        Link(label="Cases", url="", current=True),
    ]
    return ManifestPage(
        frame=suites_frame(offering, may, title=f"Cases of {draft.title}", crumbs=crumbs),
        heading=f"Cases of {draft.title}",
        form=form,
        back_url=back,
    )
