"""Our own files of grades, long and wide, and files of others with a person saying what their headings mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.grades import GradeLine, Grades, Shape, read_grades, suggested_meanings, write_long, write_wide
from grading.interchange.numbers import BLANK, EXCUSED, NOT_ASSIGNED, Score, ScoreKind, points_score

KEYS = ("hw1", "hw2")


def grades(*lines: str, **options: object) -> Grades:
    return read_grades("\n".join(lines).encode(), **options)


def sentences(read: Grades) -> list[str]:
    return [problem.sentence for problem in read.problems]


def test_a_long_file_has_a_line_per_grade() -> None:
    read = grades(
        "Email,Student ID,Assessment,Points,Comment,Room",
        "J@Example.edu,0042,hw1,18.5,Well done,7",
        "s@example.edu,,hw2,EX,,",
        assessments=KEYS,
    )

    assert (read.shape, read.problems, read.ignored) == (Shape.LONG, (), ("Room",))
    assert read.lines == (
        GradeLine(
            line=2, email="j@example.edu", student_id="0042", assessment="hw1", score=points_score(Decimal("18.5")),
            comment="Well done",
        ),
        GradeLine(line=3, email="s@example.edu", assessment="hw2", score=EXCUSED),
    )  # fmt: skip


def test_a_wide_file_has_a_column_per_assessment() -> None:
    read = grades("student_id;name;hw1;hw2;Other", "0042;Jane;18,5;85%;9", "43;Sam;;-;", assessments=KEYS)

    assert (read.shape, read.problems, read.ignored) == (Shape.WIDE, (), ("Other",))
    assert [(line.line, line.student_id, line.assessment, line.score) for line in read.lines] == [
        (2, "0042", "hw1", points_score(Decimal("18.5"))),
        (2, "0042", "hw2", Score(kind=ScoreKind.PERCENT, number=Decimal(85))),
        (3, "43", "hw1", BLANK),
        (3, "43", "hw2", BLANK),
    ]


def test_without_known_assessments_every_other_heading_is_one() -> None:
    assert {line.assessment for line in grades("email,essay,quiz", "a@example.edu,1,2").lines} == {"essay", "quiz"}


def test_every_problem_is_told_at_once_with_its_line() -> None:
    read = grades(
        "email,student_id,assessment,points,comment",
        ",,hw1,1,",
        "a@example.edu,,hw9,1,",
        "a@example.edu,,,1,",
        "a@example.edu,,hw1,great,",
        "a@example.edu,,hw1,2,",
        "a@example.edu,1,hw1,3,",
        "b@example.edu,01,hw1,3,",
        assessments=KEYS,
    )

    assert sentences(read) == [
        "Line 2 does not say whose it is. Add an e-mail address or a student id.",
        "Line 3 is for “hw9”, which does not exist here. There are: hw1, hw2.",
        "Line 4 does not say which assessment it is for. Add its key.",
        "Line 5, column “points”, has “great”, which is no number: write points, a percentage, EX, N/A or nothing.",
        "Lines 6 and 7 are of “a@example.edu” for “hw1”: keep one of them.",
        "Lines 7 and 8 are of “1” for “hw1”: keep one of them.",
    ]
    assert [line.line for line in read.lines] == [6, 7, 8]


def test_lines_that_share_two_ids_are_told_once() -> None:
    read = grades("email,student_id,assessment,points", *["a@example.edu,1,hw1,2"] * 2)

    assert sentences(read) == ["Lines 2 and 3 are of “a@example.edu” for “hw1”: keep one of them."]


def test_unknown_headings_are_asked_about_with_a_suggestion() -> None:
    read = grades("Mail,Assignment,Score,Remark,Row", "a@example.edu,hw1,1,,", assessments=KEYS)

    assert (read.shape, read.lines) == (None, ())
    assert read.suggestion == {
        "Mail": "email", "Assignment": "assessment", "Score": "points", "Remark": "comment", "Row": "",
    }  # fmt: skip


def test_what_a_person_says_of_the_headings_is_followed() -> None:
    lines = ("NetID,Total,Note", "jdoe,17,late")

    read = grades(*lines, assessments=KEYS, mapping={"NetID": "login_id", "Total": "assessment:hw2", "Note": "comment"})

    assert read.shape is Shape.WIDE
    assert read.lines == (
        GradeLine(line=2, login_id="jdoe", assessment="hw2", score=points_score(Decimal(17)), comment="late"),
    )
    with pytest.raises(ValueError, match="no such meaning: shoe_size"):
        grades(*lines, mapping={"Note": "shoe_size"})


def test_a_column_of_an_assessment_that_does_not_exist_is_told_once() -> None:
    read = grades("email,hw1,assessment:hw9", "a@example.edu,1,2", "b@example.edu,1,2", assessments=KEYS)

    assert sentences(read) == [
        "The column “assessment:hw9” is for “hw9”, which does not exist here. There are: hw1, hw2."
    ]
    assert [line.assessment for line in read.lines] == ["hw1", "hw1"]


def test_two_columns_of_one_meaning_are_told() -> None:
    read = grades(
        "Email,E,hw1",
        "a@example.edu,b@example.edu,1",
        mapping={"Email": "email", "E": "email", "hw1": "assessment:hw1"},
    )

    assert sentences(read) == ["The columns “Email” and “E” both mean email. Choose one of them."]


def test_a_comment_without_end_is_told() -> None:
    read = grades("email,assessment,points,comment", f"a@example.edu,hw1,1,{'x' * 10_001}")

    assert (sentences(read), read.lines) == (["Line 2 has a comment of more than 10,000 characters. Shorten it."], ())


def test_each_meaning_is_suggested_once() -> None:
    assert suggested_meanings(["Score", "Points", "hw1", "email"], KEYS) == {
        "Score": "", "Points": "points", "hw1": "assessment:hw1", "email": "email",
    }  # fmt: skip


def test_a_comment_that_is_a_formula_is_disarmed_and_a_negative_number_is_not() -> None:
    line = GradeLine(
        line=2, email="a@example.edu", assessment="hw1", score=points_score(Decimal("-2.5")), comment="=1+1"
    )

    data = write_long([line])

    assert data.splitlines()[1] == b"a@example.edu,,,hw1,-2.5,'=1+1"
    assert read_grades(data).lines == (line,)


def test_an_assessment_may_be_called_as_a_column_of_ours() -> None:
    line = GradeLine(line=2, email="a@example.edu", assessment="comment", score=EXCUSED)

    data = write_wide([line], assessments=["comment"])

    assert data.splitlines()[0] == b"email,student_id,name,assessment:comment"
    assert read_grades(data, assessments=["comment"]).lines == (line,)


def test_whoever_has_no_grade_for_an_assessment_has_a_blank_cell() -> None:
    line = GradeLine(line=2, student_id="0042", assessment="hw2", score=points_score(Decimal(1)))

    assert write_wide([line], assessments=KEYS) == b"email,student_id,name,hw1,hw2\r\n,0042,,,1\r\n"


scores = st.one_of(
    st.sampled_from([BLANK, EXCUSED, NOT_ASSIGNED]),
    st.decimals(-100, 1000, places=4).map(points_score),
    st.decimals(0, 100, places=2).map(lambda number: Score(kind=ScoreKind.PERCENT, number=number)),
)
comments = st.text(max_size=20).map(lambda text: text.replace("\0", "").replace("\ufeff", "").strip())


@given(st.lists(st.tuples(scores, comments), max_size=6))
def test_a_long_file_that_was_written_is_read_back(table: list[tuple[Score, str]]) -> None:
    lines = [
        GradeLine(
            email=f"p{at}@example.edu", student_id=f"00{at}", name="=x", assessment="hw1", score=score, comment=said
        )
        for at, (score, said) in enumerate(table)
    ]

    read = read_grades(write_long(lines), assessments=KEYS)

    assert [(each.email, each.student_id, each.name, each.score, each.comment) for each in read.lines] == [
        (each.email, each.student_id, each.name, each.score, each.comment) for each in lines
    ]
    assert read.problems == ()


@given(st.lists(st.tuples(scores, scores), max_size=5))
def test_a_wide_file_that_was_written_is_read_back(table: list[tuple[Score, Score]]) -> None:
    lines = [
        GradeLine(line=at, student_id=f"00{at}", assessment=key, score=score)
        for at, pair in enumerate(table, start=2)
        for key, score in zip(KEYS, pair, strict=True)
    ]

    assert list(read_grades(write_wide(lines, assessments=KEYS), assessments=KEYS).lines) == lines
