"""The rules of a course, each with a word on whether the system itself sees to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.access import Viewer
from coursehub.courses.models import Policy
from coursehub.web.pages.frame import Frame, Link, course_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPanel:
    """One rule."""

    key: str
    title: str
    kind: str
    is_enforced: bool
    rule: str
    body: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesPage:
    """All rules of an offering."""

    frame: Frame
    heading: str
    panels: tuple[PolicyPanel, ...]


def policies_page(viewer: Viewer, policies: Sequence[Policy]) -> PoliciesPage:
    """Build the page."""
    return PoliciesPage(
        frame=course_frame(
            viewer.offering,
            viewer.capabilities,
            title=f"Policies · {viewer.offering.course.title}",
            place="policies",
            crumbs=(Link(label="Policies", url="", current=True),),
            viewer=viewer,
        ),
        heading="Policies",
        panels=tuple(
            PolicyPanel(
                key=policy.key,
                title=policy.title,
                kind=policy.get_kind_display(),
                is_enforced=bool(policy.rule),
                rule=policy.rule,
                body=to_safe_html(policy.body_md),
            )
            for policy in policies
        ),
    )
