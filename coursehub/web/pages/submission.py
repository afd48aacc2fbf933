"""One submission: its status, checks, files, runs and facts, for its author and for staff."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.common.foreign import ForeignTexts
from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.checks import CheckLine, finished_lines, live_lines
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.report import ChangesSince, ReportPart, changes_since, report_part
from coursehub.web.pages.rows import marked_by_hand
from coursehub.web.pages.runs import RunLine, newest_that_stands, run_lines
from coursehub.web.pages.standing import Standing, standing_of
from coursehub.web.pages.status import Place, Status, status_of
from grading.engine.visibility import Eyes
from grading.submissions.models import GradingJob, GradingResult, JobState, Submission
from grading.submissions.queries import checks_of, result_before, results_of
from grading.submissions.reading import ReadReport, read


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file that was handed in."""

    path: str
    url: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPage:
    """Everything that the submission page shows."""

    frame: Frame
    heading: str
    student: str
    student_email: str
    is_mine: bool
    received_at: Moment
    status: Status
    checks: tuple[CheckLine, ...]
    report: ReportPart | None
    files: tuple[FileLine, ...]
    runs: tuple[RunLine, ...]
    facts: tuple[Fact, ...]
    replay_url: str
    """Where staff download what makes the run repeatable."""
    fault_detail: str
    standing: Standing
    tries: str
    pledge: str
    pledge_signature: str
    older_run: str
    held_notice: str
    poll_url: str
    fingerprint: str
    receipt_url: str
    download_url: str
    cancel_url: str
    regrade_url: str
    again_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """The run that the page is about, and the report it shows, which may be an older one's."""

    job: GradingJob | None
    report_job: GradingJob | None
    report: ReadReport | None


def submission_page(
    submission: Submission,
    *,
    is_mine: bool,
    may: Collection[Capability],
    eyes: Eyes,
    jobs: Sequence[GradingJob],
    files: Sequence[tuple[str, int]],
    place: Place | None,
    tries: str,
    run: int | None,
    takes_work: bool,
    now: datetime,
) -> SubmissionPage:
    """Build the page. `jobs` are newest first, and only those that the reader may know of; `run` chooses one.

    `takes_work` tells whether its author could hand in once more.
    """
    newest = newest_that_stands(jobs)
    shown = _shown(jobs, run, eyes)
    job, report, texts = shown.job, shown.report, ForeignTexts()
    changes = _changes(submission, jobs, shown, eyes)
    lines = _lines(shown, eyes, texts, changes)
    status = status_of(
        job,
        report,
        lines,
        submission=submission,
        place=place,
        is_mine=is_mine,
        marked=marked_by_hand(submission, eyes),
    )
    url = reverse("submission", args=[submission.pk])
    fingerprint = _fingerprint(job, lines, place)
    assessment = submission.assessment
    staff_crumb = Link(label="Submissions", url=reverse("staff_submissions", args=[assessment.offering.slug]))
    own_crumb = Link(
        label=assessment.title, url=reverse("assessment", args=[assessment.offering.slug, assessment.slug])
    )
    heading = f"Submission {submission.number}"
    return SubmissionPage(
        frame=course_frame(
            assessment.offering,
            may,
            title=f"{heading} {words.DASH} {assessment.title}",
            place="course" if is_mine else "staff_submissions",
            crumbs=(own_crumb if is_mine else staff_crumb, Link(label=heading, url=url, current=True)),
        ),
        heading=heading,
        student="" if is_mine else submission.author.name,
        student_email="" if is_mine else submission.author.email,
        is_mine=is_mine,
        received_at=moment(submission.received_at, assessment.offering.zone, now=now),
        status=status,
        checks=lines,
        report=report_part(report, shown.report_job, texts, changes=changes) if report and shown.report_job else None,
        files=tuple(
            FileLine(path=path, url=reverse("submission_file", args=[submission.pk, path]), size=words.size(size))
            for path, size in files
        ),
        runs=run_lines(jobs, job, submission=submission, eyes=eyes, may_regrade=Capability.REGRADE in may, now=now)
        if eyes.sees_all or len(jobs) > 1
        else (),
        facts=_facts(job, results_of([job]).get(job.pk) if job else None),
        replay_url=_replay_url(submission, shown, eyes),
        fault_detail=job.fault_detail if eyes.sees_all and job else "",
        standing=standing_of(submission, eyes),
        tries=tries,
        pledge=submission.pledge_text,
        pledge_signature=submission.pledge_signature,
        older_run="" if job is newest or job is None or job.is_held else url,
        held_notice=url if job and job.is_held else "",
        poll_url="" if status.is_final or job is not newest else f"{url}?seen={fingerprint}",
        fingerprint=fingerprint,
        receipt_url=reverse("receipt", args=[submission.pk]),
        download_url=reverse("submission_download", args=[submission.pk]),
        cancel_url=reverse("cancel", args=[submission.pk]) if is_mine and _may_cancel(newest) else "",
        regrade_url=reverse("regrade", args=[submission.pk]) if _may_regrade(newest, may) else "",
        again_url=own_crumb.url if is_mine and takes_work and Capability.SUBMIT in may else "",
    )


def _replay_url(submission: Submission, shown: _Shown, eyes: Eyes) -> str:
    if shown.report_job is None or shown.report is None or not eyes.sees_all:
        return ""
    return reverse("replay", args=[submission.pk]) + f"?run={shown.report_job.pk}"


def _shown(jobs: Sequence[GradingJob], run: int | None, eyes: Eyes) -> _Shown:
    newest, found = newest_that_stands(jobs), results_of(jobs)
    job = next((job for job in jobs if job.pk == run), newest)
    # While the newest run has no result yet, the newest result that there is stands.
    graded = job if job is not newest else next((job for job in jobs if job.pk in found and not job.is_held), None)
    result = found.get(graded.pk) if graded else None
    report = read(result, checks_of(result), eyes) if result else None
    return _Shown(job=job, report_job=graded, report=report)


def _changes(submission: Submission, jobs: Sequence[GradingJob], shown: _Shown, eyes: Eyes) -> tuple[ChangesSince, ...]:
    """Return what changed since the run before, for staff, and since the author's last submission."""
    if shown.report is None or shown.report_job is None:
        return ()
    found, since = [], results_of(jobs)
    before = next((job for job in jobs if job.pk < shown.report_job.pk and job.pk in since and not job.is_held), None)
    if eyes.sees_all and before is not None:
        number = len(jobs) - jobs.index(before)
        earlier = since[before.pk]
        found.append(changes_since(read(earlier, checks_of(earlier), eyes), shown.report, since=f"run {number}"))
    last = result_before(submission) if submission.number > 1 else None
    if last is not None:
        since_last = f"submission {last.job.submission.number}"
        found.append(changes_since(read(last, checks_of(last), eyes), shown.report, since=since_last))
    return tuple(each for each in found if each)


def _lines(shown: _Shown, eyes: Eyes, texts: ForeignTexts, changes: Sequence[ChangesSince]) -> tuple[CheckLine, ...]:
    job, report = shown.job, shown.report
    if job is not None and job.state in (JobState.QUEUED, JobState.RUNNING) and report is None:
        return live_lines(job, eyes, texts)
    if job is not None and job.state == JobState.RUNNING and job.progress:
        return live_lines(job, eyes, texts)
    return finished_lines(report, texts, compared=changes[0].by_check if changes else None) if report else ()


def _fingerprint(job: GradingJob | None, lines: Sequence[CheckLine], place: Place | None) -> str:
    if job is None:
        return "none"
    # Only checks that are shown: whether a hidden one has ended is not to be learnt by asking.
    done = sum(line.is_done for line in lines)
    facts = (job.pk, job.state, job.phase, done, job.runs, place.position if place else 0)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _may_cancel(newest: GradingJob | None) -> bool:
    return newest is not None and not newest.is_final and newest.kind == "submission"


def _may_regrade(newest: GradingJob | None, may: Collection[Capability]) -> bool:
    return newest is not None and newest.is_final and Capability.REGRADE in may


def _facts(job: GradingJob | None, result: GradingResult | None) -> tuple[Fact, ...]:
    if job is None:
        return ()
    told = result.provenance if result else {}
    memory = told.get("memory_bytes") or job.suite.manifest.get("memory_bytes")
    return facts_of(
        [
            ("Suite", f"{job.suite.title} {job.suite.label}"),
            ("Machine", told.get("machine", "")),
            ("Sandbox", told.get("sandbox", "")),
            ("Memory limit", words.memory(int(memory)) if memory else ""),
            ("Network", "on" if told.get("limits", {}).get("network") else "off"),
            ("Took", _took(job)),
        ]
    )


def _took(job: GradingJob) -> str:
    if job.claimed_at is None or job.finished_at is None:
        return ""
    return f"{(job.finished_at - job.claimed_at).total_seconds():.1f} s"
