"""The pages of suites: for who publishes them, whole without scripts, and never for students."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursehub.courses.models import Offering
from coursehub.courses.services import enroll
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue import queries
from grading.catalogue.models import SuiteCheck
from grading.submissions.models import JobState
from tests.catalogue.results import many_results
from tests.catalogue.suites import FILES, answer_check, archive, claim_check, make_draft, make_published, renamed
from tests.factories import make_assessment, make_offering, make_runner
from tests.markup import complaints_about
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
READING = ["suites", "suite", "suite_version", "suite_download", "choose_suite"]
CHANGING = ["suite_check", "suite_publish", "suite_discard"]


@pytest.fixture
def ines(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ines)


@pytest.fixture
def draft(offering: Offering, people: People) -> SuiteVersion:
    return make_draft(offering, people)


@pytest.fixture
def version(offering: Offering, people: People) -> SuiteVersion:
    return make_published(offering, people)


def address(name: str, offering: Offering, version: SuiteVersion | None = None) -> str:
    match name:
        case "suites":
            return reverse(name, args=[offering.slug])
        case "choose_suite":
            return reverse(name, args=[offering.slug, "hw1"])
        case "suite":
            return reverse(name, args=[offering.slug, version.name if version else ""])
    assert version is not None
    return reverse(name, args=[offering.slug, version.name, version.pk])


def send(client: Client, offering: Offering, content: bytes, name: str = "doubling.zip") -> Any:
    return client.post(address("suites", offering), {"files": SimpleUploadedFile(name, content), "paths": ""})


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize(("who", "status"), [("ines", 200), ("tariq", 403), ("ada", 403), ("otto", 404)])
def test_reading_is_for_who_manages_suites(
    sign_in: SignIn,
    people: People,
    name: str,
    who: str,
    status: int,
    homework: Assessment,
    version: SuiteVersion,
) -> None:
    response = sign_in(getattr(people, who)).get(address(name, homework.offering, version))

    assert response.status_code == status


@pytest.mark.parametrize("name", [*CHANGING, "suite_manifest"])
@pytest.mark.parametrize(("who", "status"), [("tariq", 403), ("ada", 403), ("otto", 404)])
def test_changing_is_for_who_manages_suites(
    sign_in: SignIn, people: People, name: str, who: str, status: int, offering: Offering, draft: SuiteVersion
) -> None:
    response = sign_in(getattr(people, who)).post(address(name, offering, draft))

    assert response.status_code == status
    assert SuiteVersion.objects.get().is_draft
    assert SuiteCheck.objects.count() == 1


def test_a_stranger_is_asked_to_sign_in(client: Client, offering: Offering, version: SuiteVersion) -> None:
    for name in READING[:4]:
        assert client.get(address(name, offering, version)).status_code == 302, name


def test_an_instructor_of_another_course_finds_nothing_of_it(
    sign_in: SignIn, people: People, version: SuiteVersion
) -> None:
    other = make_offering("elsewhere", with_people=False)
    enroll(other, user=people.otto, role="instructor")
    client = sign_in(people.otto)

    assert client.get(address("suites", other)).status_code == 200
    for name in READING[1:4]:
        assert client.get(address(name, other, version)).status_code == 404, name


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_something_is_not_done_by_a_link(
    ines: Client, name: str, offering: Offering, draft: SuiteVersion
) -> None:
    assert ines.get(address(name, offering, draft)).status_code == 405


def test_only_who_manages_suites_is_led_there(sign_in: SignIn, people: People, homework: Assessment) -> None:
    url = reverse("assessment", args=[homework.offering.slug, homework.slug])

    assert address("suites", homework.offering) in sign_in(people.ines).get(url).content.decode()
    assert address("suites", homework.offering) not in sign_in(people.tariq).get(url).content.decode()


def test_an_archive_becomes_a_draft(ines: Client, offering: Offering) -> None:
    response = send(ines, offering, archive())

    draft = SuiteVersion.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == address("suite_version", offering, draft)
    assert draft.files.count() == len(FILES)


def test_a_folder_becomes_a_draft(ines: Client, offering: Offering) -> None:
    files = [SimpleUploadedFile(path.rpartition("/")[2], content) for path, content in FILES.items()]
    paths = [f"doubling/{path}" for path in FILES]

    ines.post(address("suites", offering), {"files": files, "paths": str(paths).replace("'", '"')})

    assert set(SuiteVersion.objects.get().files.values_list("path", flat=True)) == set(FILES)


def test_an_archive_inside_a_suite_is_kept_as_it_is(ines: Client, offering: Offering) -> None:
    packed = archive({**FILES, "autograder.zip": archive({"setup.sh": b""}, below="")})

    send(ines, offering, packed)

    assert SuiteVersion.objects.get().files.filter(path="autograder.zip").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no archive", "is damaged or not a .zip archive"),
        (archive({"cases.py": b""}), "There is no suite.toml"),
        (archive({"suite.toml": b"name = 1"}), "suite.toml: "),
        (archive({"../suite.toml": b""}, below=""), "Not received."),
    ],
)
def test_what_is_no_suite_is_refused_on_the_page(
    ines: Client, offering: Offering, content: bytes, sentence: str
) -> None:
    response = send(ines, offering, content)

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not SuiteVersion.objects.exists()


def test_a_form_from_elsewhere_uploads_nothing(people: People, offering: Offering) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.ines)

    assert send(client, offering, archive()).status_code == 403
    assert not SuiteVersion.objects.exists()


def test_the_page_follows_the_check_and_stops_by_itself(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    url = address("suite_version", offering, draft)
    page = ines.get(url)
    poll = page.context["page"].poll_url
    assert f'hx-get="{poll}"'.replace("&", "&amp;") in page.content.decode()
    assert ines.get(poll, headers={"HX-Request": "true"}).status_code == 204

    answer_check(draft)

    fragment = ines.get(poll, headers={"HX-Request": "true"})
    assert "hx-get" not in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "Publish this version" in fragment.content.decode()


def test_a_running_check_says_how_far_it_is(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    claim_check(make_runner()[0])
    url = address("suite_version", offering, draft)
    assert "looks for its cases" in ines.get(url).content.decode()

    SuiteCheck.objects.update(progress={"lease_token": 1, "total": 3, "examples": [{"role": "reference"}]})

    assert "1 of 3 submissions graded so far." in ines.get(url).content.decode()


def test_a_fault_of_ours_sounds_like_one(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    SuiteCheck.objects.update(state=JobState.GRADER_ERROR, fault_sentence="The disk is full.")

    html = ines.get(address("suite_version", offering, draft)).content.decode()

    assert "The disk is full. This is our fault, not the suite&#x27;s." in html
    assert 'data-verdict="fault"' in html


def test_what_a_suite_says_of_itself_is_never_markup(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    evil = "<script>alert(1)</script>"
    answer_check(
        draft,
        problem=evil,
        detail=evil,
        notes=[evil],
        examples=[{"role": "wrong", "name": evil, "mistake": evil, "surprises": [evil], "notes": [evil]}],
    )

    assert evil not in ines.get(address("suite_version", offering, draft)).content.decode()


def test_the_cases_are_put_right_in_a_form(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    answer_check(draft)
    url = address("suite_manifest", offering, draft)
    form = fields_of(ines.get(url))

    response = ines.post(url, form | {"case0-title": "Twice", "case0-order": "2", "case1-order": "1"})

    draft.refresh_from_db()
    assert response.status_code == 302
    assert [case["title"] for case in draft.manifest["cases"]] == ["halve a number", "Twice"]


def test_a_case_that_cannot_be_so_keeps_what_was_typed(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    answer_check(draft)
    url = address("suite_manifest", offering, draft)

    response = ines.post(url, fields_of(ines.get(url)) | {"case0-points": "six", "case1-needs": "third, double"})

    html = response.content.decode()
    assert response.status_code == 200
    assert "Write a number from 0 on, such as 2.5." in html
    assert 'value="six"' in html
    draft.refresh_from_db()
    assert draft.manifest["cases"][0]["points"] == "6"


def test_needs_that_lead_nowhere_are_said_beside_the_field(
    ines: Client, offering: Offering, draft: SuiteVersion
) -> None:
    answer_check(draft)
    url = address("suite_manifest", offering, draft)

    html = ines.post(url, fields_of(ines.get(url)) | {"case1-needs": "third"}).content.decode()

    assert "There is no case “third”." in html
    assert complaints_about(html) == []


def fields_of(response: Any) -> dict[str, str]:
    """Return what the form would send as it is."""
    form = response.context["page"].form
    return {field.html_name: field.value() for each in form for field in each}


def test_a_version_is_published_once(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    answer_check(draft)
    url = address("suite_publish", offering, draft)

    first, second = ines.post(url, follow=True), ines.post(url, follow=True)

    assert "Doubling v1 is published." in first.content.decode()
    assert "A published version never changes." in second.content.decode()


def test_an_unfinished_draft_is_not_published(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    response = ines.post(address("suite_publish", offering, draft), follow=True)

    assert "A runner has to find this draft good" in response.content.decode()
    assert SuiteVersion.objects.get().is_draft


def test_a_draft_is_thrown_away(ines: Client, offering: Offering, draft: SuiteVersion) -> None:
    response = ines.post(address("suite_discard", offering, draft), follow=True)

    assert "The draft of Doubling is gone." in response.content.decode()
    assert not SuiteVersion.objects.exists()


def test_the_files_come_back_as_an_archive(ines: Client, offering: Offering, version: SuiteVersion) -> None:
    response = ines.get(address("suite_download", offering, version))

    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert set(packed.namelist()) == {f"doubling/{path}" for path in [*FILES, "manifest.json"]}


def test_choosing_a_version_first_says_what_it_alters(
    ines: Client, people: People, homework: Assessment, version: SuiteVersion
) -> None:
    url = address("choose_suite", homework.offering)
    before = homework.suite

    shown = ines.get(url, {"version": version.pk})
    homework.refresh_from_db()
    assert homework.suite == before
    assert "New: double a number and halve a number." in shown.content.decode()

    ines.post(url, {"version": version.pk})
    homework.refresh_from_db()
    assert homework.suite == version


def test_a_draft_cannot_be_chosen(ines: Client, homework: Assessment, draft: SuiteVersion) -> None:
    assert ines.post(address("choose_suite", homework.offering), {"version": draft.pk}).status_code == 404


def test_pass_rates_show_bars_figures_and_messages(ines: Client, offering: Offering, version: SuiteVersion) -> None:
    many_results(make_assessment(offering, suite=version, required_files=["twice.py"]), students=4)

    html = ines.get(address("suite", offering, version)).content.decode()

    assert '<svg class="rate"' in html
    assert "25%" in html
    assert "Half is #, the reference has #." in html
    assert complaints_about(html) == []


def test_the_pages_ask_as_often_with_many_suites_versions_and_results(
    ines: Client, offering: Offering, people: People, version: SuiteVersion
) -> None:
    homework = make_assessment(offering, suite=version, required_files=["twice.py"])
    many_results(homework, students=3, tries=1)
    pages = [address(name, offering, version) for name in ("suites", "suite", "suite_version", "choose_suite")]
    small = [asked(ines, page) for page in pages]

    for number in range(4):
        make_published(offering, people, renamed(f"more-{number}"))
        make_assessment(offering, slug=f"more-{number}", suite=version)
        make_published(offering, people, {**FILES, "cases.py": f"# {number}".encode()})
    many_results(homework, students=40, tries=2)

    assert [asked(ines, page) for page in pages] == small
    assert max(small) <= 16


def asked(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_the_markup_of_every_page_is_sound(
    ines: Client, offering: Offering, people: People, version: SuiteVersion
) -> None:
    make_assessment(offering, suite=version)
    draft = make_draft(offering, people, {**FILES, "cases.py": b"#"})
    answer_check(draft)

    for page in (
        address("suites", offering),
        address("suite", offering, version),
        address("suite_version", offering, version),
        address("suite_version", offering, draft),
        address("suite_manifest", offering, draft),
        address("choose_suite", offering),
    ):
        assert complaints_about(ines.get(page).content.decode()) == [], page


def test_the_shelf_names_what_each_suite_grades(offering: Offering, people: People, version: SuiteVersion) -> None:
    make_assessment(offering, suite=version, title="Homework 7")
    make_draft(offering, people, {**FILES, "cases.py": b"#"})

    [line] = queries.shelf(offering)

    assert (line.name, line.is_ours, line.assessments) == ("doubling", False, ("Homework 7",))
    assert line.newest == version
    assert line.draft is not None
