"""Handing in: what is received, what is refused, and what is left behind."""

from datetime import timedelta
from pathlib import Path

import pytest

from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Enrollment, Offering
from coursehub.courses.services import drop, enroll
from grading.assessments import files
from grading.assessments.errors import FileDamaged, FileGone
from grading.assessments.models import Assessment, StoredFile
from grading.submissions import queries, services
from grading.submissions.errors import (
    AlreadyFinal,
    AlreadyInGrading,
    Closed,
    FileMissing,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    NothingToGradeWith,
    NotReleased,
    NoTriesLeft,
    PledgeNotSigned,
    SubmissionRefused,
)
from grading.submissions.models import GradingJob, JobKind, JobState, Submission
from grading.submissions.receipts import receipt_text
from grading.submissions.uploads import Upload
from runners.protocol import folder_digest
from tests.factories import (
    claim,
    make_assessment,
    make_offering,
    make_runner,
    make_submission,
    make_suite,
    newest_job_of,
)
from tests.people import People

pytestmark = pytest.mark.django_db


def move(assessment: Assessment, **dates: timedelta | None) -> Assessment:
    now = database_now()
    for field, delta in dates.items():
        setattr(assessment, field, None if delta is None else now + delta)
    assessment.save()
    return assessment


def test_a_submission_is_received_with_its_files_and_a_waiting_job(homework: Assessment, people: People) -> None:
    before = database_now()

    submission = make_submission(homework, by=people.ada, content=b"x = 1\n")

    assert submission.number == 1
    assert before <= submission.received_at <= database_now()
    assert submission.sha256 == folder_digest([("needle.py", b"x = 1\n")])
    assert queries.file_of(submission, "needle.py") == b"x = 1\n"
    job = newest_job_of(submission)
    assert (job.state, job.kind, job.suite, job.lane) == (JobState.QUEUED, JobKind.SUBMISSION, homework.suite, "cpu")


def test_content_is_stored_once_whoever_hands_it_in(homework: Assessment, people: People, settings: object) -> None:
    make_submission(homework, by=people.ada)
    make_submission(homework, by=people.ben)

    assert StoredFile.objects.count() == 1
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


def test_the_same_key_with_the_same_files_is_the_same_submission(homework: Assessment, people: People) -> None:
    first = make_submission(homework, by=people.ada, key="k1")
    again = make_submission(homework, by=people.ada, key="k1")

    assert again == first
    assert Submission.objects.count() == GradingJob.objects.count() == 1


def test_the_same_key_still_answers_after_closing(homework: Assessment, people: People) -> None:
    first = make_submission(homework, by=people.ada, key="k1")
    move(homework, release_at=-timedelta(9), due_at=-timedelta(3), closes_at=-timedelta(2))

    assert make_submission(homework, by=people.ada, key="k1") == first


def test_the_same_key_with_other_files_is_refused(homework: Assessment, people: People) -> None:
    make_submission(homework, by=people.ada, key="k1")

    with pytest.raises(IdempotencyKeyReused):
        make_submission(homework, by=people.ada, key="k1", content=b"other")


def test_two_people_may_use_the_same_key(homework: Assessment, people: People) -> None:
    assert make_submission(homework, by=people.ada, key="k") != make_submission(homework, by=people.ben, key="k")


@pytest.mark.parametrize("key", ["", " ", "a" * 65, "a/b", "é", "a\n"])
def test_a_key_that_is_none_is_refused(homework: Assessment, people: People, key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        services.submit(homework, by=people.ada, uploads=[Upload(path="needle.py", content=b"")], idempotency_key=key)


def test_before_its_release_nothing_is_received(homework: Assessment, people: People) -> None:
    move(homework, release_at=timedelta(hours=1))

    with pytest.raises(NotReleased):
        make_submission(homework, by=people.ada)


def test_after_it_is_due_work_is_late(homework: Assessment, people: People) -> None:
    move(homework, due_at=-timedelta(minutes=1))

    assert queries.is_late(make_submission(homework, by=people.ada))


def test_after_closing_the_sentence_names_the_moment_in_the_zone_of_the_course(
    homework: Assessment, people: People
) -> None:
    move(homework, release_at=-timedelta(9), due_at=-timedelta(3), closes_at=-timedelta(2))

    with pytest.raises(Closed, match="America/New_York"):
        make_submission(homework, by=people.ada)


def test_the_last_try_is_taken_and_the_next_is_refused(homework: Assessment, people: People) -> None:
    Assessment.objects.filter(pk=homework.pk).update(tries=2)
    homework.refresh_from_db()
    make_submission(homework, by=people.ada)
    make_submission(homework, by=people.ada)

    with pytest.raises(NoTriesLeft, match="all 2 tries"):
        make_submission(homework, by=people.ada)

    assert queries.tries_of(people.ada, homework).left == 0
    assert queries.tries_of(people.ben, homework).left == 2


@pytest.mark.parametrize("signature", ["Ada Okafor", "  ada   okafor "])
def test_a_pledge_is_signed_with_ones_name(offering: Offering, people: People, signature: str) -> None:
    assessment = make_assessment(offering, "hw2", pledge="This is my own work.")

    submission = services.submit(
        assessment,
        by=people.ada,
        uploads=[Upload(path="needle.py", content=b"")],
        idempotency_key="k",
        pledge_signature=signature,
    )

    assert (submission.pledge_text, submission.pledge_signature) == ("This is my own work.", signature)


@pytest.mark.parametrize("signature", ["", "Ben Lindqvist", "yes"])
def test_a_pledge_signed_by_nobody_is_refused(offering: Offering, people: People, signature: str) -> None:
    assessment = make_assessment(offering, "hw2", pledge="This is my own work.")

    with pytest.raises(PledgeNotSigned, match="Ada Okafor"):
        services.submit(
            assessment,
            by=people.ada,
            uploads=[Upload(path="needle.py", content=b"")],
            idempotency_key="k",
            pledge_signature=signature,
        )


def test_who_may_not_hand_in_is_told(homework: Assessment, people: People) -> None:
    for person in (people.ines, people.otto):
        with pytest.raises(NotAllowed):
            make_submission(homework, by=person)


def test_who_left_the_course_may_not_hand_in(homework: Assessment, people: People) -> None:
    drop(Enrollment.objects.get(user=people.ada))

    with pytest.raises(NotAllowed):
        make_submission(homework, by=people.ada)


@pytest.mark.parametrize(
    "uploads",
    [
        [],
        [Upload(path="other.py", content=b"")],
        [Upload(path="needle.py", content=b""), Upload(path="x.exe", content=b"")],
        [Upload(path="needle.py", content=b""), Upload(path="../x.py", content=b"")],
        [Upload(path="needle.py", content=b"x" * 1_000_001)],
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    homework: Assessment, people: People, settings: object, uploads: list[Upload]
) -> None:
    with pytest.raises(SubmissionRefused):
        services.submit(homework, by=people.ada, uploads=uploads, idempotency_key="k")

    assert not Submission.objects.exists()
    assert not StoredFile.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


def test_a_refusal_under_the_lock_leaves_nothing_behind_either(
    homework: Assessment, people: People, settings: object
) -> None:
    Assessment.objects.filter(pk=homework.pk).update(tries=0)
    homework.refresh_from_db()

    with pytest.raises(NoTriesLeft):
        make_submission(homework, by=people.ada)

    assert not Path(settings.MEDIA_ROOT).exists()


def test_without_a_suite_work_is_received_and_nothing_waits(offering: Offering, people: People) -> None:
    submission = make_submission(make_assessment(offering, "essay", suite=None), by=people.ada)

    assert queries.newest_job(submission) is None
    with pytest.raises(NothingToGradeWith):
        services.regrade(submission, by=people.ines)


def test_a_damaged_file_is_never_handed_on(homework: Assessment, people: People, settings: object) -> None:
    submission = make_submission(homework, by=people.ada)
    [path] = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]

    path.write_bytes(b"x = 2\n")
    with pytest.raises(FileDamaged):
        queries.file_of(submission, "needle.py")
    path.unlink()
    with pytest.raises(FileGone):
        queries.file_of(submission, "needle.py")


def test_storing_mends_a_damaged_file(db: None, settings: object) -> None:
    [row] = files.keep([b"content"])
    [path] = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    path.write_bytes(b"cont\0nt")

    files.keep([b"content"])

    assert files.content_of(row.sha256) == b"content"


def test_the_receipt_says_everything_and_can_be_checked(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada, content=b"x = 1\n")

    text = receipt_text(Submission.objects.get(pk=submission.pk))

    for part in (f"Submission:  {submission.pk}", "Ada Okafor", "America/New_York", "needle.py", submission.sha256):
        assert part in text
    assert "1 file\n" in text


def test_cancelling_before_it_began_gives_the_try_back(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    services.cancel(submission, by=people.ada)

    assert newest_job_of(submission).state == JobState.CANCELLED
    assert queries.tries_of(people.ada, homework).used == 0
    with pytest.raises(AlreadyFinal):
        services.cancel(submission, by=people.ada)


def test_cancelling_what_runs_costs_the_try(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)
    runner, _ = make_runner()
    assert claim(runner, homework.suite)

    services.cancel(submission, by=people.ada)

    assert newest_job_of(submission).state == JobState.CANCELLED
    assert queries.tries_of(people.ada, homework).used == 1


def test_nobody_cancels_for_another_student(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    with pytest.raises(NotAllowed):
        services.cancel(submission, by=people.ben)
    services.cancel(submission, by=people.tariq)


def test_only_who_may_regrade_regrades(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    for person in (people.ada, people.otto):
        with pytest.raises(NotAllowed):
            services.regrade(submission, by=person)


def test_a_job_that_waits_for_the_same_suite_is_enough(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    with pytest.raises(AlreadyInGrading):
        services.regrade(submission, by=people.tariq)


def test_a_job_that_waits_for_an_older_suite_is_superseded(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)
    homework.suite = make_suite("newer")
    homework.save()

    new = services.regrade(Submission.objects.get(pk=submission.pk), by=people.tariq)

    assert (new.kind, new.suite.name, new.requested_by) == (JobKind.REGRADE, "newer", people.tariq)
    assert [job.state for job in submission.jobs.order_by("pk")] == [JobState.SUPERSEDED, JobState.QUEUED]


def test_each_sees_what_is_theirs(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    for person in (people.ada, people.tariq, people.ines):
        assert queries.submission_for(person, submission.pk) == submission
    for person in (people.ben, people.otto):
        with pytest.raises(Submission.DoesNotExist):
            queries.submission_for(person, submission.pk)


def test_staff_of_another_offering_see_nothing_here(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)
    enroll(make_offering("other", with_people=False), user=people.otto, role="instructor")

    with pytest.raises(Submission.DoesNotExist):
        queries.submission_for(people.otto, submission.pk)


def test_a_missing_file_says_so(homework: Assessment, people: People) -> None:
    with pytest.raises(FileMissing):
        services.submit(homework, by=people.ada, uploads=[Upload(path="a.py", content=b"")], idempotency_key="k")
