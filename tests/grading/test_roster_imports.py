"""Rosters: previewed, applied once and exactly, refused over what changed, and taken back."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from coursehub.accounts.models import User
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Cohort, Enrollment, ExternalIdentity, Offering, Role, RoleAssignment
from coursehub.courses.services import drop
from coursehub.participation.models import Team, TeamSet
from grading.gradebook.imports import batches
from grading.gradebook.imports.errors import CellsChanged, FileUnreadable, NothingToApply, OtherPlan, TooManyDrops
from grading.gradebook.imports.people import known_people
from grading.gradebook.models import ImportBatch
from tests.factories import make_offering, make_students
from tests.grading.importing import apply, choose, effects, plan, sentences, upload
from tests.people import People

pytestmark = pytest.mark.django_db
HEADER = "email,first_name,last_name,student_id,login_id,section,role,status,time_factor,team:project"
DINA = "dina@example.edu,Dina,Novak,00123,dnovak,001,student,active,1.5,Blue"


def facts(offering: Offering, email: str) -> object:
    return next(one.facts for one in known_people(offering) if one.user.email == email)


@pytest.fixture
def dina(offering: Offering, people: People) -> ImportBatch:
    TeamSet.objects.create(offering=offering, key="project", title="Project teams")
    return upload(offering, f"{HEADER}\n{DINA}\n", by=people.ines)


def test_a_preview_changes_nobody(offering: Offering, dina: ImportBatch) -> None:
    assert effects(dina) == {"added": 1}
    assert not User.objects.filter(email="dina@example.edu").exists()


def test_applying_adds_somebody_with_everything_that_the_line_says(
    offering: Offering, people: People, dina: ImportBatch
) -> None:
    new = apply(dina, by=people.ines)

    found = facts(offering, "dina@example.edu")
    user = User.objects.get(email="dina@example.edu")
    assert [row.user.email for row in new] == ["dina@example.edu"]
    assert (found.name, found.roles, found.sections, found.time_factor) == (
        "Dina Novak",
        ("student",),
        ("001",),
        Decimal("1.5"),
    )
    assert found.teams == {"project": "Blue"}
    assert found.ids == {"sis": "00123", "login": "dnovak"}
    assert not user.has_usable_password()
    assert Cohort.objects.get(offering=offering).kind == Cohort.Kind.SECTION


def test_a_replay_of_applying_changes_nothing_twice(offering: Offering, people: People, dina: ImportBatch) -> None:
    apply(dina, by=people.ines)
    drop(Enrollment.objects.get(offering=offering, user__email="dina@example.edu"))

    assert apply(dina, by=people.ines) == []
    assert facts(offering, "dina@example.edu").status == "dropped"


def test_what_was_exported_and_read_again_changes_nobody(offering: Offering, people: People, dina: ImportBatch) -> None:
    apply(dina, by=people.ines)

    again = upload(offering, f"{HEADER}\n{DINA}\n", by=people.ines)

    assert effects(again) == {}
    with pytest.raises(NothingToApply):
        apply(again, by=people.ines)


def test_somebody_changed_since_the_preview_stops_the_whole_file(
    offering: Offering, people: People, dina: ImportBatch
) -> None:
    apply(dina, by=people.ines)
    text = f"{HEADER}\n{DINA.replace('001,student', '002,student')}\neve@example.edu,Eve,Ito,,,,,,,\n"
    second = upload(offering, text, by=people.ines)
    Enrollment.objects.filter(user__email="dina@example.edu").update(time_factor=2)

    with pytest.raises(CellsChanged, match=r"line 2, dina@example\.edu"):
        apply(second, by=people.ines)

    assert facts(offering, "dina@example.edu").sections == ("001",)
    assert not User.objects.filter(email="eve@example.edu").exists()
    choose(second, by=people.ines)
    apply(second, by=people.ines)
    assert facts(offering, "dina@example.edu").sections == ("002",)


def test_only_the_plan_that_was_seen_is_applied(offering: Offering, people: People, dina: ImportBatch) -> None:
    with pytest.raises(OtherPlan):
        batches.apply(dina, by=people.ines, seen="something else")


def test_undo_puts_back_what_nobody_changed_since_and_lists_the_rest(
    offering: Offering, people: People, dina: ImportBatch
) -> None:
    apply(dina, by=people.ines)
    text = "email,first_name,last_name,section\nada@example.edu,Ada,Okafor,A\nben@example.edu,Ben,Lindqvist,A\n"
    second = upload(offering, text, by=people.ines)
    apply(second, by=people.ines)
    Enrollment.objects.filter(offering=offering, user=people.ben).update(time_factor=2)

    left = batches.undo(second, by=people.ines)

    assert facts(offering, "ada@example.edu").sections == ()
    assert facts(offering, "ben@example.edu").sections == ("A",)
    assert left == ("ben@example.edu was changed since, and stays as they are.",)
    assert batches.undo(second, by=people.ines) == ()


def test_undo_of_somebody_new_drops_them_and_deletes_nothing(
    offering: Offering, people: People, dina: ImportBatch
) -> None:
    apply(dina, by=people.ines)

    batches.undo(dina, by=people.ines)

    assert facts(offering, "dina@example.edu").status == "dropped"
    assert User.objects.filter(email="dina@example.edu").exists()


def test_undo_takes_back_the_ids_that_a_line_gave(offering: Offering, people: People, dina: ImportBatch) -> None:
    apply(dina, by=people.ines)

    batches.undo(dina, by=people.ines)

    assert not ExternalIdentity.objects.exists()
    with pytest.raises(NothingToApply, match="taken back"):
        apply(dina, by=people.ines)


def test_an_id_that_somebody_got_in_another_course_meanwhile_stops_the_file(
    offering: Offering, people: People, dina: ImportBatch
) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.otto, system="sis", value="00123"
    )

    with pytest.raises(CellsChanged, match="somebody has by now"):
        apply(dina, by=people.ines)

    assert not User.objects.filter(email="dina@example.edu").exists()


def test_a_time_factor_is_kept_to_two_places_and_then_stays(offering: Offering, people: People) -> None:
    text = "email,first_name,last_name,time_factor\nada@example.edu,Ada,Okafor,1.333\n"
    apply(upload(offering, text, by=people.ines), by=people.ines)

    assert facts(offering, "ada@example.edu").time_factor == Decimal("1.33")
    assert effects(upload(offering, text, by=people.ines)) == {}


def test_two_lines_of_one_person_stop_the_file_with_both_lines(offering: Offering, people: People) -> None:
    text = f"{HEADER}\n{DINA}\n\n{DINA.replace('dina@', 'other@').replace('00123', '123')}\n"
    batch = upload(offering, text, by=people.ines)

    assert "Lines 2 and 4 have the same student_id" in sentences(batch)
    with pytest.raises(NothingToApply, match="contradict"):
        apply(batch, by=people.ines)


def test_two_lines_that_only_our_ids_show_to_be_one_person_stop_the_file(offering: Offering, people: People) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.ada, system="sis", value="007"
    )
    text = "email,first_name,last_name,student_id\nada@example.edu,Ada,Okafor,\nother@example.edu,Ada,Okafor,7\n"
    batch = upload(offering, text, by=people.ines)

    assert "Lines 2 and 3 are of “ada@example.edu”" in sentences(batch)
    assert plan(batch).is_stopped


def test_an_id_never_moves_an_account_to_another_address(offering: Offering, people: People) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.ada, system="sis", value="007"
    )
    text = "email,first_name,last_name,student_id,section\nthief@example.org,Ada,Okafor,7,A\n"
    batch = upload(offering, text, by=people.ines)
    apply(batch, by=people.ines)

    people.ada.refresh_from_db()
    assert people.ada.email == "ada@example.edu"
    assert not User.objects.filter(email="thief@example.org").exists()
    assert "keeps “ada@example.edu”" in sentences(batch)


def test_a_line_whose_ids_are_of_two_people_is_left_out(offering: Offering, people: People) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.ada, system="sis", value="007"
    )
    batch = upload(
        offering, "email,first_name,last_name,student_id\nben@example.edu,Ben,Lindqvist,007\n", by=people.ines
    )

    assert "of one person by the Student ID and of another by the e-mail address" in sentences(batch)
    assert effects(batch) == {}


def test_an_account_that_is_used_keeps_its_name(offering: Offering, people: People) -> None:
    batch = upload(offering, "email,first_name,last_name\nada@example.edu,Mallory,X\n", by=people.ines)

    assert effects(batch) == {}
    assert "the account keeps “Ada Okafor”" in sentences(batch)


def test_staff_are_never_made_students_by_a_file_without_roles(offering: Offering, people: People) -> None:
    batch = upload(offering, "email,first_name,last_name\ntariq@example.edu,Tariq,Aziz\n", by=people.ines)

    assert effects(batch) == {}
    assert "who is staff" in sentences(batch)


def test_nobody_gives_a_role_that_may_do_more_than_they(offering: Offering, people: People) -> None:
    role = Role.objects.create(offering=offering, key="registrar", label="Registrar")
    role.capabilities.create(capability="manage_people")
    role.capabilities.create(capability="view_course")
    RoleAssignment.objects.filter(enrollment__user=people.tariq).update(role=role)
    text = "email,first_name,last_name,role\nmallory@example.edu,Mal,Lory,instructor\n"

    batch = upload(offering, text, by=people.tariq)

    assert effects(batch) == {}
    assert "may do more than you" in sentences(batch)


def test_nobody_drops_themselves(offering: Offering, people: People) -> None:
    batch = upload(
        offering, "email,first_name,last_name,status\nines@example.edu,Ines,Moreau,dropped\n", by=people.ines
    )

    assert effects(batch) == {}
    assert "is you" in sentences(batch)


def test_a_full_sync_drops_students_who_are_missing_and_never_staff(offering: Offering, people: People) -> None:
    make_students(offering, 9)
    rows = [f"{user.email},A,B" for user in User.objects.filter(email__startswith="student")]
    text = "\n".join(["email,first_name,last_name", *rows, "ada@example.edu,A,B", "ben@example.edu,A,B"])
    batch = upload(offering, text, by=people.ines, sync=True)

    apply(batch, by=people.ines)

    assert plan(batch).dropped == 1
    assert facts(offering, "chloe@example.edu").status == "dropped"
    assert facts(offering, "tariq@example.edu").status == "active"
    assert facts(offering, "ines@example.edu").status == "active"


def test_a_full_sync_that_drops_more_than_a_fifth_stops_until_somebody_says_that_it_is_meant(
    offering: Offering, people: People
) -> None:
    batch = upload(offering, "email,first_name,last_name\nada@example.edu,A,B\n", by=people.ines, sync=True)

    with pytest.raises(TooManyDrops, match="2 of 3"):
        apply(batch, by=people.ines)
    choose(batch, by=people.ines, allow_drops=True)
    apply(batch, by=people.ines)

    assert facts(offering, "ben@example.edu").status == "dropped"


def test_exactly_a_fifth_is_not_more_than_a_fifth(offering: Offering, people: People) -> None:
    rows = [f"{user.email},A,B" for user in make_students(offering, 2)]
    text = "\n".join(["email,first_name,last_name", *rows, "ada@example.edu,A,B", "ben@example.edu,A,B"])
    batch = upload(offering, text, by=people.ines, sync=True)

    apply(batch, by=people.ines)

    assert (plan(batch).dropped, plan(batch).students) == (1, 5)


def test_a_line_with_a_problem_does_not_drop_its_person(offering: Offering, people: People) -> None:
    rows = "ada@example.edu,A,B,\nben@example.edu,B,L,\nchloe@example.edu,C,T,instructor\n"
    text = f"email,first_name,last_name,role\n{rows}"
    Role.objects.filter(offering=offering, key="instructor").update(key="professor")

    batch = upload(offering, text, by=people.ines, sync=True)

    assert effects(batch) == {}


def test_headings_of_nobody_known_are_asked_about_once(offering: Offering, people: People) -> None:
    batch = upload(offering, "Mail,Whole name,Lab\ndina@example.edu,Dina Novak,3\n", by=people.ines)
    questions = {question.heading: question for question in plan(batch).questions}

    assert questions["Mail"].suggestion == "email"
    assert questions["Whole name"].samples == ("Dina Novak",)
    with pytest.raises(NothingToApply):
        apply(batch, by=people.ines)

    choose(batch, by=people.ines, columns={"Mail": "email", "Whole name": "name", "Lab": "cohort"})
    assert {question.heading: question.suggestion for question in plan(batch).questions}["Lab"] == "cohort"
    apply(batch, by=people.ines)
    assert facts(offering, "dina@example.edu").cohorts == ("3",)


def test_a_canvas_gradebook_without_addresses_finds_people_by_id(offering: Offering, people: People) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.ada, system="sis", value="00123"
    )
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW (1)\n    Points Possible,,,,,10\n"
        '"Okafor, Ada",901,123,aokafor,001,5\n"Nobody, Else",902,9,nelse,001,5\n'
    )
    batch = upload(offering, text, by=people.ines)
    apply(batch, by=people.ines)

    assert facts(offering, "ada@example.edu").ids == {"sis": "00123", "canvas": "901", "login": "aokafor"}
    assert "whom nobody here has" in sentences(batch)


@pytest.mark.parametrize("who", ["tariq", "ada", "otto"])
def test_only_who_manages_people_imports_rosters(offering: Offering, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        upload(offering, f"{HEADER}\n{DINA}\n", by=getattr(people, who))


def test_an_offering_of_others_is_not_touched(offering: Offering, people: People, dina: ImportBatch) -> None:
    other = make_offering("other-202")
    apply(dina, by=people.ines)

    assert {one.user.email for one in known_people(other)} == {
        f"{name}@example.edu" for name in ("ines", "tariq", "ada", "ben", "chloe")
    }


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00\x01", b"<html>", b"one\n", b'a,b\n"open'])
def test_what_is_no_table_is_refused_in_a_sentence(offering: Offering, people: People, content: bytes) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        upload(offering, content, by=people.ines)

    assert refusal.value.sentence.endswith(".")
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "Ω" * 150, "'; DROP TABLE--"])
def test_hostile_names_are_names(offering: Offering, people: People, name: str) -> None:
    batch = upload(offering, f'email,first_name,last_name\ndina@example.edu,,"{name}"\n', by=people.ines)
    apply(batch, by=people.ines)

    assert facts(offering, "dina@example.edu").name == name


def test_a_roster_of_300_takes_a_fixed_number_of_queries(
    offering: Offering, people: People, django_assert_max_num_queries: Callable
) -> None:
    rows = [f"new{n}@example.edu,F{n},L{n},{n:06},login{n},00{n % 4}" for n in range(300)]
    text = "\n".join(["email,first_name,last_name,student_id,login_id,section", *rows])

    with django_assert_max_num_queries(30):
        batch = upload(offering, text, by=people.ines)
    with django_assert_max_num_queries(60):
        apply(batch, by=people.ines)

    with django_assert_max_num_queries(30):
        second = upload(offering, text.replace(",001", ",009"), by=people.ines)
    assert effects(second) == {"changed": 75}
    for _ in range(2):
        with django_assert_max_num_queries(60):
            apply(second, by=people.ines)
    with django_assert_max_num_queries(60):
        batches.undo(batch, by=people.ines)


def test_a_team_changes_and_is_put_back(offering: Offering, people: People, dina: ImportBatch) -> None:
    apply(dina, by=people.ines)
    second = upload(offering, f"{HEADER}\n{DINA.replace('Blue', 'Red')}\n", by=people.ines)
    apply(second, by=people.ines)
    assert [team.name for team in Team.objects.filter(members__user__email="dina@example.edu")] == ["Red"]

    batches.undo(second, by=people.ines)

    assert [team.name for team in Team.objects.filter(members__user__email="dina@example.edu")] == ["Blue"]
