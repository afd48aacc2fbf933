"""Two courses with the same furniture, eight people in front of the first, and what fills the holes of addresses."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from coursehub.accounts.models import User
from coursehub.accounts.services import create_token
from coursehub.common.clock import database_now
from coursehub.courses.models import (
    Announcement,
    Assumption,
    Cohort,
    Enrollment,
    ExternalLink,
    Offering,
    Page,
    Policy,
    Role,
    RoleAssignment,
    StaffMember,
    SyllabusBlock,
)
from coursehub.courses.services import enroll
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.schedule.models import Event, EventSeries, Material, Module
from coursehub.schedule.services import make_feed
from grading.assessments.models import Assessment, SuiteVersion
from grading.assessments.services import set_handout, set_suite_files
from grading.catalogue.models import SuiteCheck
from grading.deadlines.models import AssessmentLateness, Extension, ExtensionRequest, LatePolicy, SlipDayPolicy
from grading.gradebook import marking, regrading
from grading.gradebook.imports import batches
from grading.gradebook.models import GradeNode, GradingScheme, ImportBatch, LetterCutoff, RegradeBatch
from grading.submissions.models import Submission
from tests.factories import grade_next, make_assessment, make_manifest, make_offering, make_submission, make_suite
from tests.people import PASSWORD
from tests.permissions.routes import Route

PEOPLE = (
    "visitor",
    "student",
    "other_student",
    "auditor",
    "ta",
    "other_ta",
    "instructor",
    "stranger",
)
"""The stranger teaches the other course. The assistants look after one section each: the student's, and the other."""
TITLES = {
    "visitor": "visitor",
    "student": "student",
    "other_student": "other student",
    "auditor": "auditor",
    "ta": "TA",
    "other_ta": "TA of another section",
    "instructor": "instructor",
    "stranger": "instructor of another course",
}
POINTS = {
    "student": ("4.6875", "2.8125"),
    "other_student": ("5.3125", "1.5625"),
    "elsewhere": ("3.1875", "0.4375"),
}
"""What each student earned, and what they will know once it is released."""
NUMBERS = {
    "submissions/<int:pk>/": "submission",
    "regrades/<int:pk>/": "regrade_batch",
    "tokens/<int:pk>/": "token",
    "slots/<int:pk>/": "slot",
    "suites/<int:pk>/": "draft",
    "suites/<slug:name>/<int:pk>/": "draft",
    "extensions/<int:pk>/": "extension",
    "extension-requests/<int:pk>/": "extension_request",
    "people/import/<int:pk>/": "roster_batch",
    "gradebook/import/<int:pk>/": "grade_batch",
    "imports/<int:pk>/": "grade_batch",
    "people/<int:pk>/": "place",
    "grades/<int:student>/": "place",
    "students/<int:student>/": "place",
    "students/<int:pk>/": "place",
    "jobs/<int:job_id>/": "job",
    "suite-checks/<int:check_id>/": "check",
}
"""Which object's number stands in which part of an address."""


FIELDS = {"choose_suite": {"version": "suite_version"}, "gradebook_bulk": {"item": "key"}}
"""Where even the emptiest form names an object, which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """Everything of one course that an address can name. What belongs to one student belongs to the same one."""

    offering: Offering
    key: str
    """The key of each thing that goes by one: page, module, assessment, block …"""
    submission: int
    regrade_batch: int
    token: int
    slot: int
    draft: int
    suite: str
    suite_version: int
    extension: int
    extension_request: int
    roster_batch: int
    grade_batch: int
    place: int
    job: int
    check: int
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Words and points that stand nowhere but in what is one student's own, or staff's."""

    own: tuple[str, ...]
    """Of the person: name, e-mail, points."""
    never: tuple[str, ...]
    """What no student may read, their own notes and unreleased points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Both courses and who asks."""

    here: Corner
    there: Corner
    people: dict[str, User | None]
    secrets: dict[str, Secrets]
    """By person; those without work of their own have none."""


class AddressUnknown(LookupError):
    """An address has a hole that the world has nothing for."""


def arguments_of(route: Route, corner: Corner) -> dict[str, object]:
    """Return what fills the holes of an address. Raises ``AddressUnknown`` with what is to be added where."""
    return {name: _value(route, name, corner) for name in route.arguments}


def _value(route: Route, name: str, corner: Corner) -> object:
    if name in route.numbers:
        found = [field for part, field in NUMBERS.items() if f":{name}>" in part and _is_part(part, route.address)]
        if len(found) == 1:
            return getattr(corner, found[0])
        message = (
            f"{route.address}: say in NUMBERS of tests/permissions/world.py which object <int:{name}> is, "
            "and make one in both courses."
        )
        raise AddressUnknown(message)
    words: dict[str, object] = {
        "offering": corner.offering.slug,
        "assessment": corner.key,
        "page": corner.key,
        "module": corner.key,
        "key": corner.key,
        "shelf": "blocks",
        "name": corner.suite,
        "path": "needle.py",
        "kind": "csv",
        "digest": "0" * 64,
        "token": corner.feed,
        "uidb36": "1",
    }
    if name not in words:
        message = f"{route.address}: say in tests/permissions/world.py what stands for <{name}>."
        raise AddressUnknown(message)
    return words[name]


def _is_part(part: str, address: str) -> bool:
    return re.search(rf"(^|/){re.escape(part)}", address) is not None


def make_world() -> World:
    """Make both courses and the eight people. Inside a transaction that is rolled back afterwards."""
    people = {key: _person(key) for key in PEOPLE[1:]}
    elsewhere = _person("elsewhere")
    here = make_offering("tensors-101", with_people=False)
    there = make_offering("kernels-202", with_people=False)
    first, second = (Cohort.objects.create(offering=here, key=key, name=f"Section {key}") for key in ("a", "b"))
    roles = {"student": "student", "other_student": "student", "auditor": "auditor", "instructor": "instructor"}
    for key, role in {**roles, "ta": "ta", "other_ta": "ta"}.items():
        enroll(here, user=people[key], role=role)
    enroll(there, user=people["stranger"], role="instructor")
    enroll(there, user=elsewhere, role="student")
    for cohort, student, assistant in ((first, "student", "ta"), (second, "other_student", "other_ta")):
        cohort.members.add(_place(here, people[student]))
        _assignment(here, people[assistant]).cohorts.add(cohort)
    students = {"student": people["student"], "other_student": people["other_student"], "elsewhere": elsewhere}
    near = furnish(
        here,
        students={name: students[name] for name in ("student", "other_student")},
        staff=people["instructor"],
        key="first",
    )
    far = furnish(there, students={"elsewhere": elsewhere}, staff=people["stranger"], key="second")
    return World(
        here=near,
        there=far,
        people={"visitor": None, **people},
        secrets={name: _secrets(user, *POINTS[name]) for name, user in students.items()},
    )


def furnish(offering: Offering, *, students: dict[str, User], staff: User, key: str) -> Corner:
    """Fill a course with one of everything that an address can name; what is somebody's is the first student's."""
    at = database_now()
    student = next(iter(students.values()))
    work = make_assessment(offering, key, title=f"Work {key}", suite=_suite(f"sums-{key}"), grade_release="auto")
    set_handout(work, contents={"needle.py": b"# begin here\n"})
    place = _place(offering, student)
    _texts(offering, key)
    event = _dates(offering, key)
    slot = PresentationSlot.objects.create(event=event, title=f"Paper {key}", capacity=3)
    SlotSignup.objects.create(slot=slot, enrollment=place)
    held = _unreleased(offering, key)
    graded = {}
    for name, user in students.items():
        graded[user.pk] = _graded(work, user, POINTS[name][0])
        _scored(held, _place(offering, user), POINTS[name][1], staff)
    submission, job = graded[student.pk]
    _scheme(offering, work)
    draft, check = _draft(offering, staff, key)
    token, _ = create_token(student, label=f"Laptop {key}", scopes=["read"])
    _, secret = make_feed(student)
    asked = ExtensionRequest.objects.create(
        enrollment=place, assessment=work, wanted_due_at=at + timedelta(days=9), reason="I was ill.",
        idempotency_key=uuid.uuid4().hex,
    )  # fmt: skip
    extension = Extension.objects.create(
        assessment=work, enrollment=place, due_at=at + timedelta(days=8), closes_at=at + timedelta(days=12),
        reason_private=_private(student), granted_by=staff,
    )  # fmt: skip
    return Corner(
        offering=offering,
        key=key,
        submission=submission.pk,
        regrade_batch=_batch(work, staff).pk,
        token=token.pk,
        slot=slot.pk,
        draft=draft.pk,
        suite=draft.name,
        suite_version=work.suite.pk,
        extension=extension.pk,
        extension_request=asked.pk,
        roster_batch=_import(offering, staff, "roster", f"email,first_name,last_name\n{student.email},A,B\n").pk,
        grade_batch=_import(offering, staff, "grades", f"email,{held.slug}\n{student.email},2.5\n").pk,
        place=place.pk,
        job=job,
        check=check.pk,
        feed=secret,
    )


def _person(key: str) -> User:
    user = User(email=f"canary.{key}@example.edu", legal_name=f"Canary {key.title().replace('_', '')}")
    user.set_password(PASSWORD)
    user.save()
    return user


def _place(offering: Offering, user: User) -> Enrollment:
    return Enrollment.objects.select_related("user", "offering").get(offering=offering, user=user)


def _assignment(offering: Offering, user: User) -> RoleAssignment:
    return RoleAssignment.objects.get(
        enrollment=_place(offering, user), role=Role.objects.get(offering=offering, key="ta")
    )


def _private(user: User) -> str:
    return f"private-canary-{user.pk}-"


def _secrets(user: User, points: str, unreleased: str) -> Secrets:
    return Secrets(
        own=(user.legal_name, user.email, points, f"{Decimal(points):.2f}"),
        never=(_private(user), f"unreleased-{user.pk}-", unreleased, f"{Decimal(unreleased):.2f}"),
    )


def _suite(name: str) -> SuiteVersion:
    version = make_suite(name)
    set_suite_files(version, {"suite.toml": b"", "cases.py": b"# cases\n"})
    return version


def _graded(work: Assessment, student: User, tenths: str) -> tuple[Submission, int]:
    """Hand in twice, so that there is something to compare with, and be graded; returns the second and its job."""
    assert work.suite is not None
    for _ in range(2):
        submission = make_submission(work, by=student)
        job = grade_next(work.suite, earned={"case_0": tenths, "case_1": "0"})
    return submission, job.pk


def _unreleased(offering: Offering, key: str) -> Assessment:
    """Return an assessment whose grades are not released; another is not released itself."""
    make_assessment(
        offering, f"later-{key}", title=f"Later {key}", instructions_md=f"unreleased-{key}", suite=None, release_at=None
    )  # fmt: skip
    return make_assessment(offering, f"held-{key}", title=f"Held {key}", suite=None, grade_release="manual")


def _scored(held: Assessment, place: Enrollment, points: str, staff: User) -> None:
    """Give a grade that is not released yet, with a comment that the student reads then, and one for staff."""
    marking.score(
        held, place, points=Decimal(points), by=staff, version=0, idempotency_key=uuid.uuid4().hex,
        reason=f"unreleased-{place.user_id}-", note=_private(place.user),
    )  # fmt: skip
    Extension.objects.create(
        assessment=held, enrollment=place, due_at=database_now() + timedelta(days=8), granted_by=staff,
        reason_private=_private(place.user),
    )  # fmt: skip


def _scheme(offering: Offering, work: Assessment) -> None:
    scheme = GradingScheme.objects.create(offering=offering, status=GradingScheme.Status.PUBLISHED)
    node = GradeNode.objects.create(
        scheme=scheme, key="homework", label="Homework", weight=100, aggregation=GradeNode.Aggregation.MEAN
    )
    node.assessments.set(offering.assessments.all())
    for label, bound in (("A", 90), ("F", 0)):
        LetterCutoff.objects.create(scheme=scheme, label=label, lower_bound=bound)
    policy = LatePolicy.objects.create(offering=offering, key="late", title="Late work")
    AssessmentLateness.objects.create(assessment=work, policy=policy)
    SlipDayPolicy.objects.create(offering=offering, budget=5)


def _draft(offering: Offering, staff: User, key: str) -> tuple[SuiteVersion, SuiteCheck]:
    content = make_manifest(f"draft-{key}")
    draft = SuiteVersion.objects.create(
        course=offering.course, name=f"draft-{key}", state=SuiteVersion.State.DRAFT, title="Draft",
        lane=content.lane.value, max_points=content.max_points, manifest=content.model_dump(mode="json"),
        uploaded_by=staff,
    )  # fmt: skip
    set_suite_files(draft, {"suite.toml": b"", "cases.py": b"# cases\n"})
    check = SuiteCheck.objects.create(version=draft, requested_by=staff, files_sha256="0" * 64, lane=draft.lane)
    return draft, check


def _batch(work: Assessment, staff: User) -> RegradeBatch:
    assert work.suite is not None
    return regrading.start(
        work, by=staff, suite=make_suite(work.suite.name), scope=RegradeBatch.Scope.COUNTING, reason="A mistake.",
        idempotency_key=uuid.uuid4().hex,
    )  # fmt: skip


def _import(offering: Offering, staff: User, kind: str, text: str) -> ImportBatch:
    return batches.begin(offering, kind=kind, uploads=[(f"{kind}.csv", text.encode())], by=staff)


def _texts(offering: Offering, key: str) -> None:
    Page.objects.create(offering=offering, slug=key, title="A page", audience="public")
    SyllabusBlock.objects.create(offering=offering, key=key, heading="Aims", audience="public")
    Policy.objects.create(offering=offering, key=key, title="Late work")
    ExternalLink.objects.create(offering=offering, key=key, kind="forum", label="Forum", audience="public")
    StaffMember.objects.create(offering=offering, key=key, name="Somebody", position="ta")
    Announcement.objects.create(offering=offering, key=key, title="News", publish_at=database_now(), audience="public")
    Assumption.objects.create(offering=offering, key=key, about=f"assessment:{key}", question="How many?")


def _dates(offering: Offering, key: str) -> Event:
    Module.objects.create(offering=offering, key=key, number=1, title="Sums")
    EventSeries.objects.create(offering=offering, key=key, kind="lecture", title="Lectures")
    Material.objects.create(offering=offering, key=key, kind="paper", title="A paper")
    return Event.objects.create(offering=offering, key=key, title="Talks", calendar_uid=f"{key}@example.edu")
