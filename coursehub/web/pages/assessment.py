"""One assessment: what is asked, when, what is taken, and what I have handed in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.checks import cases_of
from coursehub.web.pages.dates import Dates, dates_of
from coursehub.web.pages.facts import Fact
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.more_time import DeadlineCard
from coursehub.web.pages.rows import newest_of
from coursehub.web.pages.tries import tries_sentence
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.tries import Tries
from grading.engine.visibility import Eyes
from grading.submissions.models import Submission
from grading.submissions.reading import eyes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file of a refused attempt that can be handed in without choosing it again."""

    path: str
    size: str
    is_wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """The upload form as it stands: empty, or refused with everything still in it."""

    url: str
    idempotency_key: str
    help: str
    tries: str
    pledge: str
    signature: str = ""
    kept: tuple[KeptFile, ...] = ()
    kept_token: str = ""
    errors: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLine:
    """One of my submissions to this assessment."""

    number: int
    url: str
    look: Look
    points: str
    received_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentPage:
    """Everything that the assessment page shows."""

    frame: Frame
    heading: str
    dates: Dates
    instructions: SafeString
    checks: tuple[Fact, ...]
    checks_summary: str
    facts: tuple[Fact, ...]
    form: UploadForm | None
    deadline: DeadlineCard | None
    """What being late costs its reader; None for who hands in nothing here."""
    is_student: bool
    tries: tuple[TryLine, ...]
    first_step: str
    handout_url: str
    handout_files: str
    staff_url: str
    regrade_url: str
    suite_url: str
    """Where to choose the suite, for who may."""
    suite: str


def assessment_page(
    assessment: Assessment,
    may: Collection[Capability],
    *,
    form: UploadForm | None,
    tries: Tries,
    submissions: Sequence[Submission],
    handout: Sequence[str],
    own: EffectiveDates,
    is_held_back: bool,
    deadline: DeadlineCard | None,
    has_all: bool,
    now: datetime,
) -> AssessmentPage:
    """Build the page; `form` is None for who cannot hand in, or cannot any more; `own` are the reader's dates.

    With `has_all` the reader may have the whole class graded again, not one section of it.
    """
    offering = assessment.offering
    dates = dates_of(assessment, own=own, now=now)
    eyes = eyes_of(may, assessment, dates=own, is_held_back=is_held_back, at=now)
    cases = cases_of(assessment.suite, eyes) if assessment.suite else []
    here = Link(label=assessment.title, url="", current=True)
    staff_url = reverse("staff_submissions", args=[offering.slug]) + f"?assessment={assessment.slug}"
    return AssessmentPage(
        frame=course_frame(offering, may, title=assessment.title, place="course", crumbs=(here,)),
        heading=assessment.title,
        dates=dates,
        instructions=to_safe_html(assessment.instructions_md, below=2),
        checks=tuple(Fact(label=case["title"], value=words.points(Decimal(str(case["points"])))) for case in cases),
        checks_summary=f"What is checked: {words.plural(len(cases), 'check')}",
        facts=_facts(assessment, tries),
        form=form,
        deadline=deadline,
        is_student=Capability.SUBMIT in may,
        tries=tuple(_try_line(submission, eyes, offering.zone, now=now) for submission in submissions),
        first_step="Choose your files above and hand them in." if form else "Nothing can be handed in now.",
        handout_url=reverse("handout", args=[offering.slug, assessment.slug]) if handout else "",
        handout_files=words.listed(handout),
        staff_url=staff_url if Capability.VIEW_SUBMISSIONS in may else "",
        regrade_url=reverse("regrade_all", args=[offering.slug, assessment.slug])
        if has_all and assessment.suite
        else "",
        suite_url=reverse("choose_suite", args=[offering.slug, assessment.slug])
        if Capability.MANAGE_SUITES in may
        else "",
        suite=f"{assessment.suite.title} {assessment.suite.label}" if assessment.suite else "none",
    )


def upload_help(assessment: Assessment) -> str:
    """Return what is taken, in one or two sentences."""
    patterns = words.listed(assessment.accepted_patterns, last="or")
    kinds = f"Files named {patterns}" if patterns else "Files of any kind"
    needed = f" It must hold {words.listed(assessment.required_files)}."
    if modules := [path for path in assessment.required_files if path.endswith(".py")]:
        needed += f" A notebook does as well: {modules[0].removesuffix('.py')}.ipynb for {modules[0]}."
    return (
        f"{kinds}, or a .zip or .tar.gz of them. At most {words.plural(assessment.max_files, 'file')}, "
        f"{words.size(assessment.max_total_bytes)} in all, {words.size(assessment.max_file_bytes)} each."
        + (needed if assessment.required_files else "")
    )


def tries_left_sentence(tries: Tries) -> str:
    """Return how many tries are left, beside the button."""
    if tries.allowed is None or tries.left is None:
        return "You may hand in as often as you like."
    return f"{words.plural(tries.left, 'try', 'tries')} of {tries.allowed} left."


def _facts(assessment: Assessment, tries: Tries) -> tuple[Fact, ...]:
    pairs = [
        ("Points", words.points(assessment.max_points)),
        ("Tries", tries_sentence(tries.used, tries.allowed)),
        ("Counts", assessment.get_counting_try_display()),
        ("Files", words.listed(assessment.accepted_patterns, last="or")),
        ("Required", words.listed(assessment.required_files)),
    ]
    return tuple(Fact(label=label, value=value) for label, value in pairs if value)


def _try_line(submission: Submission, eyes: Eyes, zone: ZoneInfo, *, now: datetime) -> TryLine:
    newest = newest_of(submission, eyes)
    return TryLine(
        number=submission.number,
        url=reverse("submission", args=[submission.pk]),
        look=newest.look,
        points=newest.points,
        received_at=moment(submission.received_at, zone, now=now),
    )
