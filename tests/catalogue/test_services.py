"""From an upload to a version that grades: what is taken, what is refused, and that versions stay as they are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Change, Offering
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import newest_version, suite_contents
from grading.assessments.services import publish_suite, publish_suites
from grading.catalogue import queries, services
from grading.catalogue.errors import (
    AlreadyPublished,
    ManifestRefused,
    NameTaken,
    NotADraft,
    NotChecked,
    NotPublished,
    UploadUnfit,
)
from grading.catalogue.models import SuiteCheck
from grading.submissions import jobs
from grading.submissions.models import JobState
from runners.protocol import folder_digest
from runners.suites import SUITES_FOLDER
from tests.catalogue.suites import (
    FILES,
    SETTINGS,
    answer_check,
    asking,
    make_draft,
    make_published,
    renamed,
    uploads,
)
from tests.factories import make_assessment, make_offering, make_runner, make_submission, make_suite
from tests.people import People

pytestmark = pytest.mark.django_db


def cases_of(version: SuiteVersion) -> list[dict[str, Any]]:
    return [dict(case) for case in version.manifest["cases"]]


def test_an_upload_is_a_draft_that_waits_for_a_runner(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)

    check = queries.newest_check(draft)
    assert (draft.state, draft.number, draft.digest, draft.title) == ("draft", None, "", "Doubling")
    assert check is not None
    assert (check.state, check.lane) == (JobState.QUEUED, "cpu")
    assert check.files_sha256 == folder_digest(FILES.items())
    assert suite_contents(draft) == FILES


def test_a_second_upload_takes_the_place_of_the_draft_and_of_its_check(offering: Offering, people: People) -> None:
    first = make_draft(offering, people)
    answer_check(first)
    without = {path: content for path, content in FILES.items() if not path.startswith("wrong/")}

    second = make_draft(offering, people, without)

    assert second.pk == first.pk
    assert second.digest == ""
    assert set(suite_contents(second)) == set(without)
    assert [check.state for check in SuiteCheck.objects.order_by("pk")] == [JobState.FINISHED, JobState.QUEUED]


def test_a_manifest_that_comes_with_the_upload_is_left_out(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people, {**FILES, "manifest.json": b"{}"})

    assert "manifest.json" not in suite_contents(draft)


@pytest.mark.parametrize("who", ["tariq", "ada", "otto"])
def test_uploading_takes_the_right_to_manage_suites(offering: Offering, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        services.upload_draft(offering, by=getattr(people, who), uploads=uploads())

    assert not SuiteVersion.objects.exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"cases.py": b""}, "There is no suite.toml in what you sent."),
        ({"run_autograder": b"", "setup.sh": b""}, "This looks like a Gradescope autograder."),
        ({**FILES, "suite.toml": b"name = "}, "suite.toml cannot be read"),
        ({**FILES, "suite.toml": b"\xff"}, "suite.toml cannot be read"),
        ({**FILES, "suite.toml": SETTINGS + b"colour = 1"}, "'colour' is no setting of a suite"),
        ({**FILES, "suite.toml": SETTINGS + b'kind = "guess"'}, "suite.toml: kind: "),
        ({**FILES, "suite.toml": SETTINGS.replace(b'"twice"', b'""')}, "module is missing"),
        (renamed("Double it"), "name takes up to 60 small letters"),
        (renamed("../up"), "name takes up to 60 small letters"),
        ({"suite.toml": SETTINGS, "starter/twice.py": b""}, "nothing but suite.toml"),
    ],
)
def test_what_is_no_suite_is_refused_with_what_to_do(
    offering: Offering, people: People, files: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(UploadUnfit, match=sentence):
        make_draft(offering, people, files)

    assert not SuiteVersion.objects.exists()


def test_the_name_of_a_suite_that_comes_with_coursehub_is_taken(offering: Offering, people: People) -> None:
    make_suite("doubling")

    with pytest.raises(NameTaken):
        make_draft(offering, people)


def test_two_courses_may_have_a_suite_of_one_name(offering: Offering, people: People) -> None:
    other = make_offering("elsewhere")
    first, second = make_published(offering, people), make_published(other, people)

    assert first.digest == second.digest
    assert first.pk != second.pk
    assert newest_version(other.course, "doubling") == second


def test_a_runner_gives_the_draft_its_manifest_and_its_digest(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)

    assert answer_check(draft).accepted

    assert [case["id"] for case in draft.manifest["cases"]] == ["double", "halve"]
    assert draft.max_points == 10
    assert draft.digest == folder_digest(suite_contents(draft, only_graded_with=True).items())
    assert "manifest.json" in suite_contents(draft)


def test_a_manifest_that_is_not_of_this_suite_is_a_fault_of_the_runner(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    answer = answer_check(draft, manifest={**draft.manifest, "title": "Another", "cases": cases_for()})

    check = queries.newest_check(draft)
    assert not answer.accepted
    assert check is not None
    assert check.state == JobState.QUEUED
    assert "title is not what suite.toml says" in check.fault_detail


def cases_for() -> list[dict[str, Any]]:
    return [{"id": "double", "title": "double", "points": "1"}]


def test_published_versions_are_numbered_and_never_change(offering: Offering, people: People) -> None:
    first = make_published(offering, people)
    second = make_published(offering, people, {**FILES, "cases.py": FILES["cases.py"] + b"\n"})

    assert [first.label, second.label] == ["v1", "v2"]
    assert first.published_at is not None
    for change in (
        lambda: services.publish(first, by=people.ines),
        lambda: services.request_check(first, by=people.ines),
        lambda: services.edit_manifest(first, by=people.ines, cases=cases_of(first)),
        lambda: services.discard(first),
    ):
        with pytest.raises(NotADraft):
            change()


def test_the_same_again_is_no_new_version(offering: Offering, people: People) -> None:
    make_published(offering, people)
    draft = make_draft(offering, people)
    answer_check(draft)

    with pytest.raises(AlreadyPublished, match="exactly v1"):
        services.publish(draft, by=people.ines)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda draft, ines: answer_check(draft, examples=[{"role": "starter", "surprises": ["It passes double."]}]),
        lambda draft, ines: answer_check(draft, problem="cases.py could not be read.", manifest=None),
        lambda draft, ines: None,
    ],
    ids=["a surprise", "a problem", "not looked at"],
)
def test_only_what_a_runner_found_good_is_published(
    offering: Offering, people: People, spoil: Callable[[SuiteVersion, object], object]
) -> None:
    draft = make_draft(offering, people)
    spoil(draft, people.ines)

    with pytest.raises(NotChecked):
        services.publish(draft, by=people.ines)


def test_a_change_of_the_cases_has_to_be_looked_at_before_it_is_published(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    answer_check(draft)
    before = draft.digest
    cases = cases_of(draft)
    cases[0] |= {"title": "Twice", "points": "2.5", "hint": "Add.", "visibility": "hidden"}

    assert services.edit_manifest(draft, by=people.ines, cases=[cases[1], cases[0]])

    assert [case["title"] for case in draft.manifest["cases"]] == ["halve a number", "Twice"]
    assert draft.digest != before
    assert draft.max_points == 6.5
    with pytest.raises(NotChecked):
        services.publish(draft, by=people.ines)
    assert answer_check(draft).accepted
    assert services.publish(draft, by=people.ines).label == "v1"


def test_saving_the_cases_as_they_are_changes_nothing(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    answer_check(draft)

    assert not services.edit_manifest(draft, by=people.ines, cases=cases_of(draft))
    assert services.publish(draft, by=people.ines).label == "v1"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"title": ""}, (0, "title", "This cannot be empty.")),
        ({"title": "x" * 121}, (0, "title", "This takes at most 120 characters.")),
        ({"points": "-1"}, (0, "points", "Write a number from 0 on, such as 2.5.")),
        ({"points": "NaN"}, (0, "points", "Write a number from 0 on, such as 2.5.")),
        ({"points": "1.00001"}, (0, "points", "Write at most eight digits before the point and four after it.")),
        ({"needs": ["third"]}, (0, "needs", "There is no case “third”.")),
        (
            {"needs": ["halve"]},
            (0, "needs", "“halve” comes later or is this one; a case can need earlier ones only."),
        ),
        ({"visibility": "now and then"}, (0, "visibility", "Choose one of")),
        ({"id": "another"}, (0, "", "These are not the cases that the suite has.")),
    ],
)
def test_a_case_that_cannot_be_so_is_named_with_its_field(
    offering: Offering, people: People, changes: dict[str, Any], found: tuple[int, str, str]
) -> None:
    draft = make_draft(offering, people)
    answer_check(draft)
    cases = cases_of(draft)
    cases[0] |= changes

    with pytest.raises(ManifestRefused) as refusal:
        services.edit_manifest(draft, by=people.ines, cases=cases)

    first = refusal.value.problems[0]
    assert (first.index, first.field) == found[:2]
    assert first.sentence.startswith(found[2])


def test_a_visible_case_cannot_need_a_hidden_one(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    answer_check(draft)
    cases = cases_of(draft)
    cases[0]["visibility"], cases[1]["needs"] = "hidden", ["double"]

    with pytest.raises(ManifestRefused) as refusal:
        services.edit_manifest(draft, by=people.ines, cases=cases)

    assert "not seen at once" in refusal.value.problems[0].sentence


def test_cases_that_are_all_worth_nothing_are_refused(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    answer_check(draft)

    with pytest.raises(ManifestRefused) as refusal:
        services.edit_manifest(draft, by=people.ines, cases=[case | {"points": "0"} for case in cases_of(draft)])

    assert "worth nothing" in refusal.value.problems[0].sentence


def test_an_assessment_uses_one_version_until_another_is_chosen(offering: Offering, people: People) -> None:
    first = make_published(offering, people)
    homework = make_assessment(offering, suite=first)
    second = make_published(offering, people, {**FILES, "cases.py": FILES["cases.py"] + b"\n"})
    homework.refresh_from_db()
    assert homework.suite == first

    services.use_version(homework, second, by=people.ines)

    homework.refresh_from_db()
    change = Change.objects.get()
    assert homework.suite == second
    assert (change.before, change.after) == ({"suite": "doubling v1"}, {"suite": "doubling v2"})
    assert (change.made_by, change.is_shown) == (people.ines, False)


def test_neither_a_draft_nor_another_courses_suite_can_be_chosen(offering: Offering, people: People) -> None:
    homework = make_assessment(offering)
    other = make_offering("elsewhere")

    with pytest.raises(NotPublished):
        services.use_version(homework, make_draft(offering, people), by=people.ines)
    answer_check(SuiteVersion.objects.get(state="draft"))
    with pytest.raises(SuiteVersion.DoesNotExist):
        services.use_version(homework, make_published(other, people), by=people.ines)
    with pytest.raises(NotAllowed):
        services.use_version(homework, make_suite("shipped"), by=people.tariq)


def test_what_choosing_alters_is_known_before(offering: Offering, people: People) -> None:
    first = make_published(offering, people)
    homework = make_assessment(offering, suite=first)
    make_submission(homework, by=people.ada)
    draft = make_draft(offering, people, {**FILES, "cases.py": FILES["cases.py"] + b"\n"})
    answer_check(draft)
    services.edit_manifest(draft, by=people.ines, cases=[case | {"points": "7"} for case in cases_of(draft)])
    answer_check(draft)

    effects = queries.effects_of(homework, services.publish(draft, by=people.ines))

    assert (effects.added, effects.removed) == ((), ())
    assert [(before.points, after.points) for before, after in effects.reworth] == [(6, 7), (4, 7)]
    assert effects.max_points == ("10", "14")
    assert effects.files_missing == ("twice.py",)
    assert (effects.graded, effects.waiting) == (0, 1)


def test_a_waiting_job_stays_with_the_version_that_it_was_queued_for(offering: Offering, people: People) -> None:
    first = make_published(offering, people)
    homework = make_assessment(offering, suite=first)
    make_submission(homework, by=people.ada)
    services.use_version(
        homework, make_published(offering, people, {**FILES, "README.md": b"", "cases.py": b"#"}), by=people.ines
    )

    assert jobs.follow_suites() == 0
    runner, _ = make_runner()
    run = jobs.claim(runner, asking(), at=database_now())

    assert run is not None
    assert run.suite_digest == first.digest


def test_the_suites_that_come_with_coursehub_keep_their_files_and_get_numbers() -> None:
    published = publish_suites(SUITES_FOLDER)
    again, is_new = publish_suite(SUITES_FOLDER / "autodiff")

    assert all(is_new for _, is_new in published)
    assert not is_new
    assert again.label == "v1"
    assert folder_digest(suite_contents(again, only_graded_with=True).items()) == again.digest
    assert "starter/needle.py" in suite_contents(again)


def test_the_database_itself_keeps_one_draft_and_one_number_per_suite(offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)

    with pytest.raises(IntegrityError):
        SuiteVersion.objects.create(
            course=offering.course, name=draft.name, state="draft", max_points=0, manifest={}, title="x", lane="cpu"
        )
