"""Jekyll sites of courses become folders that can be loaded."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given as for_any
from hypothesis import strategies as st

from coursehub.courses.models import Audience, Offering, Prerequisite, StaffMember, SyllabusBlock
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.folders import read_folder, write_folder
from coursehub.publishing.jekyll import Given, NotASite, read_site
from coursehub.publishing.jekyll_home import read_home
from coursehub.publishing.jekyll_logistics import weekdays_in
from coursehub.publishing.jekyll_text import cleaned, read_source
from coursehub.schedule.models import EventKind
from tests.publishing.jekyll_sites import LECTURE, SEMINAR, write_class, write_page

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def imported(source: Path, out: Path, **options: str) -> OfferingContent:
    """Return what a folder says that was written from a site."""
    call_command("import_jekyll", source, out=out, verbosity=0, **options)
    return read_folder(out)


@pytest.fixture
def lecture(tmp_path: Path) -> OfferingContent:
    return imported(write_page(tmp_path, LECTURE), tmp_path / "out-lecture")


@pytest.fixture
def seminar(tmp_path: Path) -> OfferingContent:
    return imported(write_page(tmp_path, SEMINAR), tmp_path / "seminar")


@pytest.fixture
def just_a_class(tmp_path: Path) -> OfferingContent:
    return imported(write_class(tmp_path / "site"), tmp_path / "out")


def weights(content: OfferingContent) -> list[Decimal | None]:
    return [node.weight for node in content.grading.nodes]


def questions(content: OfferingContent) -> set[str]:
    return {assumption.key for assumption in content.assumptions.assumptions}


def test_the_header_in_raw_html_says_what_the_course_is(lecture: OfferingContent) -> None:
    offering = lecture.offering

    assert (offering.course.code, offering.course.title) == ("AB1220", "Learning Machines")
    assert (offering.term.code, offering.term.name) == ("spring-2026", "Spring 2026")
    assert offering.organization.name == "Example University"
    assert offering.slug == "ab1220-spring-2026"
    assert [(person.name, person.credentials) for person in offering.staff] == [("Grace Hopper", "Professor")]
    assert offering.status == "draft"


def test_two_instructors_are_two_people(seminar: OfferingContent) -> None:
    assert [(person.name, person.credentials) for person in seminar.offering.staff] == [
        ("Grace Hopper", ""),
        ("Alan Turing", "Dr."),
    ]


def test_a_table_of_two_columns_becomes_weights(lecture: OfferingContent) -> None:
    assert weights(lecture) == [10, 20, 20, 30, 20]
    assert lecture.grading.note == "Letters are decided at the end."
    assert not any(node.description for node in lecture.grading.nodes)


def test_a_table_of_three_columns_becomes_weights_with_descriptions(seminar: OfferingContent) -> None:
    assert weights(seminar) == [25, 15, 20, 15, 25]
    assert seminar.grading.nodes[0].description == "Lead discussion of 1-2 papers"


def test_a_table_that_does_not_add_up_is_shown_as_it_stands(tmp_path: Path) -> None:
    content = imported(write_page(tmp_path, LECTURE.replace("30%", "35%")), tmp_path / "out")

    assert weights(content) == [None] * 5
    assert content.grading.nodes[3].description == "35%"


def test_logistics_to_be_announced_stay_empty_and_are_asked_for(lecture: OfferingContent) -> None:
    lectures, hours = lecture.schedule.series

    assert (lectures.weekdays, lectures.start, lectures.location) == ([], None, "")
    assert (hours.kind, hours.weekdays, hours.start) == (EventKind.OFFICE_HOURS, [], None)
    assert {"lecture-times", "lecture-place", "office-hours", "time-zone"} <= questions(lecture)


def test_days_times_and_places_are_read(seminar: OfferingContent) -> None:
    lectures, hours = seminar.schedule.series

    assert lectures.weekdays == ["tuesday", "thursday"]
    assert (lectures.start, lectures.end, lectures.location) == (dt.time(15, 30), dt.time(17), "Room 307")
    assert (hours.weekdays, hours.start, hours.end) == (["thursday"], dt.time(17), dt.time(18))
    assert hours.note == "after class, or by appointment"
    assert hours.staff == ["grace-hopper", "alan-turing"]


def test_prerequisites_have_two_tiers(lecture: OfferingContent, seminar: OfferingContent) -> None:
    required, recommended = Prerequisite.Level.REQUIRED, Prerequisite.Level.RECOMMENDED

    assert [entry.level for entry in lecture.offering.prerequisites] == [required]
    assert [(entry.level, entry.text) for entry in seminar.offering.prerequisites] == [
        (required, "Graduate standing or instructor permission"),
        (recommended, "AB 1100 (Algebra) or equivalent"),
        (recommended, "Comfort with calculus"),
    ]


def test_sections_become_blocks_of_their_kinds(lecture: OfferingContent) -> None:
    assert [(block.heading, block.kind) for block in lecture.blocks.values()] == [
        ("Course Overview", SyllabusBlock.Kind.OVERVIEW),
        ("Major Course Themes", SyllabusBlock.Kind.THEMES),
        ("Recurring questions", SyllabusBlock.Kind.QUESTIONS),
        ("Course Logistics", SyllabusBlock.Kind.LOGISTICS),
    ]
    assert lecture.blocks["recurring-questions"].body_md.count("\n") == 2
    assert "<div" not in str(lecture.blocks)


def test_nested_themes_stay_nested(seminar: OfferingContent) -> None:
    assert "1. **Scale**\n   - Why it matters" in seminar.blocks["themes"].body_md


def test_links_lead_to_the_pages_of_the_offering(lecture: OfferingContent) -> None:
    body = lecture.blocks["course-logistics"].body_md

    assert "[Schedule](/courses/ab1220-spring-2026/schedule/)" in body
    assert "[Resources](/courses/ab1220-spring-2026/pages/resources/)" in body
    assert list(lecture.pages) == ["resources"]
    assert "page-resources" in questions(lecture)


def test_what_is_said_beside_the_site_comes_first(tmp_path: Path) -> None:
    content = imported(
        write_page(tmp_path, LECTURE), tmp_path / "out", slug="mine", timezone="Europe/Paris", term="Fall 2027"
    )

    assert content.offering.slug == "mine"
    assert content.offering.timezone == "Europe/Paris"
    assert content.offering.term.name == "Fall 2027"
    assert "time-zone" not in questions(content)


def test_staffers_come_with_their_roles(just_a_class: OfferingContent) -> None:
    ada, bob = just_a_class.offering.staff

    assert (ada.name, ada.position) == ("Ada Byron", StaffMember.Position.INSTRUCTOR)
    assert ada.website == "https://example.edu/~ada"
    assert (bob.position, bob.email) == (StaffMember.Position.TA, "bob@example.edu")
    assert bob.email_display == StaffMember.EmailDisplay.OBFUSCATED


def test_announcements_come_with_their_dates(just_a_class: OfferingContent) -> None:
    welcome, later = just_a_class.announcements.values()

    assert welcome.publish_at == dt.datetime(2026, 9, 1)
    assert welcome.body_md == "Hello AB101: Just a Class!"
    assert welcome.audience == Audience.PUBLIC
    assert later.publish_at is None


def test_what_is_the_same_on_two_days_is_one_series(just_a_class: OfferingContent) -> None:
    lecture, hours = just_a_class.schedule.series

    assert (lecture.weekdays, lecture.location) == (["monday", "wednesday"], "Hall 1")
    assert (lecture.start, lecture.end) == (dt.time(9, 30), dt.time(10, 30))
    assert hours.kind == EventKind.OFFICE_HOURS


def test_modules_become_modules_weeks_and_days_in_their_order(just_a_class: OfferingContent) -> None:
    assert [module.title for module in just_a_class.modules.modules] == ["Variables", "Loops", "The end"]
    assert just_a_class.modules.modules[0].summary == "A first look."
    assert [(event.title, event.kind, event.date) for event in just_a_class.schedule.events] == [
        ("Introduction", EventKind.LECTURE, dt.date(2026, 9, 2)),
        ("Playing around", EventKind.RECITATION, dt.date(2026, 9, 2)),
        ("While", EventKind.LECTURE, dt.date(2026, 9, 9)),
        ("No class", EventKind.NO_CLASS, dt.date(2026, 9, 11)),
        ("Midterm", EventKind.EXAM, dt.date(2026, 11, 11)),
    ]
    assert [event.week for event in just_a_class.schedule.events] == [1, 1, 2, 2, 3]
    assert just_a_class.schedule.events[0].details == "Bring a laptop"


def test_links_of_a_day_become_materials(just_a_class: OfferingContent) -> None:
    addresses = {item.title: item.url for item in just_a_class.materials.materials}

    assert addresses == {
        "Introduction": "https://example.edu/slides",
        "2.1": "https://example.edu/2.1",
        "2.2": "",
    }
    assert [use.material for use in just_a_class.schedule.events[2].materials] == ["21", "22"]


def test_what_is_out_and_due_becomes_work_whose_points_are_asked_for(just_a_class: OfferingContent) -> None:
    (homework,) = just_a_class.assessments.values()

    assert homework.title == "HW 1"
    assert homework.release.date == dt.date(2026, 9, 4)
    assert homework.due.date == dt.date(2026, 9, 11)
    assert "facts-hw-1" in questions(just_a_class)


def test_pages_that_say_something_are_kept_and_lists_of_collections_are_not(just_a_class: OfferingContent) -> None:
    assert list(just_a_class.pages) == ["rules"]
    assert just_a_class.pages["rules"].body_md == "Be kind. \n\n```html\n<b>{: kept }</b>\n```"
    (block,) = just_a_class.blocks.values()
    assert "[rules](/courses/ab101-fall-2026/pages/rules/)" in block.body_md
    assert "{%" not in block.body_md
    assert "<b>" not in block.body_md


def test_without_a_term_days_are_left_out_and_asked_for(tmp_path: Path) -> None:
    site = write_class(tmp_path / "site")
    (site / "_config.yml").write_text("title: A Class\n")

    content = imported(site, tmp_path / "out")

    assert {event.date for event in content.schedule.events} == {None}
    assert {"term", "year", "code", "university"} <= questions(content)


def test_what_is_imported_can_be_written_and_read_again(just_a_class: OfferingContent, tmp_path: Path) -> None:
    write_folder(just_a_class, tmp_path / "again")

    assert read_folder(tmp_path / "again") == just_a_class


@pytest.mark.django_db
def test_what_is_imported_can_be_loaded_and_is_a_draft(
    just_a_class: OfferingContent, lecture: OfferingContent, tmp_path: Path
) -> None:
    for name, content in (("class", just_a_class), ("lecture", lecture)):
        write_folder(content, tmp_path / "courses" / name)

    call_command("load_courses", tmp_path / "courses" / "class", tmp_path / "courses" / "lecture", verbosity=0)

    assert {offering.slug: offering.status for offering in Offering.objects.all()} == {
        "ab101-fall-2026": Offering.Status.DRAFT,
        "ab1220-spring-2026": Offering.Status.DRAFT,
    }


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    page = write_page(tmp_path, LECTURE)

    with pytest.raises(CommandError, match="not empty"):
        call_command("import_jekyll", page, out=tmp_path)


@pytest.mark.parametrize("what", ["nothing", "a folder without pages"])
def test_what_is_no_site_is_refused(tmp_path: Path, what: str) -> None:
    with pytest.raises(NotASite):
        read_site(tmp_path / "missing" if what == "nothing" else tmp_path, Given())


def test_front_matter_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_jekyll", write_page(tmp_path, "---\na: [\n---\n"), out=tmp_path / "out")


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("Tuesday/Thursday 3:30", ["tuesday", "thursday"]),
        ("T/Th 3:30", ["tuesday", "thursday"]),
        ("TTh 3:30", ["tuesday", "thursday"]),
        ("MWF 9", ["monday", "wednesday", "friday"]),
        ("Mondays and Fri, 9", ["monday", "friday"]),
        ("TR 11:00", ["tuesday", "thursday"]),
        ("at 9", []),
    ],
)
def test_weekdays_are_read_however_they_are_written(said: str, days: list[str]) -> None:
    assert weekdays_in(said) == days


@for_any(st.text(max_size=400))
def test_any_text_is_read_without_falling_over(text: str) -> None:
    read_home(cleaned(read_source(f"x{text}").text, {}), staff=[])


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not here")
@pytest.mark.parametrize(
    ("number", "expected", "themes", "times"),
    [("000", [10, 20, 20, 30, 20], 10, None), ("001", [25, 15, 20, 15, 25], 6, dt.time(15, 30))],
)
def test_the_two_seed_pages_are_imported_as_they_stand(
    tmp_path: Path, number: str, expected: list[int], themes: int, times: dt.time | None
) -> None:
    (page,) = SEEDS.glob(f"{number}_*.txt")

    content = imported(page, tmp_path / "out")

    assert weights(content) == expected
    body = next(block.body_md for block in content.blocks.values() if block.kind == SyllabusBlock.Kind.THEMES)
    assert sum(1 for line in body.splitlines() if line.startswith(("- **", *(f"{n}. **" for n in range(10))))) == themes
    assert content.schedule.series[0].start == times
