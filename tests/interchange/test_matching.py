"""Who of ours is who in Canvas: the surest way first, never a guess between two, and a reason in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.canvas import CanvasColumn, CanvasPerson
from grading.interchange.matching import Match, Outcome, Person, Way, match_columns, match_people
from grading.interchange.names import canonical_id, canonical_name, first_and_last

ROW = {"last_name": "Doe", "first_name": "Jane", "canvas_id": "90211", "sis_id": "658001", "login": "jdoe3"}


def row(line: int = 4, **facts: str) -> CanvasPerson:
    return CanvasPerson(line=line, **(ROW | facts), scores={})


def only(person: Person, *rows: CanvasPerson) -> Match:
    return match_people([person], rows).matches[0]


@pytest.mark.parametrize(
    ("facts", "way"),
    [
        ({"canvas_id": "90211"}, Way.CANVAS_ID),
        ({"sis_id": "000658001"}, Way.SIS_ID),
        ({"login": "JDOE3"}, Way.LOGIN),
        ({"email": "jdoe3@example.edu"}, Way.EMAIL),
        ({"first_name": "Jané", "last_name": "DOE"}, Way.NAME),
        ({"first_name": "Janet", "preferred_name": "Jane", "last_name": "Doe"}, Way.NAME),
    ],
)
def test_somebody_is_found_by_each_way(facts: dict[str, str], way: Way) -> None:
    match = only(Person(key="1", **facts), row())

    assert (match.outcome, match.way, match.row) == (Outcome.MATCHED, way, row())
    assert match.reason.startswith("Line 4 has the same value for ")


def test_a_login_of_canvas_may_be_the_whole_address() -> None:
    match = only(Person(key="1", email="J.Doe@example.edu"), row(login="j.doe@example.edu"))

    assert match.way is Way.LOGIN


def test_a_middle_initial_makes_no_difference() -> None:
    assert only(Person(key="1", first_name="Jane", last_name="Doe"), row(first_name="Jane Q.")).way is Way.NAME


def test_a_surer_way_decides_against_a_weaker_one() -> None:
    by_id, by_name = (
        row(4, canvas_id="1", last_name="Roe", sis_id="", login=""),
        row(5, canvas_id="2", sis_id="", login=""),
    )
    person = Person(key="1", canvas_id="1", first_name="Jane", last_name="Doe")

    assert only(person, by_name, by_id).row == by_id


def test_the_id_of_canvas_decides_even_where_the_sis_id_differs() -> None:
    assert only(Person(key="1", canvas_id="90211", sis_id="999"), row()).way is Way.CANVAS_ID


def test_the_same_name_with_another_id_is_nobody_and_said_so() -> None:
    match = only(Person(key="1", sis_id="999", first_name="Jane", last_name="Doe"), row())

    assert match.outcome is Outcome.UNMATCHED
    assert match.reason == "Line 4 has the same name, but another value for the SIS id."


def test_two_rows_of_one_name_are_left_to_a_person_by_line() -> None:
    rows = [row(9, canvas_id="2", sis_id="", login=""), row(4, canvas_id="1", sis_id="", login="")]

    match = only(Person(key="1", first_name="Jane", last_name="Doe"), *rows)

    assert match.outcome is Outcome.AMBIGUOUS
    assert [candidate.line for candidate in match.candidates] == [4, 9]
    assert match.reason == "Lines 4 and 9 all agree in the name. Choose one."


def test_two_of_ours_never_get_the_same_row() -> None:
    people = [Person(key=key, email=f"jdoe3@{key}.edu") for key in ("a", "b")]

    matching = match_people(people, [row()])

    assert [match.outcome for match in matching.matches] == [Outcome.AMBIGUOUS] * 2
    assert "somebody else of this course too" in matching.matches[0].reason
    assert matching.with_outcome(Outcome.AMBIGUOUS) == matching.matches
    assert matching.with_outcome(Outcome.MATCHED) == ()
    assert matching.left_over == (row(),)


def test_a_row_that_a_surer_way_gave_away_is_no_candidate_any_more() -> None:
    people = [
        Person(key="twin", first_name="Jane", last_name="Doe"),
        Person(key="sure", canvas_id="90211", first_name="Jane", last_name="Doe"),
    ]
    other = row(5, canvas_id="90212", sis_id="", login="")

    matching = match_people(people, [row(), other])

    assert [match.row for match in matching.matches] == [other, row()]


def test_whoever_agrees_in_nothing_is_told_so() -> None:
    match = only(Person(key="1", email="x@example.edu"), row())

    assert (match.outcome, match.reason) == (
        Outcome.UNMATCHED,
        "No line agrees in an id, the login, the e-mail address or the name.",
    )


def test_people_without_any_fact_match_no_row_without_any() -> None:
    empty = row(canvas_id="", sis_id="", login="", last_name="", first_name="")

    assert only(Person(key="1"), empty).outcome is Outcome.UNMATCHED


small = st.sampled_from(["", "a", "b", "c"])
people = st.lists(
    st.builds(
        Person, key=st.uuids().map(str), canvas_id=small, sis_id=small, login=small, first_name=small, last_name=small
    ),
    max_size=5,
)
rows = st.lists(
    st.builds(
        CanvasPerson, line=st.integers(2, 99), canvas_id=small, sis_id=small, login=small, first_name=small,
        last_name=small, scores=st.just({}),
    ),
    max_size=5, unique_by=lambda each: each.line,
)  # fmt: skip


@given(people, rows, st.randoms(use_true_random=False))
def test_the_order_never_matters_and_no_row_is_given_twice(
    ours: list[Person], theirs: list[CanvasPerson], random
) -> None:
    first = {match.person.key: match for match in match_people(ours, theirs).matches}
    random.shuffle(ours)
    random.shuffle(theirs)

    matching = match_people(ours, theirs)

    assert {match.person.key: match for match in matching.matches} == first
    given_away = [match.row.line for match in matching.matches if match.row]
    assert len(given_away) == len(set(given_away))
    assert {each.line for each in theirs} == {*given_away, *(each.line for each in matching.left_over)}


def test_a_column_is_known_by_its_id_then_by_its_title() -> None:
    columns = [
        CanvasColumn(heading="Renamed (7)", title="Renamed", canvas_id="7", points_possible=Decimal(1)),
        CanvasColumn(heading="Essay (8)", title="Essay", canvas_id="8"),
        CanvasColumn(heading="essay", title="essay"),
    ]

    found = match_columns(columns, ids={"7": "hw1"}, titles={"Essay": "essay"})

    assert [match.key for match in found] == ["hw1", "essay", None]
    assert found[2].reason == "No assessment here is called “essay”."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Doe, Jane", "JANE DOE"),
        ("Løvås, Åse", "Ase Lovas"),
        ("Müller-Straße", "muller strasse"),
        ("O\u2019Neil", "O'Neil"),
    ],
)
def test_names_agree_whatever_their_accents_and_order(one: str, other: str) -> None:
    assert canonical_name(one) == canonical_name(other)


def test_an_id_of_zeros_alone_stays_one() -> None:
    assert (canonical_id("000"), canonical_id("0012A")) == ("000", "12a")


@pytest.mark.parametrize(
    ("name", "parts"),
    [("Doe, Jane", ("Jane", "Doe")), ("Jane Q. Doe", ("Jane Q.", "Doe")), ("Cher", ("", "Cher")), ("", ("", ""))],
)
def test_a_name_in_one_cell_is_taken_apart(name: str, parts: tuple[str, str]) -> None:
    assert first_and_last(name) == parts


def test_of_very_many_rows_that_could_be_somebody_the_first_are_offered() -> None:
    rows = [row(line, canvas_id="", sis_id="", login="") for line in range(2, 200)]

    match = only(Person(key="1", first_name="Jane", last_name="Doe"), *rows)

    assert [candidate.line for candidate in match.candidates] == list(range(2, 52))
    assert match.reason == "Lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 40 more all agree in the name. Choose one."
