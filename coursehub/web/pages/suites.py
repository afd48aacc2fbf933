"""The suites of a course: which there are, and each with its versions and how students fare with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.courses.models import Capability, Offering
from coursehub.web import words
from coursehub.web.charts import rate
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame, Link, course_frame
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue.queries import ShelfLine, manifest_of
from grading.catalogue.services import SUITE_LIMITS
from grading.catalogue.statistics import CaseRate, CommonMessage
from runners.protocol import SuiteKind

KINDS: Mapping[str, str] = {
    SuiteKind.DIFFERENTIAL: "Compared with the reference",
    SuiteKind.VALUES: "Values compared with the reference",
    SuiteKind.PYTEST: "pytest, self-reported",
    SuiteKind.GRADESCOPE: "Gradescope, self-reported",
}
OURS = "Comes with CourseHub"
UPLOAD_HELP = (
    "The folder of a suite, or a .zip or .tar.gz of it: suite.toml, the cases, reference/, starter/ and wrong/. "
    f"At most {SUITE_LIMITS.max_files} files, {words.size(SUITE_LIMITS.max_total_bytes)} in all."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteLine:
    """One suite in the list."""

    title: str
    name: str
    url: str
    kind: str
    origin: str
    newest: str
    draft_url: str
    assessments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitesPage:
    """The list, and the form for another one."""

    frame: Frame
    suites: tuple[SuiteLine, ...]
    upload_help: str
    error: str
    upload_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version of a suite."""

    label: str
    url: str
    is_draft: bool
    is_shown: bool
    """Its pass rates are the ones on the page."""
    rates_url: str
    published_at: Moment | None
    by: str
    cases: str
    points: str
    assessments: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLine:
    """How one case goes."""

    title: str
    group: str
    bar: SafeString
    share: str
    submissions: str
    students: str
    messages: tuple[CommonMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitePage:
    """One suite."""

    frame: Frame
    heading: str
    facts: str
    versions: tuple[VersionLine, ...]
    shown: str
    rates_summary: str
    rates: tuple[RateLine, ...]
    upload_help: str
    upload_url: str


def suites_frame(offering: Offering, may: Collection[Capability], *, title: str, crumbs: Sequence[Link] = ()) -> Frame:
    """Return the frame of a page about suites; the last crumb is where one is."""
    way = [Link(label="Suites", url=reverse("suites", args=[offering.slug]), current=not crumbs), *crumbs]
    return course_frame(offering, may, title=title, place="suites", crumbs=tuple(way))


def suite_url(offering: Offering, name: str) -> str:
    """Return the address of a suite."""
    return reverse("suite", args=[offering.slug, name])


def version_url(offering: Offering, version: SuiteVersion, page: str = "suite_version") -> str:
    """Return the address of a version, or of another page about it."""
    return reverse(page, args=[offering.slug, version.name, version.pk])


def suites_page(
    offering: Offering, may: Collection[Capability], *, lines: Sequence[ShelfLine], error: str = ""
) -> SuitesPage:
    """Build the list."""
    return SuitesPage(
        frame=suites_frame(offering, may, title="Suites"),
        suites=tuple(_suite_line(offering, line) for line in lines),
        upload_help=UPLOAD_HELP,
        error=error,
        upload_url=reverse("suites", args=[offering.slug]),
    )


def suite_page(
    offering: Offering,
    may: Collection[Capability],
    *,
    versions: Sequence[SuiteVersion],
    using: Mapping[int, Sequence[Assessment]],
    shown: SuiteVersion | None,
    rates: Mapping[str, CaseRate],
    messages: Mapping[str, Sequence[CommonMessage]],
    submissions: int,
    now: datetime,
) -> SuitePage:
    """Build the page of one suite; ``shown`` is the version that the rates are of."""
    first = versions[0]
    kind = KINDS.get(str(first.manifest.get("kind", SuiteKind.DIFFERENTIAL)), "")
    return SuitePage(
        frame=suites_frame(offering, may, title=first.title, crumbs=[Link(label=first.title, url="", current=True)]),
        heading=first.title,
        facts=f"{first.name} · {kind} · {OURS if first.course_id is None else 'Of this course'}",
        versions=tuple(
            _version_line(offering, version, shown, using.get(version.pk, ()), now=now) for version in versions
        ),
        shown=shown.label if shown else "",
        rates_summary=f"{words.plural(submissions, 'submission')} graded with it in this course, each counted once.",
        rates=_rate_lines(shown, rates, messages) if shown and submissions else (),
        upload_help=UPLOAD_HELP,
        upload_url="" if first.course_id is None else reverse("suites", args=[offering.slug]),
    )


def _suite_line(offering: Offering, line: ShelfLine) -> SuiteLine:
    return SuiteLine(
        title=line.title,
        name=line.name,
        url=suite_url(offering, line.name),
        kind=KINDS.get(line.kind, line.kind),
        origin=OURS if line.is_ours else "Of this course",
        newest=line.newest.label if line.newest else words.DASH,
        draft_url=version_url(offering, line.draft) if line.draft else "",
        assessments=words.listed(line.assessments) or words.DASH,
    )


def _version_line(
    offering: Offering,
    version: SuiteVersion,
    shown: SuiteVersion | None,
    using: Sequence[Assessment],
    *,
    now: datetime,
) -> VersionLine:
    zone: ZoneInfo = offering.zone
    url = suite_url(offering, version.name)
    cases = len(version.manifest.get("cases", []))
    return VersionLine(
        label=words.sentence_case(version.label) if version.is_draft else version.label,
        url=version_url(offering, version),
        is_draft=version.is_draft,
        is_shown=shown is not None and shown.pk == version.pk,
        rates_url="" if version.is_draft else f"{url}?version={version.pk}#rates",
        published_at=moment(version.published_at, zone, now=now) if version.published_at else None,
        by=version.uploaded_by.name if version.uploaded_by else "",
        cases=str(cases) if cases else words.DASH,
        points=words.points(version.max_points) if version.max_points else words.DASH,
        assessments=tuple(
            Link(label=item.title, url=reverse("choose_suite", args=[offering.slug, item.slug])) for item in using
        ),
    )


def _rate_lines(
    version: SuiteVersion, rates: Mapping[str, CaseRate], messages: Mapping[str, Sequence[CommonMessage]]
) -> tuple[RateLine, ...]:
    manifest = manifest_of(version)
    known = {case.id: (case.title, case.group) for case in manifest.cases}
    # An autograder that names its own tests has them in its results only.
    ids = [*known, *(case_id for case_id in rates if case_id not in known)]
    return tuple(
        _rate_line(*known.get(case_id, (case_id, "")), rates[case_id], messages.get(case_id, ()))
        for case_id in ids
        if case_id in rates
    )


def _rate_line(title: str, group: str, found: CaseRate, messages: Sequence[CommonMessage]) -> RateLine:
    return RateLine(
        title=title,
        group=group,
        bar=rate(found.passed, found.submissions),
        share=f"{100 * found.passed / found.submissions:.0f}%",
        submissions=f"{found.passed} of {found.submissions}",
        students=f"{found.students_passed} of {found.students}",
        messages=tuple(messages),
    )
