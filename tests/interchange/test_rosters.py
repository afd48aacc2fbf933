"""Rosters of every system become one kind of row, and everything doubtful is a sentence with its line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.problems import Unreadable
from grading.interchange.roster_dialects import Dialect, suggested_mapping
from grading.interchange.roster_rows import RosterRole, RosterRow, RosterStatus
from grading.interchange.rosters import Roster, read_roster, write_roster


def roster(*lines: str, **options: str) -> Roster:
    return read_roster("\n".join(lines).encode(), **options)


def sentences(read: Roster) -> list[str]:
    return [problem.sentence for problem in read.problems]


def test_our_own_roster_is_read_whatever_the_order_and_case_of_its_headings() -> None:
    read = roster(
        "Last_Name,First_Name,EMAIL,role,Status,time_factor,team:Project,id:canvas,student_id,login_id,section,cohort,x",
        'Doe,Jane,JDoe@Example.edu,Head TA,active,"1,5",Owls,90211,0042,jdoe3,A,Blue,?',
    )

    assert read.dialect is Dialect.OURS
    assert read.rows == (
        RosterRow(
            line=2, email="jdoe@example.edu", first_name="Jane", last_name="Doe", login_id="jdoe3", student_id="0042",
            section="A", cohort="Blue", role=RosterRole.HEAD_TA, time_factor=Decimal("1.5"),
            teams={"Project": "Owls"}, ids={"canvas": "90211"},
        ),
    )  # fmt: skip
    assert (read.problems, read.ignored) == ((), ("x",))


def test_what_is_left_empty_has_its_ordinary_meaning() -> None:
    (row,) = roster("email,first_name,last_name,role,status", "a@example.edu,A,B,,").rows

    assert (row.role, row.status, row.time_factor) == (RosterRole.STUDENT, RosterStatus.ACTIVE, None)


@pytest.mark.parametrize(("role", "status"), [("auditor", ""), ("", "audit")])
def test_an_auditor_audits(role: str, status: str) -> None:
    (row,) = roster("email,first_name,last_name,role,status", f"a@example.edu,A,B,{role},{status}").rows

    assert (row.role, row.status) == (RosterRole.AUDITOR, RosterStatus.AUDIT)


def test_every_problem_is_told_at_once_with_its_line() -> None:
    read = roster(
        "email,first_name,last_name,role,status,time_factor",
        "a@example,A,B,,,",
        "b@example.edu,A,B,boss,gone,0.5",
        ",A,B,,,",
        "c@example.edu,,,,,x",
        "d@example.edu,Good,One,,,150%",
    )

    assert sentences(read) == [
        "Line 2 has “a@example”, which is no e-mail address. Write one, like jdoe@example.edu.",
        "Line 3 has the role “boss”. Write one of student, auditor, ta, head_ta, grader, course_assistant, "
        "instructor, observer.",
        "Line 3 has the status “gone”. Write one of active, dropped, audit.",
        "Line 3 has the time factor “0.5”. Write a number from 1 to 10: 1.5 is half as much time again.",
        "Line 4 has no e-mail address. Add it.",
        "Line 5 has no name. Add the first or the last name.",
        "Line 5 has the time factor “x”. Write a number from 1 to 10: 1.5 is half as much time again.",
    ]
    assert [(row.line, row.time_factor) for row in read.rows] == [(6, Decimal("1.5"))]
    assert read.problems[0].column == "email"


@pytest.mark.parametrize(
    "email", ["a b@example.edu", "a@@example.edu", "a@example..edu", "<a@example.edu>", "a@b,c.edu"]
)
def test_an_address_that_is_none_is_told(email: str) -> None:
    assert "no e-mail address" in sentences(roster("email,first_name,last_name", f'"{email}",A,B'))[0]


@pytest.mark.parametrize(
    ("heading", "one", "other"),
    [
        ("email", "a@example.edu", "A@example.edu"),
        ("student_id", "0042", "42"),
        ("login_id", "x", "X"),
        ("id:canvas", "7", "7"),
    ],
)
def test_two_lines_of_one_id_are_told_with_both_lines(heading: str, one: str, other: str) -> None:
    headings = {"email": ("e1@example.edu", "e2@example.edu"), heading: (one, other)}
    text = [",".join(("first_name", "last_name", *headings))]
    text += [",".join(("A", "B", *(values[at] for values in headings.values()))) for at in (0, 1)]

    read = roster(*text)

    assert [(problem.line, problem.column) for problem in read.problems] == [(3, heading)]
    assert sentences(read)[0].startswith(f"Lines 2 and 3 have the same {heading}, ")


def test_a_heading_said_again_in_other_letters_is_a_problem() -> None:
    assert sentences(roster("email,Email,first_name,last_name", "a@example.edu,,A,B")) == [
        "Line 1 has “email” and “Email”. Keep one."
    ]


def test_users_of_canvas_are_students_until_their_enrolments_are_known() -> None:
    read = roster(
        "user_id,login_id,first_name,last_name,short_name,email,status",
        "U1,jdoe,Jane,Doe,Jane Doe,j@example.edu,active",
        "U2,sroe,Samuel,Roe,Sam Roe,s@example.edu,suspended",
    )

    assert read.dialect is Dialect.CANVAS_USERS
    assert [(row.student_id, row.preferred_name, row.status) for row in read.rows] == [
        ("U1", "", RosterStatus.ACTIVE),
        ("U2", "Sam Roe", RosterStatus.DROPPED),
    ]
    assert "everybody is taken for a student" in read.warnings[0].sentence


USERS = b"""user_id,login_id,first_name,last_name,short_name,email,status
U1,jdoe,Jane,Doe,,j@example.edu,active
U2,sroe,Sam,Roe,,s@example.edu,active
U3,prof,Pat,Poe,,p@example.edu,active
U4,none,Not,Here,,n@example.edu,active
"""
ENROLLMENTS = b"""course_id,user_id,role,section_id,status
C1,U1,student,S1,active
C1,U1,student,S2,active
C1,U2,student,S1,deleted
C1,U3,student,S1,active
C1,U3,teacher,S1,active
C1,U9,student,S1,active
"""


@pytest.mark.parametrize("files", [(USERS, ENROLLMENTS), (ENROLLMENTS, USERS)])
def test_users_and_enrolments_of_canvas_are_read_together_in_any_order(files: tuple[bytes, bytes]) -> None:
    read = read_roster(*files)

    assert [(row.student_id, row.role, row.section, row.status) for row in read.rows] == [
        ("U1", RosterRole.STUDENT, "S1, S2", RosterStatus.ACTIVE),
        ("U2", RosterRole.STUDENT, "S1", RosterStatus.DROPPED),
        ("U3", RosterRole.INSTRUCTOR, "S1", RosterStatus.ACTIVE),
    ]
    assert read.problems == ()
    assert [warning.sentence for warning in read.warnings] == [
        "Line 7 of the enrolments names “U9”, whom the users do not have. They are left out.",
        "Users without an enrolment are left out: 1.",
    ]


def test_a_deleted_user_is_dropped_whatever_the_enrolment_says() -> None:
    read = read_roster(USERS.replace(b"p@example.edu,active", b"p@example.edu,deleted"), ENROLLMENTS)

    assert [row.status for row in read.rows if row.student_id == "U3"] == [RosterStatus.DROPPED]


def test_enrolments_of_several_courses_need_one_to_be_named() -> None:
    two = ENROLLMENTS + b"C2,U4,ta,S7,active\n"

    assert "enrolments of 2 courses: C1, C2" in sentences(read_roster(USERS, two))[0]
    assert [(row.student_id, row.role) for row in read_roster(USERS, two, course="C2").rows] == [("U4", RosterRole.TA)]


def test_files_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(Unreadable, match="Choose one file"):
        read_roster(USERS, USERS)
    with pytest.raises(Unreadable, match=r"Choose users\.csv of Canvas with them"):
        read_roster(ENROLLMENTS)


def test_groups_of_canvas_are_teams_of_people_without_an_address() -> None:
    read = roster(
        "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id",
        "Jane Doe,90211,U1,jdoe,A,Owls,5,",
        "Sam Roe,90212,,,A,Owls,5,",
        teamset="Project",
    )

    assert read.dialect is Dialect.CANVAS_GROUPS
    assert [(row.first_name, row.last_name, row.teams, row.ids, row.key) for row in read.rows] == [
        ("Jane", "Doe", {"Project": "Owls"}, {"canvas": "90211"}, "U1"),
    ]
    assert sentences(read) == ["Line 3 has neither a student id nor a login. Add one of them."]


def test_a_gradebook_of_canvas_begins_a_roster() -> None:
    read = roster(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW (1)",
        "    Points Possible,,,,,20",
        '"Doe, Jane",90211,658,jdoe@example.edu,A,18',
        '"Roe, Sam",90212,659,sroe,A,18',
        '"Student, Test",9,,x,A,1',
    )

    assert read.dialect is Dialect.CANVAS_GRADEBOOK
    assert [(row.line, row.email, row.login_id, row.student_id, row.ids) for row in read.rows] == [
        (3, "jdoe@example.edu", "jdoe@example.edu", "658", {"canvas": "90211"}),
        (4, "", "sroe", "659", {"canvas": "90212"}),
    ]


def test_a_roster_of_autolab_is_read() -> None:
    read = roster(
        "Semester,email,last_name,first_name,school,major,year,grading_policy,courseNumber,courseLecture,section",
        "F26,a@example.edu,Doe,Jane,SCS,CS,3,L,10714,1,B",
    )

    (row,) = read.rows
    assert (read.dialect, row.section, row.cohort, row.last_name) == (Dialect.AUTOLAB, "B", "1", "Doe")


S3 = "Semester,Course,Section,Lecture,Mini,Last Name,First Name,MI,AndrewID,Email,College,Department"


def test_a_student_of_s3_who_stands_for_lecture_and_section_is_one_row_of_the_section() -> None:
    read = roster(
        S3,
        "F26,10714,1,1,,Doe,Jane,Q,jdoe,j@example.edu,SCS,CS",
        "F26,10714,B,1,,Doe,Jane,Q,jdoe,j@example.edu,SCS,CS",
        "F26,10714,Lec 1,1,,Roe,Sam,,sroe,s@example.edu,SCS,CS",
    )

    assert read.dialect is Dialect.S3
    assert [(row.line, row.login_id, row.section) for row in read.rows] == [(3, "jdoe", "B"), (4, "sroe", "Lec 1")]
    assert read.problems == ()


def test_a_line_of_s3_without_a_section_is_not_a_second_section() -> None:
    read = roster(S3, *(f"F26,10714,{section},1,,Doe,Jane,Q,jdoe,j@example.edu,SCS,CS" for section in ("", "B")))

    assert [row.section for row in read.rows] == ["B"]
    assert read.problems == ()


def test_lines_of_s3_that_contradict_each_other_are_told() -> None:
    read = roster(
        S3,
        "F26,10714,A,1,,Doe,Jane,Q,jdoe,j@example.edu,SCS,CS",
        "F26,10714,B,1,,Doe,Jane,Q,jdoe,j@example.edu,SCS,CS",
        "F26,10714,A,1,,Roe,Sam,,sroe,s@example.edu,SCS,CS",
        "F26,10714,1,1,,Roe,Samira,,sroe,s@example.edu,SCS,CS",
    )

    assert sentences(read) == [
        "Lines 2 and 3 put “jdoe” into the sections A and B. Keep one of them.",
        "Lines 4 and 5 have the same AndrewID, but another name or e-mail address. Correct one of them.",
    ]


@pytest.mark.parametrize(
    ("kind", "group", "role", "status"),
    [
        ("graded", "4", RosterRole.STUDENT, RosterStatus.ACTIVE),
        ("audit", "4", RosterRole.AUDITOR, RosterStatus.AUDIT),
        ("withdrawn", "4", RosterRole.STUDENT, RosterStatus.DROPPED),
        ("staff", "1", RosterRole.INSTRUCTOR, RosterStatus.ACTIVE),
        ("staff", "3", RosterRole.GRADER, RosterStatus.ACTIVE),
        ("staff", "4", RosterRole.TA, RosterStatus.ACTIVE),
    ],
)
def test_submitty_says_role_and_status_in_its_own_words(
    kind: str, group: str, role: RosterRole, status: RosterStatus
) -> None:
    read = roster(
        "User ID,Given Name,Family Name,Preferred Given Name,Email,Registration Section,Registration Type,Group",
        f"jdoe,Jane,Doe,JD,j@example.edu,3,{kind},{group}",
    )

    assert read.dialect is Dialect.SUBMITTY
    assert [(row.role, row.status, row.preferred_name, row.section) for row in read.rows] == [(role, status, "JD", "3")]


@pytest.mark.parametrize(("names", "values"), [("Name", "Jane Doe"), ("First Name,Last Name", "Jane,Doe")])
def test_a_roster_of_gradescope_is_read_with_its_sid_as_text(names: str, values: str) -> None:
    read = roster(f"{names},Email,SID,Role,Sections", f"{values},j@example.edu,00042,Reader,A")

    assert read.dialect is Dialect.GRADESCOPE
    assert [(row.first_name, row.last_name, row.student_id, row.role) for row in read.rows] == [
        ("Jane", "Doe", "00042", RosterRole.GRADER)
    ]


def test_what_copying_leaves_unseen_is_taken_away_and_joiners_stay() -> None:
    (row,) = roster("email,first_name,last_name", "\u200ba@example.edu\u00a0,Ma\u200cmad,Van  der\u00a0Berg").rows

    assert (row.email, row.first_name, row.last_name) == ("a@example.edu", "Ma\u200cmad", "Van der Berg")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a@example.edu,A,B,6.58E+08", "Line 2 has the student id “6.58E+08”, which a spreadsheet has shortened"),
        ("a@example.edu,A,B\x1b[2J,1", "Line 2 has marks that cannot be seen in “B [2J”"),
        (f"a@example.edu,A,{'B' * 201},1", "Line 2 has a last_name of more than 200 characters"),
    ],
)
def test_a_text_that_cannot_be_meant_is_told(line: str, said: str) -> None:
    (sentence,) = sentences(roster("email,first_name,last_name,student_id", line))

    assert sentence.startswith(said)


def test_unknown_headings_are_asked_about_with_a_suggestion() -> None:
    read = roster("E-mail,Surname,Forename,NetID,Team,Shoe size", "a@example.edu,Doe,Jane,jd,Owls,42")

    assert (read.dialect, read.rows) == (None, ())
    assert read.suggestion == {
        "E-mail": "email", "Surname": "last_name", "Forename": "first_name", "NetID": "login_id", "Team": "team:teams",
        "Shoe size": "",
    }  # fmt: skip


def test_what_a_person_says_of_the_headings_is_followed() -> None:
    mapping = {"Mail 1": "email", "Who": "name", "Crew": "team:Project", "Shoe size": ""}

    read = roster("Mail 1,Who,Crew,Shoe size", 'a@example.edu,"Doe, Jane",Owls,42', mapping=mapping)

    assert (read.dialect, read.ignored) == (Dialect.MAPPED, ("Shoe size",))
    assert [(row.first_name, row.last_name, row.teams) for row in read.rows] == [("Jane", "Doe", {"Project": "Owls"})]


def test_a_mapping_that_does_not_fit_is_told() -> None:
    read = roster("a,b", "x@example.edu,y", mapping={"a": "email", "b": "email", "c": "name"})

    assert "The file has no column “c” any more. Say again what its columns mean." in sentences(read)
    assert "Two columns are said to be email. Choose one of them." in sentences(read)
    with pytest.raises(ValueError, match="no such field: shoe_size"):
        roster("a,b", "x,y", mapping={"a": "shoe_size"})


def test_each_meaning_is_suggested_once() -> None:
    assert suggested_mapping(["Email", "e-mail", "SID", "ID"]) == {
        "Email": "email",
        "e-mail": "",
        "SID": "student_id",
        "ID": "",
    }


def test_a_name_that_is_a_formula_is_disarmed_in_the_file_and_whole_again_when_read() -> None:
    row = RosterRow(line=2, email="a@example.edu", last_name='=HYPERLINK("x")')

    data = write_roster([row])

    assert b"\"'=HYPERLINK(" in data
    assert read_roster(data).rows == (row,)


words = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")) | st.sampled_from("éßø漢"), max_size=8)


@st.composite
def roster_rows(draw: st.DrawFn) -> list[RosterRow]:
    return [
        RosterRow(
            line=line, email=f"p{line}@example.edu", first_name=draw(words), last_name=draw(words) or "x",
            preferred_name=draw(words), login_id=f"u{line}", student_id=f"00{line}", section=draw(words),
            cohort=draw(words), role=draw(st.sampled_from(RosterRole)), status=draw(st.sampled_from(RosterStatus)),
            time_factor=draw(st.none() | st.decimals(1, 10, places=3)),
            teams=draw(st.dictionaries(st.sampled_from(["A", "b c"]), words.filter(bool))),
            ids=draw(st.dictionaries(st.sampled_from(["canvas", "ed"]), st.just(f"i{line}"))),
        )
        for line in range(2, 2 + draw(st.integers(0, 4)))
    ]  # fmt: skip


@given(roster_rows())
def test_a_roster_that_was_written_is_read_back(rows: list[RosterRow]) -> None:
    read = read_roster(write_roster(rows))

    assert list(read.rows) == rows
    assert (read.problems, read.ignored) == ((), ())


@given(st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=5), max_size=4))
def test_no_content_breaks_the_reading_of_a_roster(table: list[list[str]]) -> None:
    text = "\n".join(["email,first_name,last_name", *(",".join(row) for row in table)])

    try:
        read = read_roster(text.encode())
    except Unreadable as refused:
        assert refused.sentence
    else:
        assert all(problem.sentence and problem.line for problem in read.problems)
