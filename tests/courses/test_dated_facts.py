"""What the documents of the two courses with a full calendar say, row by row."""

from collections import Counter
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from coursehub.publishing.moments import moments_of
from coursehub.publishing.schema import Anchor
from tests.courses.conftest import LARGE, ONLINE, Course, events_of, weights_of

pytestmark = pytest.mark.django_db


class TestTheLargeLecture:
    def test_has_fifteen_weeks_and_thirty_two_dated_rows(self, course: Course) -> None:
        schedule = course(LARGE).schedule

        assert [week.number for week in schedule.weeks] == list(range(1, 16))
        assert len(schedule.events) == 32
        assert all(event.date and event.week for event in schedule.events)
        assert {event.week for event in schedule.events} == set(range(1, 16))

    def test_has_rows_of_six_kinds(self, course: Course) -> None:
        kinds = Counter(event.kind.value for event in course(LARGE).schedule.events)

        assert kinds == {
            "lecture": 21, "tutorial": 4, "guest_lecture": 3, "no_class": 2, "exam": 1, "project_office_hours": 1
        }  # fmt: skip

    def test_says_why_there_is_no_class_on_two_days(self, course: Course) -> None:
        assert [(event.date, event.title) for event in events_of(course(LARGE), "no_class")] == [
            (date(2025, 11, 11), "Veterans Day"),
            (date(2025, 11, 27), "Thanksgiving Day"),
        ]

    def test_sits_its_midterm_in_the_evening(self, course: Course) -> None:
        (midterm,) = events_of(course(LARGE), "exam")

        assert (midterm.date, midterm.start, midterm.end) == (date(2025, 10, 21), time(19, 30), time(21, 30))
        assert not midterm.speakers
        assert course(LARGE).assessments["midterm"].event == midterm.key

    def test_names_three_guests_with_their_affiliations(self, course: Course) -> None:
        guests = events_of(course(LARGE), "guest_lecture")

        assert [(event.date, speaker.name, speaker.affiliation) for event in guests for speaker in event.speakers] == [
            (date(2025, 11, 18), "Rose E Wang", "OpenAI"),
            (date(2025, 12, 2), "Zongyi Li", "MIT/NYU"),
            (date(2025, 12, 9), "Jiajun Wu", "Stanford"),
        ]

    def test_gives_one_tutorial_in_four_sessions(self, course: Course) -> None:
        sessions = events_of(course(LARGE), "tutorial")

        assert [(event.date, event.start, event.end, event.location) for event in sessions] == [
            (date(2025, 9, 8), time(16), time(17), "32-123"),
            (date(2025, 9, 9), time(15), time(16), "2-190"),
            (date(2025, 9, 10), time(19), time(20), "32-123"),
            (date(2025, 9, 12), time(11), time(12), "32-123"),
        ]
        assert {event.group for event in sessions} == {"pytorch-tutorial"}

    def test_meets_on_tuesdays_and_thursdays_but_for_tutorials(self, course: Course) -> None:
        events = [event for event in course(LARGE).schedule.events if event.series == "lectures" and event.date]

        assert len(events) == 25
        assert {event.date.weekday() for event in events if event.date} == {1, 3}

    def test_shares_its_lectures_between_three_instructors(self, course: Course) -> None:
        speakers = Counter(speaker.staff for event in events_of(course(LARGE), "lecture") for speaker in event.speakers)

        assert speakers == {"beery": 7, "he": 7, "khattab": 7}

    def test_has_a_staff_of_twenty_six(self, course: Course) -> None:
        staff = course(LARGE).offering.staff

        assert Counter(person.position.value for person in staff) == {
            "instructor": 3, "course_assistant": 1, "head_ta": 2, "ta": 20
        }  # fmt: skip
        assert all(person.email_display == "obfuscated" for person in staff)

    def test_offers_twenty_five_office_hours_in_fourteen_slots(self, course: Course) -> None:
        slots = [series for series in course(LARGE).schedule.series if series.kind == "office_hours"]
        places = {(*series.weekdays, series.start, series.location) for series in slots}
        people = Counter(person for series in slots for person in series.staff)

        assert len(slots) == len(places) == 14
        assert sum(people.values()) == 25
        assert {person.key for person in course(LARGE).offering.staff} - set(people) == {"braun"}
        assert sorted(len(series.staff) for series in slots) == [1] * 5 + [2] * 7 + [3] * 2

    def test_hangs_the_dates_of_problem_sets_on_the_lectures_of_their_rows(self, course: Course) -> None:
        content = course(LARGE)
        moments = moments_of(content)

        def day(key: str, which: str) -> str:
            moment = moments[key, which]
            return f"{moment:%-m/%-d}" if moment else ""

        assert [(key, day(key, "release"), day(key, "due")) for key in content.assessments if key != "midterm"] == [
            ("pset-1", "9/9", "9/23"),
            ("pset-2", "9/23", "10/7"),
            ("pset-3", "10/7", "10/16"),
            ("pset-4", "10/16", "11/4"),
            ("pset-5", "11/4", "11/13"),
            ("project", "", "12/9"),
        ]
        last_row = content.schedule.events[-1].key
        assert content.assessments["project"].due == Anchor(event=last_row, at=time(23, 59))
        assert [key for key, item in content.assessments.items() if item.solutions] == ["pset-1", "pset-2"]

    def test_tells_required_optional_and_plain_readings_apart(self, course: Course) -> None:
        content = course(LARGE)
        kinds = {material.key: material.kind for material in content.materials.materials}
        uses = [use for event in content.schedule.events for use in event.materials]

        readings = Counter(use.requirement.value for use in uses if kinds[use.material] not in {"slides", "colab"})

        assert readings == {"required": 3, "optional": 16, "plain": 1}
        assert sum(kinds[use.material] == "slides" for use in uses) == 21
        assert [use.material for use in uses if use.note] == ["transformers"]

    def test_opens_details_of_ten_lectures(self, course: Course) -> None:
        assert sum(bool(event.details) for event in course(LARGE).schedule.events) == 10

    def test_weighs_fifty_twenty_five_and_twenty_five(self, course: Course) -> None:
        assert weights_of(course(LARGE)) == [50, 25, 25]

    def test_says_whom_to_write_to_and_what_it_counts(self, course: Course) -> None:
        offering = course(LARGE).offering

        assert offering.units == "3-0-9"
        assert offering.contact_email
        assert offering.contact_note
        assert offering.schedule_notice
        assert [item.kind for item in course(LARGE).policies.values()] == ["collaboration", "ai", "attendance", "late"]


class TestTheOnlineCourse:
    def test_groups_twelve_modules_twice(self, course: Course) -> None:
        modules = course(ONLINE).modules

        def numbers(scheme: str) -> list[list[int]]:
            return [[int(key.removeprefix("module-")) for key in group.modules] for group in modules.groupings[scheme]]

        assert [module.number for module in modules.modules] == list(range(1, 13))
        assert numbers("phase") == [[1, 2, 3], [4, 5, 6, 7, 8, 9], [10, 11, 12]]
        assert numbers("chapter") == [[1, 2, 3], [4, 5], [6, 7], [8, 9, 10, 11], [12]]

    def test_gives_each_module_goals_objectives_and_materials(self, course: Course) -> None:
        modules = course(ONLINE).modules.modules

        assert [len(module.goals) for module in modules] == [4, 3, 2, 3, 3, 4, 4, 3, 3, 3, 3, 3]
        assert [len(module.objectives) for module in modules] == [3, 3, 2, 3, 3, 2, 4, 3, 3, 3, 3, 3]
        assert [plain(use.locator) for module in modules for use in module.materials if use.material == "d2l"] == [
            "2.3; 3.1.4; 4.1; 5.1; 12.4", "2.4; 2.5; 5.3", "3.6-3.7; 12; 19", "5.6; Ch. 7; 8.1; 14.1",
            "5.4.1; 8.2-8.6; 14.2", "10.6; 14.11", "9; 10", "10.5-10.7; 11.1-11.4", "11.5-11.7", "11.8",
            "11.9; 15.8-15.10; 16.6-16.7", "4.7.5; 20.1-20.2",
        ]  # fmt: skip

    def test_meets_live_thirteen_times_on_wednesdays_at_a_quarter_past_seven(self, course: Course) -> None:
        sessions = events_of(course(ONLINE), "live_session")

        assert len(sessions) == 13
        assert {(event.start, event.end) for event in sessions} == {(time(19, 15), time(20, 15))}
        assert {event.date.weekday() for event in sessions if event.date} == {2}
        assert [event.modules for event in sessions] == [[], *([f"module-{number}"] for number in range(1, 13))]

    def test_stays_at_a_quarter_past_seven_when_the_clocks_change(self, course: Course) -> None:
        zone = ZoneInfo(course(ONLINE).offering.timezone)
        moments = [
            datetime.combine(event.date, event.start, tzinfo=zone).astimezone(UTC)
            for event in events_of(course(ONLINE), "live_session")
            if event.date and event.start
        ]

        assert [f"{moment:%H:%M}" for moment in moments] == ["00:15"] * 7 + ["23:15"] * 6

    def test_has_two_weeks_without_a_session(self, course: Course) -> None:
        assert len(course(ONLINE).schedule.weeks) == 15
        assert [(event.week, event.date) for event in events_of(course(ONLINE), "no_class")] == [
            (8, date(2026, 3, 4)),
            (15, date(2026, 4, 22)),
        ]

    def test_ties_five_assignments_to_their_modules(self, course: Course) -> None:
        homeworks = [item for item in course(ONLINE).assessments.values() if item.kind == "programming"]

        assert [item.modules for item in homeworks] == [
            ["module-1", "module-2"], ["module-4", "module-5"], ["module-7"], ["module-8"], ["module-10"]
        ]  # fmt: skip
        assert all(item.pledge for item in homeworks)
        assert {(part.kind.value, part.required) for item in homeworks for part in item.parts} == {
            ("code", True), ("reflection", True), ("peer_review", False)
        }  # fmt: skip

    def test_has_a_quiz_for_each_module_and_three_milestones_of_a_group(self, course: Course) -> None:
        assessments = course(ONLINE).assessments.values()

        assert [item.modules for item in assessments if item.kind == "quiz"] == [
            [f"module-{number}"] for number in range(1, 13)
        ]
        assert [item.team_set for item in assessments if item.kind == "milestone"] == ["project"] * 3

    def test_weighs_forty_forty_and_twenty_with_the_project_inside(self, course: Course) -> None:
        programming, project, participation = course(ONLINE).grading.nodes

        assert weights_of(course(ONLINE)) == [40, 40, 20]
        assert programming.aggregation == "points"
        assert [int(part.weight or 0) for part in project.parts] == [5, 10, 25]
        assert [part.rule.metric.value for part in participation.parts if part.rule] == ["quizzes", "engagement"]


def plain(locator: str) -> str:
    """Return a locator with dashes that everybody can type."""
    return locator.replace("\N{EN DASH}", "-")
