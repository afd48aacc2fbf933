"""Contents as Hypothesis makes them: everything that a course may say, with keys that point somewhere."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from coursehub.courses.models import Audience, Cohort, Offering, Policy, Prerequisite, StaffMember, SyllabusBlock
from coursehub.publishing.content import (
    AnnouncementContent,
    AssessmentContent,
    BlockContent,
    OfferingContent,
    PageContent,
    PolicyContent,
)
from coursehub.publishing.ordering import WEEKDAYS
from coursehub.schedule.models import Event, EventKind, Requirement, RotationRule
from grading.assessments.models import AnchoredDate, Assessment, AssessmentKind, AssessmentPart, CountingTry
from grading.deadlines.models import LatePolicy, SlipDayPolicy
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule

KEYS = st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,3})?", fullmatch=True)
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(_LETTERS, max_size=30)
TITLES = st.text(_LETTERS, min_size=1, max_size=30)
TEXTS = st.one_of(
    st.text(_LETTERS, max_size=60),
    st.lists(st.sampled_from(["# A heading", "", "- one", "  two  ", "a: b", "---", "| x | y |", "#", "'", "…"])).map(
        "\n".join
    ),
)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 20))
URLS = st.sampled_from(["", "https://example.edu/a?b=c#d", "http://example.edu/é"])


def one_of(choices: type[Enum]) -> st.SearchStrategy[Any]:
    """Any of some choices, as files write it."""
    return st.sampled_from([choice.value for choice in choices])


def some(keys: list[str]) -> st.SearchStrategy[list[str]]:
    """Some of these keys, in any order."""
    return st.lists(st.sampled_from(keys), unique=True, max_size=3) if keys else st.just([])


def perhaps(keys: list[Any]) -> st.SearchStrategy[Any]:
    """One of these, or none."""
    return st.sampled_from([None, *keys])


LETTERS = st.dictionaries(
    st.sampled_from(["A", "A-", "B+", "Pass", "no", "1", "F"]),
    st.integers(0, 400).map(lambda quarters: Decimal(quarters) / 4),
    max_size=4,
).filter(lambda letters: len(set(letters.values())) == len(letters))


def dicts(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Fields of an entry."""
    return st.fixed_dictionaries(fields)


_TOTALS = dicts(
    decimals=st.integers(0, 6),
    letter_on=one_of(GradingScheme.LetterOn),
    cap=st.sampled_from([None, Decimal(100), Decimal("100.5")]),
    missing_is_pending=st.booleans(),
    letters=LETTERS,
)


def lateness(assessments: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """What late work of these assessments costs."""
    percent = st.sampled_from(["0", "10", "12.5", "100"])
    policies = [
        {"key": "daily", "title": "Daily", "form": "deduct_of_max", "rate": "10", "floor": "50", "cutoff": 5},
        {"key": "table", "title": "Table", "form": "cap_table", "caps": ["90", "75.5", "0"], "grace_seconds": 90},
    ]
    return dicts(
        late_policies=st.just(policies)
        | st.lists(
            dicts(key=KEYS, title=TITLES, form=st.just("multiply"), interval=one_of(LatePolicy.Interval), rate=percent),
            max_size=2,
            unique_by=lambda policy: policy["key"],
        ).map(lambda more: [*policies, *more]),
        slip_days=st.none()
        | dicts(
            budget=st.integers(0, 9),
            per_assessment=perhaps([0, 2]),
            on_empty=one_of(SlipDayPolicy.OnEmpty),
            locks=st.none() | DAYS.map(lambda day: f"{day} 12:00"),
        ),
        assessments=st.lists(
            dicts(
                assessment=st.sampled_from(assessments),
                policy=perhaps(["daily", "table"]),
                slip_days=perhaps([0, 1]),
            ),
            max_size=3,
            unique_by=lambda entry: entry["assessment"],
        )
        if assessments
        else st.just([]),
    )


@st.composite
def times(draw: st.DrawFn) -> dict[str, Any]:
    """A beginning and an end, or less."""
    hour = draw(st.integers(6, 20))
    start, end = dt.time(hour, draw(st.sampled_from([0, 15, 30]))), dt.time(hour + 2, 20)
    return draw(st.sampled_from([{}, {"start": start}, {"start": start, "end": end}]))


@st.composite
def dates(draw: st.DrawFn, events: list[str]) -> dict[str, Any]:
    """Dates of an assessment: days in order, or one that follows an event."""
    if events and draw(st.booleans()):
        fields = dicts(
            event=st.sampled_from(events),
            edge=one_of(AnchoredDate.Edge),
            days=st.integers(-20, 20),
            at=st.sampled_from([None, dt.time(23, 59)]),
        )
        return {draw(st.sampled_from(["release", "due", "closes", "solutions"])): draw(fields)}
    day = draw(DAYS)
    names = draw(st.sets(st.sampled_from(["release", "due", "closes", "solutions"])))
    found = {"release": day, "due": day + dt.timedelta(days=1), "closes": day + dt.timedelta(days=3), "solutions": day}
    return {name: f"{found[name]} 09:30" for name in names}


@st.composite
def contents(draw: st.DrawFn, slug: str = "tensors-2026f") -> OfferingContent:
    """A whole course."""
    keys = {
        name: draw(st.lists(KEYS, unique=True, max_size=2))
        for name in (
            "staff", "cohorts", "team_sets", "modules", "materials", "events", "series", "groups", "assessments",
            "blocks", "policies", "pages", "announcements", "links", "nodes", "assumptions",
        )
    }  # fmt: skip
    weeks = draw(st.lists(st.integers(1, 20), unique=True, max_size=3))
    uses = st.lists(
        dicts(
            material=st.sampled_from(keys["materials"]), requirement=one_of(Requirement), locator=WORDS, note=WORDS
        ),
        max_size=2,
    ) if keys["materials"] else st.just([])  # fmt: skip

    def entries(collection: str, /, **fields: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
        return [{"key": key, **draw(dicts(**fields))} for key in keys[collection]]

    def texts(collection: str, model: type[Any], /, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
        return {key: model.model_validate(draw(dicts(**fields, body_md=TEXTS))) for key in keys[collection]}

    speaker = dicts(name=TITLES, affiliation=WORDS)
    if keys["staff"]:
        speaker = st.one_of(speaker, dicts(staff=st.sampled_from(keys["staff"])))
    offering = {
        "slug": slug,
        "organization": {"slug": "example", "name": draw(TITLES)},
        "term": {"code": "2026f", "name": draw(TITLES), "starts_on": draw(st.none() | DAYS)},
        "course": {"code": draw(st.sampled_from(["T-101", "T-102"])), "title": draw(TITLES)},
        "timezone": draw(st.sampled_from(["America/New_York", "Europe/Paris", "Asia/Kathmandu"])),
        "status": draw(one_of(Offering.Status)),
        "visibility": draw(one_of(Offering.Visibility)),
        "contact_note": draw(TEXTS),
        "schedule_notice": draw(TEXTS),
        "prerequisites": draw(st.lists(dicts(level=one_of(Prerequisite.Level), text=st.just("Calculus")), max_size=2)),
        "links": entries("links", kind=KEYS, label=TITLES, url=URLS, audience=one_of(Audience)),
        "staff": entries("staff", name=TITLES, position=one_of(StaffMember.Position), credentials=WORDS),
        "cohorts": entries("cohorts", kind=one_of(Cohort.Kind), name=TITLES),
        "team_sets": entries("team_sets", title=TITLES, min_size=st.sampled_from([None, 2]), hard=st.booleans()),
    }
    schedule = {
        "weeks": [{"number": number, "label": draw(WORDS)} for number in weeks],
        "series": [
            {**entry, **draw(times())}
            for entry in entries(
                "series",
                kind=one_of(EventKind),
                title=TITLES,
                weekdays=st.lists(st.sampled_from(WEEKDAYS), unique=True),
                staff=some(keys["staff"]),
                rotation=st.none()
                | dicts(pattern=one_of(RotationRule.Pattern), cohorts=some(keys["cohorts"]), note=WORDS),
            )
        ],
        "groups": entries("groups", title=TITLES, note=WORDS),
        "events": [
            {**entry, **draw(times())}
            for entry in entries(
                "events",
                kind=one_of(EventKind),
                title=TITLES,
                date=st.none() | DAYS,
                week=perhaps(weeks),
                series=perhaps(keys["series"]),
                group=perhaps(keys["groups"]),
                location=WORDS,
                online_url=URLS,
                status=one_of(Event.Status),
                attendance=one_of(Event.Attendance),
                details=TEXTS,
                tags=st.lists(KEYS, max_size=2),
                modules=some(keys["modules"]),
                cohorts=some(keys["cohorts"]),
                speakers=st.lists(speaker, max_size=2),
                materials=uses,
            )
        ],
    }
    modules = {
        "modules": [
            {**entry, "number": number}
            for number, entry in enumerate(
                entries(
                    "modules",
                    title=TITLES,
                    summary=TEXTS,
                    goals=st.lists(TEXTS, max_size=2),
                    objectives=st.lists(TEXTS, max_size=2),
                    materials=uses,
                ),
                start=draw(st.integers(0, 2)),
            )
        ],
        "groupings": {
            scheme: [
                {"number": number, "title": draw(TITLES), "modules": draw(some(keys["modules"]))} for number in (1, 2)
            ]
            for scheme in draw(st.sets(st.sampled_from(["phase", "chapter"])))
        },
    }
    assessments = {
        key: AssessmentContent.model_validate(
            {
                **draw(dates(keys["events"])),
                **draw(
                    dicts(
                        title=TITLES,
                        kind=one_of(AssessmentKind),
                        purpose=one_of(Assessment.Purpose),
                        max_points=st.decimals(Decimal("0.0001"), 1000, places=4),
                        listed=st.booleans(),
                        accepted=st.lists(st.sampled_from(["*.py", "report.md"]), unique=True),
                        tries=st.sampled_from([None, 1, 10]),
                        counting=one_of(CountingTry),
                        pledge=TEXTS,
                        ai_disclosure=one_of(Assessment.AiDisclosure),
                        modules=some(keys["modules"]),
                        event=perhaps(keys["events"]),
                        team_set=perhaps(keys["team_sets"]),
                        depends_on=perhaps([other for other in keys["assessments"] if other != key]),
                        parts=st.lists(
                            dicts(key=KEYS, kind=one_of(AssessmentPart.Kind), title=TITLES, note=TEXTS),
                            max_size=2,
                            unique_by=lambda part: part["key"],
                        ),
                        materials=uses,
                        body_md=TEXTS,
                    )
                ),
            }
        )
        for key in keys["assessments"]
    }
    rule = dicts(
        metric=one_of(ParticipationRule.Metric),
        below=one_of(ParticipationRule.Below),
        threshold=st.sampled_from([None, 5]),
        bonus_course_points=st.sampled_from([None, Decimal("1.5")]),
        ties=one_of(ParticipationRule.Ties),
        excused_shrinks=st.booleans(),
    )
    nodes = entries(
        "nodes",
        label=TITLES,
        description=WORDS,
        aggregation=one_of(GradeNode.Aggregation),
        extra_credit=st.booleans(),
        drop_lowest=st.integers(0, 3),
        drop_highest=st.integers(0, 3),
        cap=st.sampled_from([None, Decimal(100), Decimal("87.5")]),
        expected_count=st.sampled_from([None, 0, 12]),
        assessments=some(keys["assessments"]),
        rule=st.none() | rule,
    )
    if len(nodes) > 1 and draw(st.booleans()):
        nodes = [{**nodes[0], "weight": Decimal("12.5"), "extra_credit": True, "parts": nodes[1:]}]
    return OfferingContent.model_validate(
        {
            "offering": offering,
            "blocks": texts("blocks", BlockContent, heading=TITLES, kind=one_of(SyllabusBlock.Kind)),
            "policies": texts("policies", PolicyContent, title=TITLES, kind=one_of(Policy.Kind), rule=WORDS),
            "pages": texts("pages", PageContent, title=TITLES, audience=one_of(Audience)),
            "announcements": texts(
                "announcements",
                AnnouncementContent,
                title=TITLES,
                publish_at=st.none() | DAYS.map(lambda day: dt.datetime.combine(day, dt.time(9))),
                pinned=st.booleans(),
                cohorts=some(keys["cohorts"]),
            ),
            "assessments": assessments,
            "schedule": schedule,
            "modules": modules,
            "materials": {
                "materials": entries("materials", kind=KEYS, title=TITLES, url=URLS, year=perhaps([2016, 2025]))
            },
            "grading": {"note": draw(TEXTS), "nodes": nodes, **draw(_TOTALS)},
            "deadlines": draw(lateness(keys["assessments"])),
            "assumptions": {
                "assumptions": entries(
                    "assumptions", about=st.just("offering:late"), question=TITLES, confirmed=st.booleans()
                )
            },
        }
    )
