"""Saving an offering: what is written, what is refused, what is remembered."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursehub.courses.models import Change, Offering
from coursehub.courses.services import enroll
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.errors import (
    AlreadyPublished,
    ChangedMeanwhile,
    ContentInvalid,
    PublishingRefused,
    ReasonMissing,
    StillInUse,
)
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import EventEntry, GradingFile, ModuleEntry, ModulesFile
from coursehub.publishing.services import Applied, apply, publish
from coursehub.schedule.models import Event
from grading.assessments.models import Assessment
from tests.factories import make_submission, make_suite
from tests.people import everybody, person
from tests.publishing.contents import make_content

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/New_York")


def saved(content: OfferingContent, **kwargs: Any) -> Applied:
    return apply(content, by=None, source=Change.Source.FILES, **kwargs)


def with_event(content: OfferingContent, key: str, **changes: Any) -> OfferingContent:
    """Return the content with an event that differs."""
    events = [event.model_copy(update=changes) if event.key == key else event for event in content.schedule.events]
    return content.model_copy(update={"schedule": content.schedule.model_copy(update={"events": events})})


def published(content: OfferingContent) -> OfferingContent:
    return content.model_copy(
        update={"offering": content.offering.model_copy(update={"status": Offering.Status.PUBLISHED})}
    )


def test_a_new_offering_is_a_draft_with_roles_and_one_line_of_history() -> None:
    offering = saved(make_content()).offering

    assert offering.status == Offering.Status.DRAFT
    assert offering.roles.filter(key="instructor").exists()
    assert [change.subject for change in offering.changes.all()] == ["offering:tensors-2026f"]


def test_saving_the_same_again_writes_nothing() -> None:
    offering = saved(make_content()).offering

    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = saved(make_content())

    assert again.differences == ()
    assert again.offering.version == offering.version
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_moved_lecture_takes_the_dates_that_follow_it_along() -> None:
    saved(make_content())
    assert Assessment.objects.get().due_at == dt.datetime(2026, 9, 8, 11, tzinfo=ZONE)

    done = saved(with_event(make_content(), "lecture-2", date=dt.date(2026, 9, 10)))

    assert Assessment.objects.get().due_at == dt.datetime(2026, 9, 10, 11, tzinfo=ZONE)
    assert [(effect.assessment, effect.which) for effect in done.date_effects] == [("hw1", "due")]
    assert done.date_effects[0].before == dt.datetime(2026, 9, 8, 11, tzinfo=ZONE)


def test_history_names_the_dates_that_followed_a_lecture() -> None:
    offering = saved(make_content()).offering

    saved(with_event(make_content(), "lecture-2", date=dt.date(2026, 9, 10)))

    newest = {change.subject: change for change in offering.changes.order_by("-pk")[:2]}
    assert set(newest) == {"event:lecture-2", "assessment:hw1"}
    assert newest["assessment:hw1"].before == {"due": "2026-09-08 11:00"}
    assert newest["assessment:hw1"].after == {"due": "2026-09-10 11:00"}
    assert newest["assessment:hw1"].batch == newest["event:lecture-2"].batch


def test_an_event_without_a_date_leaves_the_dates_that_follow_it_to_be_announced() -> None:
    saved(make_content())

    saved(with_event(make_content(), "lecture-2", date=None, week=None))

    assert Assessment.objects.get().due_at is None


def test_a_date_on_the_wall_stays_there_when_the_offering_moves_to_another_zone() -> None:
    saved(make_content())
    content = make_content()
    elsewhere = content.offering.model_copy(update={"timezone": "Europe/Paris"})

    saved(content.model_copy(update={"offering": elsewhere}))

    assert Assessment.objects.get().closes_at == dt.datetime(2026, 9, 10, 23, 59, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("changes", "sequence"),
    [
        ({"date": dt.date(2026, 9, 9)}, 1),
        ({"start": dt.time(10)}, 1),
        ({"location": "Hall 2"}, 1),
        ({"status": Event.Status.CANCELLED}, 1),
        ({"title": "Another"}, 1),
        ({"attendance": Event.Attendance.REQUIRED}, 0),
    ],
)
def test_calendars_are_told_when_an_event_changes_for_them(changes: dict[str, Any], sequence: int) -> None:
    saved(make_content())
    before = Event.objects.get(key="lecture-2")

    saved(with_event(make_content(), "lecture-2", **changes))

    after = Event.objects.get(key="lecture-2")
    assert after.calendar_uid == before.calendar_uid
    assert after.calendar_sequence == sequence
    assert after.version == before.version + 1
    assert not Event.objects.exclude(key="lecture-2").exclude(version=1).exists()


def test_history_says_who_changed_what_from_what_to_what_and_why() -> None:
    ines = person("ines")
    offering = saved(published(make_content())).offering

    apply(
        published(with_event(make_content(), "lecture-2", location="Hall 9")),
        by=ines,
        source=Change.Source.PAGE,
        reason=" The heating is broken. ",
    )

    change = offering.changes.order_by("-pk")[0]
    assert (change.subject, change.title) == ("event:lecture-2", "Lecture “Lecture 2”")
    assert (change.before, change.after) == ({"location": "Hall 1"}, {"location": "Hall 9"})
    assert (change.made_by, change.reason, change.is_shown) == (ines, "The heating is broken.", True)


def test_a_published_offering_does_not_change_in_the_browser_without_a_reason() -> None:
    offering = saved(published(make_content())).offering
    changed = published(with_event(make_content(), "lecture-2", location="Hall 9"))

    with pytest.raises(ReasonMissing):
        apply(changed, by=person("ines"), source=Change.Source.PAGE, reason=" ")

    assert content_of(offering).schedule.events[1].location == "Hall 1"


def test_a_draft_changes_without_a_reason_and_students_are_not_told() -> None:
    offering = saved(make_content()).offering

    apply(with_event(make_content(), "lecture-2", location="Hall 9"), by=person("ines"), source=Change.Source.PAGE)

    assert not offering.changes.filter(is_shown=True).exists()


def test_saving_over_what_somebody_else_has_changed_is_refused() -> None:
    version = saved(make_content()).offering.version
    saved(with_event(make_content(), "lecture-1", location="Hall 2"), expected_version=version)

    with pytest.raises(ChangedMeanwhile):
        saved(with_event(make_content(), "lecture-2", location="Hall 3"), expected_version=version)

    assert Event.objects.get(key="lecture-2").location == "Hall 1"


def test_two_who_read_the_same_version_cannot_both_save(monkeypatch: pytest.MonkeyPatch) -> None:
    saved(make_content())

    def meanwhile(offering: Offering) -> OfferingContent:
        Offering.objects.filter(pk=offering.pk).update(version=offering.version + 1)
        return content_of(offering)

    monkeypatch.setattr("coursehub.publishing.services.content_of", meanwhile)

    with pytest.raises(ChangedMeanwhile):
        saved(with_event(make_content(), "lecture-2", location="Hall 3"))


def test_what_cannot_be_right_is_not_saved() -> None:
    saved(make_content())

    with pytest.raises(ContentInvalid, match="There is no week 9"):
        saved(with_event(make_content(), "lecture-2", week=9))


def test_an_unknown_suite_is_named() -> None:
    content = make_content()
    homework = content.assessments["hw1"].model_copy(update={"suite": "sums"})

    with pytest.raises(ContentInvalid, match="No suite “sums” is published"):
        saved(content.model_copy(update={"assessments": {"hw1": homework}}))

    assert not Offering.objects.exists()


def test_an_unknown_previous_offering_is_named() -> None:
    content = make_content()
    file = content.offering.model_copy(update={"previous": "tensors-2025f"})

    with pytest.raises(ContentInvalid, match="There is no offering “tensors-2025f”"):
        saved(content.model_copy(update={"offering": file}))


def test_a_second_offering_of_a_course_in_a_term_needs_a_section() -> None:
    saved(make_content())
    content = make_content()
    twin = content.offering.model_copy(update={"slug": "tensors-again"})

    with pytest.raises(ContentInvalid, match="is the offering “tensors-2026f” already"):
        saved(content.model_copy(update={"offering": twin}))

    saved(content.model_copy(update={"offering": twin.model_copy(update={"section": "B"})}))


def test_an_assessment_with_work_of_students_cannot_be_removed() -> None:
    make_suite("sums")
    content = make_content()
    homework = content.assessments["hw1"].model_copy(
        update={"suite": "sums", "accepted": ["*.py"], "release": None, "due": None, "closes": None}
    )
    offering = saved(published(content.model_copy(update={"assessments": {"hw1": homework}}))).offering
    enroll(offering, user=everybody().ada, role="student")
    assessment = offering.assessments.get()
    Assessment.objects.filter(pk=assessment.pk).update(release_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    make_submission(offering.assessments.get(), by=person("ada"))
    nodes = content.grading.model_copy(update={"nodes": []})

    with pytest.raises(StillInUse, match="“Homework 1” has work of students"):
        saved(published(content.model_copy(update={"assessments": {}, "grading": nodes})))

    assert offering.assessments.exists()


def test_modules_may_change_their_numbers_all_at_once() -> None:
    def modules(*keys: str) -> OfferingContent:
        entries = [ModuleEntry(key=key, number=number, title=key) for number, key in enumerate(keys, start=1)]
        return make_content(modules=ModulesFile(modules=entries))

    saved(modules("a", "b", "c"))

    offering = saved(modules("c", "a", "d")).offering

    assert [module.key for module in content_of(offering).modules.modules] == ["c", "a", "d"]


def test_publishing_a_draft_shows_its_grading_and_is_remembered() -> None:
    offering = saved(make_content()).offering

    publish(offering, by=person("ines"))

    assert offering.published_at is not None
    assert offering.grading_scheme.status == "published"
    assert offering.changes.order_by("-pk")[0].after == {"status": "published"}
    with pytest.raises(AlreadyPublished):
        publish(offering, by=person("ines"))


@pytest.mark.parametrize("refusal", PublishingRefused.__subclasses__())
def test_every_refusal_has_a_sentence(refusal: type[PublishingRefused]) -> None:
    assert (refusal.__doc__ or "").endswith(".")


def test_reading_an_offering_takes_the_same_number_of_queries_however_long_it_is() -> None:
    def count(number: int) -> int:
        events = [
            EventEntry.model_validate(
                {"key": f"e{n}", "title": "T", "speakers": [{"staff": "moreau"}, {"name": "Guest"}]}
            )
            for n in range(number)
        ]
        modules = [ModuleEntry(key=f"m{n}", number=n, title="M", goals=["Know."]) for n in range(number)]
        content = make_content()
        assessments = {f"hw{n}": content.assessments["hw1"].model_copy(update=_FREE) for n in range(number)}
        offering = saved(
            make_content(
                schedule=content.schedule.model_copy(update={"events": events}),
                modules=ModulesFile(modules=modules),
                assessments={"hw1": content.assessments["hw1"].model_copy(update=_FREE), **assessments},
            )
        ).offering
        with CaptureQueriesContext(connection) as queries:
            content_of(offering)
        return len(queries)

    assert count(3) == count(30) <= 45


_FREE = {"release": None, "due": None, "closes": None}


def test_saving_one_change_takes_the_same_number_of_queries_however_long_the_schedule_is() -> None:
    def count(number: int) -> int:
        events = [EventEntry(key=f"e{n}", title="T", location="Hall 1") for n in range(number)]
        content = make_content(
            schedule=make_content().schedule.model_copy(update={"events": events}),
            assessments={},
            grading=GradingFile(),
        )
        saved(content)
        with CaptureQueriesContext(connection) as queries:
            saved(with_event(content, "e1", location="Hall 2"))
        return len(queries)

    assert count(3) == count(30)
