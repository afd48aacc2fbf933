"""Which version of a suite grades an assessment, and what choosing another one alters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.pages.frame import Frame, Link, course_frame
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue.queries import Effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One version that can be chosen."""

    pk: int
    label: str
    note: str
    is_current: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePage:
    """The choice, and what the chosen one alters."""

    frame: Frame
    heading: str
    current: str
    choices: tuple[Choice, ...]
    chosen: Choice | None
    effects: tuple[str, ...]
    url: str
    back_url: str


def choice_page(
    assessment: Assessment,
    may: Collection[Capability],
    *,
    versions: Sequence[SuiteVersion],
    chosen: SuiteVersion | None,
    effects: Effects | None,
) -> ChoicePage:
    """Build the page; ``effects`` are those of ``chosen``."""
    offering = assessment.offering
    own = Link(label=assessment.title, url=reverse("assessment", args=[offering.slug, assessment.slug]))
    choices = tuple(_choice(version, assessment, chosen) for version in versions)
    return ChoicePage(
        frame=course_frame(
            offering,
            may,
            title=f"Suite of {assessment.title}",
            place="assessments_list",
            crumbs=(own, Link(label="Suite", url="", current=True)),
        ),
        heading=f"Suite of {assessment.title}",
        current=_called(assessment.suite) if assessment.suite else "",
        choices=choices,
        chosen=next((choice for choice in choices if choice.is_chosen and not choice.is_current), None),
        effects=_sentences(assessment, effects) if effects else (),
        url=reverse("choose_suite", args=[offering.slug, assessment.slug]),
        back_url=own.url,
    )


def _called(version: SuiteVersion) -> str:
    return f"{version.title} {version.label}"


def _choice(version: SuiteVersion, assessment: Assessment, chosen: SuiteVersion | None) -> Choice:
    cases = words.plural(len(version.manifest.get("cases", [])), "case")
    return Choice(
        pk=version.pk,
        label=_called(version),
        note=f"{cases}, {words.points(version.max_points)} points",
        is_current=version.pk == assessment.suite_id,
        is_chosen=version.pk == (chosen.pk if chosen else assessment.suite_id),
    )


def _sentences(assessment: Assessment, effects: Effects) -> tuple[str, ...]:
    """Return what is altered, a sentence each, the weightiest first."""
    found = []
    if effects.files_missing:
        missing = words.listed([f"“{name}”" for name in effects.files_missing])
        found.append(f"The suite requires {missing}, which the assessment does not ask for. Add it there first.")
    if effects.added:
        found.append(f"New: {words.listed([case.title for case in effects.added])}.")
    if effects.removed:
        found.append(f"No longer there: {words.listed([case.title for case in effects.removed])}.")
    found += [
        f"{after.title} is worth {words.points(after.points)} instead of {words.points(before.points)}."
        for before, after in effects.reworth
    ]
    if effects.max_points:
        before, after = effects.max_points
        found.append(
            f"The suite is worth {after} points instead of {before}. A full score is still worth "
            f"{words.points(assessment.max_points)} points here."
        )
    if effects.waiting == 1:
        found.append("1 submission waits now and is graded by the version that it was handed in for.")
    elif effects.waiting:
        found.append(f"{effects.waiting} submissions wait now and are graded by the version they were handed in for.")
    if effects.graded:
        keep = "keeps its result" if effects.graded == 1 else "keep their results"
        found.append(f"{words.plural(effects.graded, 'submission')} graded already {keep} until graded again.")
    return tuple(found) or ("Nothing that students see: the cases and their points are the same.",)
