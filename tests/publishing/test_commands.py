"""`load_courses`, `export_course` and `load_demo`, as somebody types them."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from coursehub.accounts.models import User
from coursehub.courses.models import Change, Enrollment, Offering, Organization
from coursehub.courses.services import enroll
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.demo import PASSWORD
from coursehub.publishing.editing_grading import publish_grading
from coursehub.publishing.folders import read_folder, write_folder
from coursehub.publishing.rows import content_of
from coursehub.publishing.services import apply, publish
from grading.assessments.models import Assessment
from tests.people import person
from tests.publishing.contents import make_content

pytestmark = pytest.mark.django_db
COURSES = Path(__file__).resolve().parents[2] / "courses"


def said(*arguments: object, **options: object) -> str:
    """Run a command and return what it says."""
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course as a folder."""
    write_folder(make_content(), tmp_path / "tensors")
    return tmp_path / "tensors"


class TestLoadCourses:
    def test_it_says_its_plan_and_loads(self, folder: Path) -> None:
        text = said("load_courses", folder)

        assert text.startswith("tensors-2026f is new:\n  offering: 1\n")
        assert "  event: 4\n" in text
        assert text.endswith("1 read, 1 changed.\n")
        assert Offering.objects.get().slug == "tensors-2026f"

    def test_a_second_time_changes_nothing(self, folder: Path) -> None:
        said("load_courses", folder)
        version = Offering.objects.get().version

        text = said("load_courses", folder)

        assert text == "tensors-2026f: nothing changes.\n1 read, 0 changed.\n"
        assert Offering.objects.get().version == version

    def test_a_dry_run_says_the_plan_and_writes_nothing(self, folder: Path) -> None:
        text = said("load_courses", folder, "--dry-run")

        assert text.endswith("Nothing was written.\n")
        assert not Offering.objects.exists()
        assert not Organization.objects.exists()

    def test_the_plan_names_each_change_and_each_date_that_follows(self, folder: Path) -> None:
        said("load_courses", folder)
        schedule = folder / "schedule.yaml"
        schedule.write_text(schedule.read_text().replace("2026-09-08", "2026-09-09"))

        text = said("load_courses", folder, "--dry-run")

        assert "Lecture “Lecture 2”: the date was “2026-09-08”, is now “2026-09-09”." in text
        assert "“Homework 1” follows: its due date was Tue 08 Sep 2026, 11:00, is now Wed 09 Sep 2026, 11:00." in text

    def test_the_plan_shows_what_other_points_do_to_the_class_and_asks_why(self, folder: Path) -> None:
        write_folder(publish_grading(make_content()), folder)
        said("load_courses", folder)
        offering = Offering.objects.get()
        enroll(offering, user=person("ada"), role="student")
        publish(offering, by=person("ines"))
        (work,) = (folder / "assessments").glob("*hw1.md")
        work.write_text(re.sub(r"max_points: \S+", "max_points: 250", work.read_text()))

        with pytest.raises(CommandError, match="say in a sentence why it changes"):
            said("load_courses", folder)
        text = said("load_courses", folder, "--reason", "It was much more work.")

        assert "Of 1 current totals 0 change, and 0 letters." in text
        newest = offering.grading_scheme.versions.get(number=2)
        assert newest.reason == "It was much more work."
        assert newest.points["hw1"]["max_points"] == "250"

    def test_all_problems_of_all_folders_stop_everything(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (folder / "grading.yaml").write_text("colour: red\n")

        with pytest.raises(CommandError) as caught:
            said("load_courses", folder, tmp_path / "other")

        assert f"{folder}/grading.yaml:1: “colour” is not a field here." in str(caught.value)
        assert f"{tmp_path}/other/offering.yaml:1: This file is missing" in str(caught.value)
        assert not Offering.objects.exists()

    def test_folders_that_contradict_each_other_are_refused(self, folder: Path, tmp_path: Path) -> None:
        content = make_content()
        file = content.offering.model_copy(
            update={
                "slug": "other",
                "section": "B",
                "organization": content.offering.organization.model_copy(update={"name": "Another name"}),
            }
        )
        write_folder(content.model_copy(update={"offering": file}), tmp_path / "other")

        with pytest.raises(CommandError, match="say different things about the organization"):
            said("load_courses", folder, tmp_path / "other")

    def test_a_refusal_of_one_leaves_all_as_they_were(self, folder: Path, tmp_path: Path) -> None:
        write_folder(_named(make_content(), slug="twin"), tmp_path / "twin")

        with pytest.raises(CommandError, match=r"give this one a section\. Nothing was written\."):
            said("load_courses", folder, tmp_path / "twin")

        assert not Offering.objects.exists()

    def test_a_previous_offering_may_stand_in_a_later_folder(self, folder: Path, tmp_path: Path) -> None:
        content = _named(make_content(), slug="first", section="B")
        write_folder(content, tmp_path / "first")
        write_folder(_named(make_content(), previous="first"), folder)

        said("load_courses", folder, tmp_path / "first")

        assert Offering.objects.get(slug="tensors-2026f").previous == Offering.objects.get(slug="first")

    def test_the_reason_stands_beside_the_changes(self, folder: Path) -> None:
        write_folder(_named(make_content(), status=Offering.Status.PUBLISHED), folder)
        said("load_courses", folder)
        schedule = folder / "schedule.yaml"
        schedule.write_text(schedule.read_text().replace("Hall 1", "Hall 2"))

        said("load_courses", folder, "--reason", "A larger room.")

        shown = Change.objects.filter(is_shown=True)
        assert {change.reason for change in shown} == {"A larger room."}
        assert {change.subject for change in shown} == {"event:lecture-1", "event:lecture-2", "event:lecture-3"}


class TestExportCourse:
    def test_loading_an_export_changes_nothing(self, folder: Path, tmp_path: Path) -> None:
        said("load_courses", folder)

        said("export_course", "tensors-2026f", tmp_path / "export")

        assert read_folder(tmp_path / "export") == read_folder(folder)
        assert "nothing changes" in said("load_courses", tmp_path / "export")

    def test_an_unknown_offering_is_refused_with_those_that_exist(self, folder: Path, tmp_path: Path) -> None:
        said("load_courses", folder)

        with pytest.raises(CommandError, match=r"There is no offering “physics”\. There are: tensors-2026f\."):
            said("export_course", "physics", tmp_path / "export")


class TestLoadDemo:
    def test_every_course_is_there_with_somebody_who_teaches_and_somebody_who_learns(self) -> None:
        said("load_demo", "--without-class")

        for offering in Offering.objects.all():
            held = {
                (enrollment.user.email, role.key)
                for enrollment in Enrollment.objects.filter(offering=offering).select_related("user")
                for role in enrollment.roles.all()
            }
            assert {("ines@example.edu", "instructor"), ("ada@example.edu", "student")} <= held
        assert Offering.objects.count() == len(list(COURSES.glob("*/offering.yaml")))
        assert User.objects.get(email="ada@example.edu").check_password(PASSWORD)

    def test_a_second_start_keeps_dates_changes_and_new_work(self) -> None:
        said("load_demo")
        offering = Offering.objects.get(slug="deep-learning-systems")
        assert offering.enrollments.count() == 5
        assert offering.assessments.get(slug="hw1").handout_files.exists()
        Assessment.objects.filter(slug="hw1").update(due_at="2030-01-01T12:00:00Z", closes_at=None)
        content = content_of(offering)
        apply(_named(content, units="12"), by=person("ines"), source=Change.Source.PAGE, reason="They were missing.")
        other = Offering.objects.exclude(pk=offering.pk).order_by("pk")[0]
        Assessment.objects.create(offering=other, slug="extra", title="Extra", max_points=1)

        said("load_demo")

        offering.refresh_from_db()
        assert offering.units == "12"
        assert offering.assessments.get(slug="hw1").due_at.year == 2030
        assert other.assessments.filter(slug="extra").exists()

    def test_a_date_of_an_earlier_start_stays_when_the_files_change(self, tmp_path: Path) -> None:
        write_folder(make_content(), tmp_path / "tensors")
        demo = tmp_path / "tensors/demo.yaml"
        demo.write_text("everybody: true\ndates:\n  hw1: {release: -7 days 09:00, due: +7 days 23:59}\n")
        (tmp_path / "tensors/assessments/01-hw1.md").write_text("---\ntitle: One\nmax_points: 1\n---\n")
        said("load_demo", tmp_path)
        due_at = Assessment.objects.get().due_at
        (tmp_path / "tensors/assessments/01-hw1.md").write_text("---\ntitle: Two\nmax_points: 1\n---\n")
        demo.write_text(demo.read_text().replace("+7", "+9"))

        said("load_demo", tmp_path)

        assert Assessment.objects.get().title == "Two"
        assert Assessment.objects.get().due_at == due_at

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("dates:\n  hw1: {due: tomorrow}\n", "demo.yaml:2: “due”: 'tomorrow' is not a moment"),
            ("dates:\n  hw9: {}\n", "There is no assessment “hw9”."),
            ("dates: [\n", "demo.yaml:2: This is not YAML"),
        ],
    )
    def test_a_wrong_demo_file_is_refused_with_its_line(self, tmp_path: Path, text: str, sentence: str) -> None:
        write_folder(make_content(), tmp_path / "tensors")
        (tmp_path / "tensors/demo.yaml").write_text(text)

        with pytest.raises(CommandError) as caught:
            said("load_demo", tmp_path)

        assert sentence in str(caught.value)


def _named(content: OfferingContent, **changes: object) -> OfferingContent:
    return content.model_copy(update={"offering": content.offering.model_copy(update=changes)})
