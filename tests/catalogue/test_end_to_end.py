"""The whole way on real parts: uploaded, looked at in a jail, published, and submissions graded by two versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue import queries, services
from grading.submissions import services as submissions
from grading.submissions.models import GradingResult, JobState
from grading.submissions.uploads import Upload
from runners.sandboxes import Sandbox
from runners.slots import Slots
from runners.suite_protocol import SuiteCheckReport
from tests.catalogue.hosts import grading_host
from tests.catalogue.suites import CASES, FILES, RIGHT, SQUARES, make_draft
from tests.factories import make_assessment
from tests.jails import warm_bubblewrap
from tests.people import People
from tests.runners.fake_site import until

pytestmark = [pytest.mark.bubblewrap, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with warm_bubblewrap("numpy") as opened:
        yield opened


@pytest.fixture
def host(live_server: object, sandbox: Sandbox, tmp_path: Path) -> Iterator[Slots]:
    with grading_host(str(live_server), sandbox, tmp_path / "cache") as slots:
        yield slots


def serve(host: Slots) -> None:
    host.wake()
    until(lambda: host.is_idle, 60)


def looked_at(host: Slots, draft: SuiteVersion) -> SuiteCheckReport:
    """Let the host look at a draft and return its report."""
    serve(host)
    draft.refresh_from_db()
    check = queries.newest_check(draft)
    assert check is not None
    assert check.state == JobState.FINISHED, check.fault_detail
    return SuiteCheckReport.model_validate(check.report)


def graded(host: Slots, homework: Assessment, people: People, content: bytes) -> GradingResult:
    submission = submissions.submit(
        homework, by=people.ada, uploads=[Upload(path="twice.py", content=content)], idempotency_key=homework.slug
    )
    serve(host)
    return GradingResult.objects.get(job__submission=submission)


def test_a_suite_is_looked_at_published_and_graded_with_and_old_versions_stay(
    host: Slots, offering: Offering, people: People
) -> None:
    draft = make_draft(offering, people)
    report = looked_at(host, draft)
    assert report.has_passed, (report.problem, report.detail, report.examples)
    assert [(each.role, each.name, each.points) for each in report.examples] == [
        ("reference", "", 10),
        ("starter", "", 0),
        ("wrong", "squares", 4),
    ]
    first = services.publish(draft, by=people.ines)

    changed = {**FILES, "cases.py": CASES.replace(b"points=6", b"points=1")}
    second = make_draft(offering, people, changed)
    assert looked_at(host, second).has_passed
    second = services.publish(second, by=people.ines)

    old = make_assessment(offering, "hw1", suite=first, required_files=["twice.py"], accepted_patterns=["*"])
    new = make_assessment(offering, "hw2", suite=second, required_files=["twice.py"], accepted_patterns=["*"])
    for homework, share in ((old, "4"), (new, "8")):
        result = graded(host, homework, people, SQUARES)
        assert str(result.points.normalize()) == share
        assert result.provenance["suite"] == ("doubling v1" if homework == old else "doubling v2")


@pytest.mark.parametrize(
    ("changes", "problem", "detail"),
    [
        ({"cases.py": b"import nowhere\n"}, "The suite's cases.py could not be read.", "nowhere"),
        ({"reference/twice.py": b"def double(x):\n    return 1 / 0\n"}, "The reference solution could not be run.", ""),
        ({"reference/twice.py": None}, "reference: the reference solution has no twice.py, which", ""),
    ],
)
def test_a_suite_that_does_not_work_is_told_so_and_is_no_fault_of_ours(
    changes: dict[str, bytes | None], problem: str, detail: str, host: Slots, offering: Offering, people: People
) -> None:
    files = {path: content for path, content in {**FILES, **changes}.items() if content is not None}

    report = looked_at(host, make_draft(offering, people, files))

    assert not report.has_passed
    assert problem in report.problem
    assert detail in report.detail


def test_what_fares_otherwise_than_the_suite_says_is_named(host: Slots, offering: Offering, people: People) -> None:
    files = {
        **FILES,
        "starter/twice.py": RIGHT,
        "wrong/squares/expect.json": b'{"fails": ["halve", "third"]}',
        "wrong/right/twice.py": RIGHT,
        "wrong/empty/other.py": b"",
    }

    report = looked_at(host, make_draft(offering, people, files))

    assert not report.has_passed
    assert {each.name or each.role.value: list(each.surprises) for each in report.examples} == {
        "reference": [],
        "starter": ["It passes double, which it should not.", "It passes halve, which it should not."],
        "empty": ["It has no twice.py, which the suite requires."],
        "right": ["It has no expect.json that says under “fails” which cases it must fail."],
        "squares": [
            "It should fail halve, but passes it.",
            "expect.json names third, and the suite has no such case.",
            "It fails double, which it should not.",
        ],
    }
