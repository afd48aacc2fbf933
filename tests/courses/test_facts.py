"""What the documents of five courses say, number by number."""

import re
from collections import Counter
from datetime import time
from pathlib import Path

import pytest

from tests.courses.conftest import (
    COURSES,
    FOLDER,
    LARGE,
    LECTURE,
    ONLINE,
    SEMINAR,
    SYSTEMS,
    Course,
    all_nodes,
    events_of,
    in_files,
    weights_of,
)

pytestmark = pytest.mark.django_db

UNSAID = {
    LECTURE: {
        "lectures", "office-hours", "project-teams", "midterm-split", "homework-weights", "attendance-excusals"
    },
    SEMINAR: {"participation-split", "one-or-two-papers", "assignment-points", "project-split"},
    ONLINE: {"late-policy", "quiz-share", "homework-points", "homework-dates", "project-teams", "pledge-text"},
    SYSTEMS: {
        "homework-0-weight", "below-five", "bonus", "discussion", "rotation-pattern", "due-dates", "late-policy", "term"
    },
    LARGE: {"late-policy", "collaboration", "ai-assistants", "deadline-clock", "lecture-time", "project-teams"},
}  # fmt: skip


class TestTheCourseThatBuildsALibrary:
    def test_chains_homework_0_to_homework_4(self, course: Course) -> None:
        assessments = course(SYSTEMS).assessments

        assert {key: assessments[key].depends_on for key in ("hw0", "hw1", "hw2", "hw3", "hw4")} == {
            "hw0": None, "hw1": "hw0", "hw2": "hw1", "hw3": "hw2", "hw4": "hw3"
        }  # fmt: skip
        assert assessments["hw0"].purpose == "diagnostic"
        assert [assessments[key].suite for key in ("hw1", "hw2", "layers")] == ["autodiff", "nn", "pytorch"]

    def test_takes_teams_of_exactly_two_to_three(self, course: Course) -> None:
        (teams,) = course(SYSTEMS).offering.team_sets

        assert (teams.min_size, teams.max_size, teams.hard) == (2, 3, True)
        assert course(SYSTEMS).assessments["project"].team_set == teams.key

    def test_asks_for_five_discussions_and_rewards_the_top_five(self, course: Course) -> None:
        rule = course(SYSTEMS).grading.nodes[2].rule

        assert rule
        assert (rule.metric, rule.threshold, rule.bonus_top) == ("discussions", 5, 5)
        assert (rule.below, rule.bonus_course_points) == ("unsaid", None)

    def test_lets_two_halves_attend_in_turns(self, course: Course) -> None:
        content = course(SYSTEMS)
        (lectures,) = content.schedule.series

        assert (lectures.weekdays, lectures.start, lectures.end, lectures.location) == (
            ["tuesday", "thursday"], time(11), time(12, 20), "DH 2315"
        )  # fmt: skip
        assert lectures.rotation
        assert lectures.rotation.pattern == "unsaid"
        assert lectures.rotation.cohorts == [item.key for item in content.offering.cohorts if item.kind == "rotation"]
        assert len(lectures.rotation.cohorts) == 2

    def test_has_its_policies_and_its_advice_on_agents(self, course: Course) -> None:
        content = course(SYSTEMS)

        assert {"collaboration", "ai", "wellbeing"} <= {policy.kind.value for policy in content.policies.values()}
        assert len(re.findall(r"^\d\. ", content.pages["learning-with-agents"].body_md, re.MULTILINE)) == 7

    def test_weighs_fifty_five_thirty_five_and_ten(self, course: Course) -> None:
        assert weights_of(course(SYSTEMS)) == [55, 35, 10]


class TestTwoCoursesOfOneTitle:
    def test_share_title_term_and_instructor_but_no_code(self, course: Course) -> None:
        one, other = course(LECTURE).offering, course(SEMINAR).offering

        assert one.course.title == other.course.title
        assert one.term == other.term
        assert one.staff[0].name == other.staff[0].name
        assert one.course.code != other.course.code

    def test_weigh_each_in_its_own_way(self, course: Course) -> None:
        assert weights_of(course(LECTURE)) == [10, 20, 20, 30, 20]
        assert weights_of(course(SEMINAR)) == [25, 15, 20, 15, 25]

    def test_only_the_seminar_describes_its_weights(self, course: Course) -> None:
        assert not any(node.description for node in course(LECTURE).grading.nodes)
        assert all(node.description for node in course(SEMINAR).grading.nodes)

    def test_list_ten_themes_flat_and_six_themes_of_three(self, course: Course) -> None:
        flat, nested = course(LECTURE).blocks["themes"].body_md, course(SEMINAR).blocks["themes"].body_md

        assert len(re.findall(r"^- \*\*", flat, re.MULTILINE)) == 10
        assert re.findall(r"^(\d\.|   -) ", nested, re.MULTILINE) == [
            mark for number in range(1, 7) for mark in (f"{number}.", "   -", "   -", "   -")
        ]

    def test_ask_five_recurring_questions(self, course: Course) -> None:
        assert len(re.findall(r"^\d\. .*\?$", course(LECTURE).blocks["questions"].body_md, re.MULTILINE)) == 5

    def test_the_seminar_has_two_tiers_of_prerequisites(self, course: Course) -> None:
        levels = Counter(item.level.value for item in course(SEMINAR).offering.prerequisites)

        assert levels == {"required": 1, "recommended": 4}

    def test_the_lecture_leaves_time_place_and_office_hours_open(self, course: Course) -> None:
        series = course(LECTURE).schedule.series

        assert [item.kind.value for item in series] == ["lecture", "office_hours"]
        assert not any(item.weekdays or item.start or item.location for item in series)
        assert [event.date for event in events_of(course(LECTURE), "exam")] == [None, None]

    def test_the_seminar_meets_on_tuesdays_and_thursdays(self, course: Course) -> None:
        meetings, office_hours = course(SEMINAR).schedule.series

        assert (meetings.weekdays, meetings.start, meetings.end, meetings.location) == (
            ["tuesday", "thursday"], time(15, 30), time(17), "Levine 307"
        )  # fmt: skip
        assert (office_hours.weekdays, office_hours.start, office_hours.end) == (["thursday"], time(17), time(18))
        assert "appointment" in office_hours.note

    def test_have_a_page_of_resources_each(self, course: Course) -> None:
        assert "resources" in course(LECTURE).pages
        assert "resources" in course(SEMINAR).pages


@pytest.mark.parametrize("slug", COURSES)
class TestEveryCourse:
    def test_adds_up_to_a_hundred(self, course: Course, slug: str) -> None:
        assert sum(weights_of(course(slug))) == 100

    def test_asks_what_its_documents_do_not_say(self, course: Course, slug: str) -> None:
        assumptions = course(slug).assumptions.assumptions

        assert UNSAID[slug] | {"letter-grades"} <= {item.key for item in assumptions}
        assert not any(item.confirmed for item in assumptions)

    def test_is_the_same_in_the_database_as_in_its_folder(self, course: Course, slug: str) -> None:
        assert course(slug) == in_files(slug)

    def test_counts_each_assessment_at_most_once(self, course: Course, slug: str) -> None:
        counted = Counter(key for node in all_nodes(course(slug).grading.nodes) for key in node.assessments)

        assert set(counted.values()) <= {1}

    def test_has_an_announced_zone_and_is_public(self, course: Course, slug: str) -> None:
        offering = course(slug).offering

        assert offering.slug == slug
        assert (offering.timezone, offering.status, offering.visibility) == (
            "America/New_York", "published", "public"
        )  # fmt: skip

    def test_holds_no_address_that_reaches_anybody(self, slug: str) -> None:
        texts = "\n".join(path.read_text() for path in Path(FOLDER / slug).rglob("*") if path.is_file())

        assert all(found.endswith(".example") for found in re.findall(r"[\w.+-]+@[\w.-]+\w", texts))
        assert " at mit dot " not in texts
