"""The gradebook of Canvas: read as its own importer reads it, and what we write is read back unchanged."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.canvas import CanvasPerson, is_gradebook, read_gradebook
from grading.interchange.canvas_writing import (
    ColumnToWrite,
    PersonToWrite,
    refusal_of_title,
    warning_of_title,
    write_gradebook,
)
from grading.interchange.numbers import BLANK, EXCUSED, NOT_ASSIGNED, Score, is_same_to_canvas, points_score
from grading.interchange.problems import Unreadable

EXPORT = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Homework 1 (48213),"Midterm, part 2 (48220)",All Current Score,Final Grade
,,,,,,Manual Posting,,,
    Points Possible,,,,,(read only),20.00,100.00,(read only),(read only)
"Doe, Jane",90211,000658001,jdoe3,DS-001 and DS-002,likes tea,18.00,EX,90.00,A
"O'Neil, Zoë",90212,658002,zon4,DS-001,,N/A,,0.00,F
"Student, Test",90299,,a1b2,DS-001,,1.00,2.00,,
"""  # noqa: E501
HOMEWORK, MIDTERM = "Homework 1 (48213)", "Midterm, part 2 (48220)"


def points(text: str) -> Score:
    return points_score(Decimal(text))


def person_to_write(scores: dict[str, Score], **facts: str) -> PersonToWrite:
    known = {"last_name": "Doe", "first_name": "Jane", "canvas_id": "90211", "sis_id": "658001234", "login": "jdoe3"}
    return PersonToWrite(**(known | {"section": "DS6050-001"} | facts), scores=scores)


def test_an_export_is_read_with_its_columns_people_and_marks() -> None:
    gradebook = read_gradebook(EXPORT.encode())

    assert [(column.title, column.canvas_id, column.points_possible) for column in gradebook.columns] == [
        ("Homework 1", "48213", Decimal(20)),
        ("Midterm, part 2", "48220", Decimal(100)),
    ]
    assert gradebook.others == ("Notes", "All Current Score", "Final Grade")
    assert gradebook.people == (
        CanvasPerson(
            line=4, last_name="Doe", first_name="Jane", canvas_id="90211", sis_id="000658001", login="jdoe3",
            section="DS-001 and DS-002", scores={HOMEWORK: points("18"), MIDTERM: EXCUSED},
        ),
        CanvasPerson(
            line=5, last_name="O'Neil", first_name="Zoë", canvas_id="90212", sis_id="658002", login="zon4",
            section="DS-001", scores={HOMEWORK: NOT_ASSIGNED, MIDTERM: BLANK},
        ),
    )  # fmt: skip
    assert gradebook.problems == ()


def test_an_export_with_semicolons_decimal_commas_and_a_mark_at_its_start_says_the_same() -> None:
    text = "Student;ID;SIS Login ID;Section;HW (1)\n    Points Possible;;;;20,50\nDoe, Jane;7;jdoe;A;18,25\n;;;;\n"

    gradebook = read_gradebook(b"\xef\xbb\xbf" + text.encode())

    assert gradebook.columns[0].points_possible == Decimal("20.5")
    assert [(person.line, person.scores["HW (1)"]) for person in gradebook.people] == [(3, points("18.25"))]
    assert gradebook.has_decimal_commas


def test_names_may_stand_in_two_columns() -> None:
    text = "LastName,FirstName,ID,SIS Login ID,Section,HW (1)\n    Points Possible,,,,,5\nDoe,Jane,7,jdoe,A,4\n"

    (person,) = read_gradebook(text.encode()).people

    assert (person.last_name, person.first_name, person.login) == ("Doe", "Jane", "jdoe")


def test_a_name_that_canvas_wrapped_as_a_formula_is_unwrapped() -> None:
    text = 'Student,ID,SIS Login ID,Section,HW (1)\n"=""=1+1, Jane""",7,jdoe,A,4\n'

    (person,) = read_gradebook(text.encode()).people

    assert (person.last_name, person.first_name) == ("=1+1", "Jane")


@pytest.mark.parametrize(
    "header",
    [
        "Student,ID,Section,HW",
        "Student Name,Canvas ID,Section,HW",
        "Student,ID,SIS Login ID,Section",
        "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,HW",
        "LastName,FirstName,ID,Section,HW",
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section",
    ],
)
def test_headings_that_canvas_takes_are_a_gradebook(header: str) -> None:
    assert is_gradebook(header.split(","))


@pytest.mark.parametrize(
    "header",
    [
        "Student,ID,Section",
        "Name,ID,Section,HW",
        "Student,Login,Section,HW",
        "Student,ID,SIS User ID,Section,HW",
        "Student,ID,Notes,Section,HW",
        "LastName,FirstName,Section,HW",
        "LastName,FirstName,ID,HW,HW2",
    ],
)
def test_headings_that_canvas_refuses_are_none(header: str) -> None:
    assert not is_gradebook(header.split(","))
    with pytest.raises(Unreadable, match="not the heading of a Canvas gradebook"):
        read_gradebook(f"{header}\n".encode())


@pytest.mark.parametrize(
    "title",
    [
        "Current Score",
        "Unposted Final Score (Fall 2020)",
        "Final Grade project (3)",
        "Override Status",
        "A Final Points",
    ],
)
def test_a_total_is_no_column(title: str) -> None:
    gradebook = read_gradebook(f"Student,ID,Section,{title},HW (1)\n".encode())

    assert (gradebook.others, [column.title for column in gradebook.columns]) == ((title,), ["HW"])


def test_a_column_without_an_id_is_one_of_notes_unless_it_has_points() -> None:
    text = "Student,ID,Section,Notes,Essay\n    Points Possible,,,,10\nDoe,7,A,8,9\n"

    gradebook = read_gradebook(text.encode())

    assert ([column.heading for column in gradebook.columns], gradebook.others) == (["Essay"], ("Notes",))


def test_without_a_row_of_points_a_column_of_words_is_one_of_notes() -> None:
    gradebook = read_gradebook(b"Student,ID,Section,Notes,Essay\nDoe,7,A,likes tea,9\n")

    assert ([column.heading for column in gradebook.columns], gradebook.others) == (["Essay"], ("Notes",))


def test_a_read_only_column_is_marked_and_its_letters_are_no_problem() -> None:
    text = "Student,ID,Section,Essay (9)\n    Points Possible,,,(read only)\nDoe,7,A,B+\n"

    gradebook = read_gradebook(text.encode())

    assert gradebook.columns[0].is_read_only
    assert gradebook.problems == ()


@pytest.mark.parametrize("row", [",,,Manual Posting", ",,,Manual Posting (scores hidden from instructors)", ",,,muted"])
def test_a_row_of_hidden_columns_is_nobody(row: str) -> None:
    gradebook = read_gradebook(f"Student,ID,Section,HW (1)\n{row}\nDoe,7,A,1\n".encode())

    assert [person.line for person in gradebook.people] == [3]


def test_letters_where_points_should_be_are_one_problem_per_column() -> None:
    text = "Student,ID,Section,HW (1)\nDoe,7,A,B+\nRoe,8,A,C\nPoe,9,A,3\n"

    gradebook = read_gradebook(text.encode())

    (problem,) = gradebook.problems
    assert (problem.line, problem.column) == (2, "HW (1)")
    assert problem.sentence.startswith("Line 2, column “HW (1)”, has “B+”, which is no number")
    assert problem.sentence.endswith("It is one of 2 in this column.")
    assert [person.scores for person in gradebook.people] == [{}, {}, {"HW (1)": points("3")}]


def test_points_possible_that_are_no_number_are_told() -> None:
    gradebook = read_gradebook(b"Student,ID,Section,HW (1)\n    Points Possible,,,many\n")

    assert gradebook.problems[0].sentence.startswith("Line 2 has “many”, which is no number")
    assert gradebook.columns[0].points_possible is None


def test_a_person_who_stands_twice_is_told_with_both_lines() -> None:
    text = "Student,ID,Section,HW (1)\nDoe,7,A,1\nRoe,8,A,1\nDoe,7,B,2\n"

    (problem,) = read_gradebook(text.encode()).problems

    assert (problem.line, problem.sentence) == (4, "Lines 2 and 4 have the same ID, “7”: keep one of them.")


def test_what_we_write_is_byte_for_byte_what_was_promised() -> None:
    columns = [
        ColumnToWrite(title="Homework 1", canvas_id="48213", points_possible=Decimal(20)),
        ColumnToWrite(title="Midterm", canvas_id="48220", points_possible=Decimal(100)),
    ]
    person = person_to_write({"Homework 1 (48213)": points("18"), "Midterm (48220)": EXCUSED})

    file = write_gradebook(columns, [person])

    assert file.content.decode() == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (48213),Midterm (48220)\r\n"
        "    Points Possible,,,,,20.00,100.00\r\n"
        '"Doe, Jane",90211,658001234,jdoe3,DS6050-001,18.00,EX\r\n'
    )
    assert (file.problems, file.warnings) == ((), ())


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Final Grade project", "holds “Final Grade” for a total"),
        ("My Override Status", "for a total"),
        (" ", "no title"),
        ("Homework 1 ", "blanks at its ends"),
        ("Home\nwork", "cannot be seen"),
        ("Homework (2)", "for the id of an assignment"),
        ("Section", "for something else"),
    ],
)
def test_a_title_that_canvas_would_take_for_something_else_is_refused(title: str, said: str) -> None:
    assert said in refusal_of_title(title)


@pytest.mark.parametrize("title", ["Homework 1", "Final project", "final grade", "Finals", "Current scores"])
def test_other_titles_are_taken(title: str) -> None:
    assert refusal_of_title(title) == ""


def test_a_title_with_its_id_may_end_in_a_number_too() -> None:
    assert refusal_of_title("Homework (2)", canvas_id="48213") == ""


def test_a_title_with_final_is_warned_of() -> None:
    assert "totals of Canvas" in warning_of_title("Final project")
    assert warning_of_title("Homework") == ""


def test_with_a_refused_title_no_part_of_the_file_is_written() -> None:
    columns = [ColumnToWrite(title=title, canvas_id="1", points_possible=Decimal(1)) for title in ("Final Score x",)]

    file = write_gradebook(columns, [])

    assert file.content == b""
    assert [problem.column for problem in file.problems] == ["Final Score x (1)"]


def test_somebody_without_an_entry_stops_the_export_since_a_blank_would_erase() -> None:
    column = ColumnToWrite(title="HW", canvas_id="1", points_possible=Decimal(1))

    missing = write_gradebook([column], [person_to_write({})])
    blank = write_gradebook([column], [person_to_write({"HW (1)": BLANK})])

    assert "would erase the score in Canvas" in missing.problems[0].sentence
    assert blank.content.endswith(b"DS6050-001,\r\n")


def test_two_columns_or_two_people_of_one_id_stop_the_export() -> None:
    columns = [ColumnToWrite(title=title, canvas_id="1", points_possible=Decimal(1)) for title in ("A", "B")]
    people = [person_to_write({"A (1)": BLANK, "B (1)": BLANK}, first_name=name) for name in ("Jane", "June")]

    problems = write_gradebook(columns, people).problems

    assert [problem.column for problem in problems] == ["A (1)", "B (1)", "ID"]
    assert problems[2].sentence.startswith("Rows 3 and 4 would both be of “90211”")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"last_name": "", "first_name": "", "canvas_id": "", "sis_id": "", "login": ""}, "neither a name nor an id"),
        ({"last_name": "Points Possible"}, "for the points possible"),
    ],
)
def test_a_row_that_canvas_could_not_take_for_a_person_stops_the_export(facts: dict[str, str], said: str) -> None:
    (problem,) = write_gradebook([], [person_to_write({}, **facts)]).problems

    assert said in problem.sentence


def test_an_id_of_canvas_that_is_no_number_stops_the_export() -> None:
    file = write_gradebook([ColumnToWrite(title="HW", canvas_id="x1", points_possible=Decimal(1))], [])

    assert [problem.sentence for problem in file.problems] == [
        "“x1” is no id of Canvas, which is a number. Correct it."
    ]


def test_without_ids_canvas_is_said_to_guess() -> None:
    column = ColumnToWrite(title="HW", points_possible=Decimal(1))
    person = person_to_write({"HW": BLANK}, canvas_id="", sis_id="", login="")

    warnings = write_gradebook([column], [person]).warnings

    assert "makes a new assignment" in warnings[0].sentence
    assert "the name alone" in warnings[1].sentence


def test_a_name_is_written_so_that_no_spreadsheet_computes_it() -> None:
    column = ColumnToWrite(title="HW", canvas_id="1", points_possible=Decimal(1))
    people = [person_to_write({"HW (1)": BLANK}, last_name="=1+1", first_name="")]

    content = write_gradebook([column], people).content

    assert content.splitlines()[2].startswith(b'"=""=1+1""",90211')
    assert read_gradebook(content).people[0].last_name == "=1+1"


words = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters=",\ufeff"), min_size=1, max_size=8
)
ids = st.integers(1, 10**9).map(str)
scores = st.one_of(
    st.sampled_from([BLANK, EXCUSED, NOT_ASSIGNED]),
    st.decimals(min_value=-100, max_value=1000, places=4).map(points_score),
)


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[ColumnToWrite], list[PersonToWrite]]:
    column_ids = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    columns = [
        ColumnToWrite(title=draw(words), canvas_id=each, points_possible=Decimal(draw(st.integers(0, 200))))
        for each in column_ids
    ]
    people = [
        PersonToWrite(
            last_name=draw(words), first_name=draw(words), canvas_id=each, login=draw(st.just("") | words),
            section=draw(st.just("") | words), scores={column.heading: draw(scores) for column in columns},
        )
        for each in draw(st.lists(ids, max_size=4, unique=True))
    ]  # fmt: skip
    return columns, people


@given(exports())
def test_what_is_exported_and_imported_again_is_no_change(
    export: tuple[list[ColumnToWrite], list[PersonToWrite]],
) -> None:
    columns, people = export

    gradebook = read_gradebook(write_gradebook(columns, people).content)

    assert [(column.heading, column.points_possible) for column in gradebook.columns] == [
        (column.heading, column.points_possible) for column in columns
    ]
    assert [(row.sortable_name, row.canvas_id, row.login, row.section) for row in gradebook.people] == [
        (person.sortable_name, person.canvas_id, person.login, person.section) for person in people
    ]
    for row, person in zip(gradebook.people, people, strict=True):
        assert row.scores.keys() == person.scores.keys()
        assert all(is_same_to_canvas(score, person.scores[heading]) for heading, score in row.scores.items())


@given(exports())
def test_what_was_imported_and_is_exported_again_is_the_same_file(
    export: tuple[list[ColumnToWrite], list[PersonToWrite]],
) -> None:
    columns, people = export
    content = write_gradebook(columns, people).content
    gradebook = read_gradebook(content)

    again = [
        PersonToWrite(
            last_name=row.last_name, first_name=row.first_name, canvas_id=row.canvas_id, login=row.login,
            section=row.section, scores=row.scores,
        )
        for row in gradebook.people
    ]  # fmt: skip

    assert write_gradebook(columns, again).content == content
