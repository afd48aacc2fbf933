"""One version of a suite, or its draft: what a runner found out, the cases, and what can be done with it."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from coursehub.courses.models import Capability, Offering
from coursehub.web import words
from coursehub.web.moments import moment
from coursehub.web.pages.facts import Fact
from coursehub.web.pages.frame import Frame, Link
from coursehub.web.pages.suites import KINDS, OURS, suite_url, suites_frame, version_url
from coursehub.web.words import Look
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue.models import SuiteCheck
from grading.catalogue.queries import knows_cases, may_publish
from grading.submissions.models import JobState
from runners.protocol import SuiteKind, Visibility
from runners.suite_protocol import ExampleReport, Role, SuiteCheckEvent, SuiteCheckReport

GOOD = Look(key="passed", mark="✓", word="Good")
NOT_RIGHT = Look(key="failed", mark="✗", word="Not right yet")
AS_EXPECTED = Look(key="passed", mark="✓", word="As expected")
OTHERWISE = Look(key="failed", mark="✗", word="Not as expected")
PUBLISHED = Look(key="queued", mark="✓", word="Published")
NOT_CHECKED = Look(key="queued", mark=words.DASH, word="Not checked")
SEEN = {
    Visibility.VISIBLE: "At once",
    Visibility.HIDDEN: "Never",
    Visibility.AFTER_DUE_DATE: "After the due date",
    Visibility.AFTER_PUBLISHED: "With the grades",
}
ROLES = {Role.REFERENCE: "Reference", Role.STARTER: "Starter", Role.WRONG: "Wrong"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleLine:
    """How a submission that comes with the suite fared."""

    title: str
    mistake: str
    look: Look
    points: str
    fared: str
    surprises: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBlock:
    """What a runner has found out, or is about to."""

    look: Look
    sentence: str
    detail: str
    examples: tuple[ExampleLine, ...]
    notes: tuple[str, ...]
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case of the manifest."""

    title: str
    id: str
    group: str
    hint: str
    points: str
    seen: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """A version or a draft; an address is empty where there is nothing to do."""

    frame: Frame
    heading: str
    label: str
    look: Look
    is_draft: bool
    check: CheckBlock | None
    cases: tuple[CaseLine, ...]
    cases_summary: str
    has_groups: bool
    has_needs: bool
    facts: tuple[Fact, ...]
    may_publish: bool
    publish_url: str
    manifest_url: str
    check_url: str
    discard_url: str
    download_url: str
    used_by: tuple[Link, ...]
    use_for: tuple[Link, ...]
    poll_url: str
    fingerprint: str


def version_page(
    offering: Offering,
    may: Collection[Capability],
    version: SuiteVersion,
    *,
    check: SuiteCheck | None,
    assessments: Sequence[Assessment],
    now: datetime,
) -> VersionPage:
    """Build the page."""
    is_live = check is not None and not check.is_final
    url, fingerprint = version_url(offering, version), _fingerprint(version, check)
    title = f"{version.title} {version.label}"
    crumbs = [
        Link(label=version.title, url=suite_url(offering, version.name)),
        Link(label=_called(version), url=url, current=True),
    ]
    block = _check_block(check) if check is not None else None
    cases = version.manifest.get("cases", [])

    def to(page: str, *, shown: bool) -> str:
        return version_url(offering, version, page) if shown else ""

    return VersionPage(
        frame=suites_frame(offering, may, title=title, crumbs=crumbs),
        heading=version.title,
        label=_called(version),
        look=PUBLISHED if not version.is_draft else block.look if block else NOT_CHECKED,
        is_draft=version.is_draft,
        check=block,
        cases=tuple(_case_line(case) for case in cases),
        cases_summary=f"{words.plural(len(cases), 'case')}, {words.points(version.max_points)} points",
        has_groups=any(case.get("group") for case in cases),
        has_needs=any(case.get("needs") for case in cases),
        facts=_facts(offering, version, now=now),
        may_publish=may_publish(version, check),
        publish_url=to("suite_publish", shown=version.is_draft),
        manifest_url=to("suite_manifest", shown=version.is_draft and knows_cases(version) and bool(cases)),
        check_url=to("suite_check", shown=version.is_draft and not is_live),
        discard_url=to("suite_discard", shown=version.is_draft),
        download_url=version_url(offering, version, "suite_download"),
        used_by=_links(offering, (item for item in assessments if item.suite_id == version.pk), version),
        use_for=()
        if version.is_draft
        else _links(offering, (item for item in assessments if item.suite_id != version.pk), version),
        poll_url=f"{url}?seen={fingerprint}" if is_live else "",
        fingerprint=fingerprint,
    )


def _called(version: SuiteVersion) -> str:
    return words.sentence_case(version.label) if version.is_draft else version.label


def _links(offering: Offering, assessments: Iterable[Assessment], version: SuiteVersion) -> tuple[Link, ...]:
    return tuple(
        Link(
            label=item.title,
            url=reverse("choose_suite", args=[offering.slug, item.slug]) + f"?version={version.pk}",
        )
        for item in assessments
    )


def _fingerprint(version: SuiteVersion, check: SuiteCheck | None) -> str:
    if check is None:
        return "none"
    facts = (check.pk, check.state, check.runs, len(check.progress.get("examples", ())), version.digest)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _check_block(check: SuiteCheck) -> CheckBlock:
    match check.state:
        case JobState.FINISHED:
            return _finished(SuiteCheckReport.model_validate(check.report))
        case JobState.RUNNING:
            event = SuiteCheckEvent.model_validate(check.progress) if check.progress else None
            done = event.examples if event else ()
            sentence = "A runner has it and looks for its cases."
            if event and event.total:
                sentence = f"{len(done)} of {words.plural(event.total, 'submission')} graded so far."
            return _block(words.RUNNING, sentence, examples=done, is_live=True)
        case JobState.GRADER_ERROR:
            sentence = f"{check.fault_sentence} This is our fault, not the suite's. Have it checked again later."
            return _block(words.FAULT, sentence, detail=check.fault_detail)
        case JobState.QUEUED:
            again = f"{check.fault_sentence} " if check.fault_sentence else ""
            return _block(words.QUEUED, f"{again}Waiting for a runner that can grade such suites.", is_live=True)
        case _:
            return _block(NOT_CHECKED, "It has changed since a runner looked at it. Have it checked again.")


def _finished(report: SuiteCheckReport) -> CheckBlock:
    if report.problem:
        return _block(NOT_RIGHT, report.problem, detail=report.detail, examples=report.examples)
    wrong = sum(not each.is_as_expected for each in report.examples)
    if wrong:
        total = words.plural(len(report.examples), "submission")
        fares = "fares" if wrong == 1 else "fare"
        sentence = f"{words.sentence_case(words.counted(wrong))} of {total} {fares} otherwise than the suite says."
        return _block(NOT_RIGHT, sentence, examples=report.examples, notes=report.notes)
    sentence = "Everything that comes with it fares as it should."
    return _block(GOOD, sentence, examples=report.examples, notes=report.notes)


def _block(
    look: Look,
    sentence: str,
    *,
    detail: str = "",
    examples: Sequence[ExampleReport] = (),
    notes: Sequence[str] = (),
    is_live: bool = False,
) -> CheckBlock:
    return CheckBlock(
        look=look,
        sentence=sentence,
        detail=detail,
        examples=tuple(_example_line(each) for each in examples),
        notes=tuple(notes),
        is_live=is_live,
    )


def _example_line(example: ExampleReport) -> ExampleLine:
    total = len(example.passed) + len(example.failed)
    fared = f"{len(example.passed)} of {total} passed" if total else ""
    if example.role is Role.WRONG and example.failed:
        fared = f"Fails {words.listed(example.failed)}"
    return ExampleLine(
        title=f"{ROLES[example.role]}: {example.name}" if example.name else ROLES[example.role],
        mistake=example.mistake,
        look=AS_EXPECTED if example.is_as_expected else OTHERWISE,
        points=f"{words.points(example.points)} / {words.points(example.max_points)}",
        fared=fared,
        surprises=example.surprises,
        notes=example.notes,
    )


def _case_line(case: dict[str, Any]) -> CaseLine:
    return CaseLine(
        title=case["title"],
        id=case["id"],
        group=case.get("group", ""),
        hint=case.get("hint", ""),
        points=f"{float(case['points']):g}",
        seen=SEEN[Visibility(case.get("visibility", Visibility.VISIBLE))],
        needs=words.listed(case.get("needs", [])),
    )


def _facts(offering: Offering, version: SuiteVersion, *, now: datetime) -> tuple[Fact, ...]:
    manifest = version.manifest
    at = version.published_at or version.created_at
    pairs = [
        ("Name", version.name),
        ("Kind", KINDS.get(manifest.get("kind", SuiteKind.DIFFERENTIAL), "")),
        ("From", OURS if version.course_id is None else "This course"),
        ("Published" if version.published_at else "Uploaded", moment(at, offering.zone, now=now).text),
        ("By", version.uploaded_by.name if version.uploaded_by else ""),
        ("Environment", manifest.get("environment", "")),
        ("Without", words.listed(manifest.get("forbid", []))),
        ("Module", manifest.get("module", "")),
        ("Required", words.listed(manifest.get("required_files", []))),
        ("Time per case", f"{float(manifest.get('case_seconds', 0)):g} s"),
        ("Memory", words.memory(int(manifest.get("memory_bytes", 0)))),
        ("Lane", version.lane),
        ("Digest", version.digest[:12]),
    ]
    return tuple(Fact(label=label, value=value) for label, value in pairs if value)
