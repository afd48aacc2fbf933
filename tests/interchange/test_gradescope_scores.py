"""The two exports of scores of Gradescope: who has what, since when, and how late."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from grading.interchange.gradescope_scores import GradescopeExport, GradescopeResult, is_scores, read_scores
from grading.interchange.problems import Unreadable

COURSE = """\
First Name,Last Name,SID,Email,Sections,HW 1,HW 1 - Max Points,HW 1 - Submission Time,HW 1 - Lateness (H:M:S),\
Quiz,Quiz - Max Points,Quiz - Submission Time,Quiz - Lateness (H:M:S),Total Lateness (H:M:S)
Jane,Doe,00042,J@Example.edu,A,18.5,20.0,2026-09-30 23:58:01 -0400,00:00:00,,5.0,,,00:00:00
Sam,Roe,43,s@example.edu,A,7.0,20.0,2026-10-03 00:59:10 -0400,49:00:10,5.0,5.0,2026-10-01 10:00:00 -0400,00:00:00,49:00:10
"""  # noqa: E501
SINGLE = """\
Name,SID,Email,Total Score,Max Points,Status,Submission ID,Submission Time,Lateness (H:M:S),View Count,Submission Count,\
1: Pledge (0.0 pts)
Jane Doe,00042,j@example.edu,18.5,20.0,Graded,777,2026-09-30 23:58:01 -0400,00:00:00,1,2,0.0
Sam Roe,43,s@example.edu,,20.0,Missing,,,,,,
"""  # noqa: E501
NEW_YORK = timezone(-timedelta(hours=4))


def test_the_export_of_a_course_has_every_assignment_of_everybody() -> None:
    scores = read_scores(COURSE.encode())

    assert (scores.export, scores.titles, scores.problems) == (GradescopeExport.COURSE, ("HW 1", "Quiz"), ())
    jane, sam = scores.people
    assert (jane.line, jane.first_name, jane.sid, jane.email, jane.sections) == (
        2,
        "Jane",
        "00042",
        "j@example.edu",
        "A",
    )
    assert jane.results == (
        GradescopeResult(
            title="HW 1", points=Decimal("18.5"), max_points=Decimal(20), lateness=timedelta(0),
            submitted_at=datetime(2026, 9, 30, 23, 58, 1, tzinfo=NEW_YORK),
        ),
        GradescopeResult(title="Quiz", max_points=Decimal(5)),
    )  # fmt: skip
    assert sam.results[0].lateness == timedelta(hours=49, seconds=10)


def test_the_export_of_one_assignment_has_its_status_and_the_title_it_is_given() -> None:
    scores = read_scores(SINGLE.encode(), title="HW 1")

    assert (scores.export, scores.titles, scores.problems) == (GradescopeExport.ASSIGNMENT, ("HW 1",), ())
    jane, sam = scores.people
    assert (jane.first_name, jane.last_name) == ("Jane", "Doe")
    assert jane.results == (
        GradescopeResult(
            title="HW 1", points=Decimal("18.5"), max_points=Decimal(20), status="Graded", submission_id="777",
            submitted_at=datetime(2026, 9, 30, 23, 58, 1, tzinfo=NEW_YORK), lateness=timedelta(0),
        ),
    )  # fmt: skip
    assert sam.results == (GradescopeResult(title="HW 1", max_points=Decimal(20), status="Missing"),)


def test_a_time_without_an_offset_is_of_the_zone_that_is_said_or_a_problem() -> None:
    text = SINGLE.replace(" -0400", "")

    with_zone = read_scores(text.encode(), zone=UTC)
    without = read_scores(text.encode())

    assert with_zone.people[0].results[0].submitted_at == datetime(2026, 9, 30, 23, 58, 1, tzinfo=UTC)
    assert without.people[0].results[0].submitted_at is None
    assert "without a time zone" in without.problems[0].sentence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("18.5", "lots", "Line 2, “HW 1”, has “lots”, which is no number"),
        (
            "2026-09-30 23:58:01 -0400",
            "yesterday",
            "Line 2, “HW 1 - Submission Time”, has “yesterday”, which is no time",
        ),
        ("49:00:10,5.0", "2 days,5.0", "Line 3, “HW 1 - Lateness (H:M:S)”, has “2 days”, which is no lateness"),
        ("00042,J@Example.edu", ",", "Line 2, “SID”, has neither an SID nor an e-mail address"),
        ("43,s@", "00042,s@", "Lines 2 and 3 have the same SID, “00042”: keep one of them."),
        ("s@example.edu", "j@example.edu", "Lines 2 and 3 have the same Email, “j@example.edu”: keep one of them."),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_heading(old: str, new: str, said: str) -> None:
    (problem,) = read_scores(COURSE.replace(old, new, 1).encode()).problems

    assert problem.sentence.startswith(said)


@pytest.mark.parametrize(
    ("text", "said"), [("Name,Total Score\nx,1\n", "neither SID nor Email"), ("SID,HW 1\n1,2\n", "names no assignment")]
)
def test_what_is_no_export_is_refused(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_scores(text.encode())


def test_titles_that_differ_only_in_case_are_two_assignments() -> None:
    scores = read_scores(b"SID,hw,hw - Max Points,HW,HW - Max Points\n1,2,3,4,5\n")

    assert [(each.title, each.points, each.max_points) for each in scores.people[0].results] == [
        ("hw", 2, 3),
        ("HW", 4, 5),
    ]


def test_an_export_is_known_by_its_headings() -> None:
    assert is_scores(COURSE.splitlines()[0].split(","))
    assert is_scores(SINGLE.splitlines()[0].split(","))
    assert not is_scores(["Name", "Email", "SID", "Sections"])
