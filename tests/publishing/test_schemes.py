"""Schemes: from files to the engine and to rows alike, checked before they are published, kept as versions."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursehub.courses.models import Change, Offering
from coursehub.publishing.checks import findings
from coursehub.publishing.class_samples import made_up_class
from coursehub.publishing.cloning import Target, clone
from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.editing_grading import Move, flat_nodes, move_node, moves_of, publish_grading
from coursehub.publishing.errors import ContentInvalid, SchemeStaysPublished
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import GradingFile, NodeEntry, RuleEntry, TermEntry
from coursehub.publishing.scheme_effects import Graded, compared
from coursehub.publishing.schemes import course_points_of, problems_of, scheme_of
from coursehub.publishing.services import Applied, apply, publish
from grading.engine.class_totals import totals_of_class
from grading.engine.items import ItemState
from grading.engine.problems import problems
from grading.engine.scheme import Item, Key, Node, Scheme
from grading.gradebook import reckoning
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule, SchemeVersion
from tests.people import person
from tests.publishing.contents import make_content
from tests.publishing.strategies import LETTERS, one_of

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)
ASSESSMENTS = {
    f"hw{number}": AssessmentContent(title=f"Homework {number}", max_points=Decimal(number * 10))
    for number in range(1, 7)
}
WEIGHTS = st.sampled_from([None, Decimal(0), Decimal("12.5"), Decimal(25), Decimal(50), Decimal(100)])


@st.composite
def gradings(draw: st.DrawFn) -> GradingFile:
    """A scheme of up to three rows with up to two in each; it need not add up."""
    left = list(ASSESSMENTS)

    def node(key: str, depth: int) -> dict[str, Any]:
        mine = [left.pop() for _ in range(draw(st.integers(0, 2))) if left]
        parts = [node(f"{key}-{number}", depth + 1) for number in range(draw(st.integers(0, 2)))] if depth < 2 else []
        rule = st.builds(
            RuleEntry,
            metric=st.sampled_from(ParticipationRule.Metric),
            threshold=st.sampled_from([None, 5]),
            below=st.sampled_from(ParticipationRule.Below),
            bonus_top=st.sampled_from([None, 3]),
            bonus_course_points=st.just(Decimal(1)),
            ties=st.sampled_from(ParticipationRule.Ties),
            excused_shrinks=st.booleans(),
        )
        return {
            "key": key,
            "label": key.upper(),
            "weight": draw(WEIGHTS),
            "unit": draw(one_of(GradeNode.WeightUnit)),
            "aggregation": draw(one_of(GradeNode.Aggregation)),
            "extra_credit": draw(st.booleans()),
            "drop_lowest": draw(st.integers(0, 2)),
            "drop_highest": draw(st.integers(0, 1)),
            "cap": draw(st.sampled_from([None, Decimal(90)])),
            "expected_count": draw(st.sampled_from([None, 4])),
            "assessments": mine,
            "parts": parts,
            "rule": None if mine or parts else draw(st.none() | rule),
        }

    nodes = [node(f"n{number}", 0) for number in range(draw(st.integers(0, 3)))]
    return GradingFile.model_validate(
        {
            "nodes": nodes,
            "letters": draw(LETTERS),
            "decimals": draw(st.integers(0, 6)),
            "cap": draw(st.sampled_from([None, Decimal(100)])),
            "letter_on": draw(one_of(GradingScheme.LetterOn)),
            "missing_is_pending": draw(st.booleans()),
        }
    )


def course(file: GradingFile) -> OfferingContent:
    return make_content(assessments=ASSESSMENTS, grading=file)


def saved(content: OfferingContent, **kwargs: Any) -> Applied:
    return apply(content, **{"by": None, "source": Change.Source.FILES, **kwargs})


def consistent(**totals: Any) -> OfferingContent:
    """Return a course with a scheme that can be published."""
    content = make_content()
    return content.model_copy(update={"grading": content.grading.model_copy(update=totals)})


def in_one_form(scheme: Scheme) -> object:
    """Return what two schemes must agree on: all but the name, and how a rule says that something is unsaid."""

    def of(child: Item | Node) -> object:
        if isinstance(child, Item):
            return ("item", child.key, child.max_points, child.title)
        return replace(
            child, children=tuple(map(of, child.children)), aggregation=None if child.rule else child.aggregation
        )  # type: ignore[arg-type]

    letters = sorted((cutoff.label, cutoff.lower_bound) for cutoff in scheme.letters)
    return [of(node) for node in scheme.nodes], letters, replace(scheme, nodes=(), letters=(), name="")


def _shares_of_shares(node: NodeEntry) -> bool:
    """Whether shares stand in a share: the one thing that rows and files still read differently."""
    share = GradeNode.WeightUnit.SHARE
    return any(
        _shares_of_shares(part) or (part.unit is share and any(inner.unit is share for inner in part.parts))
        for part in node.parts
    )


@pytest.mark.django_db
@settings(SLOW, max_examples=25)
@given(gradings().filter(lambda file: file.nodes and not any(map(_shares_of_shares, file.nodes))))
def test_files_and_rows_come_to_the_same_scheme(file: GradingFile) -> None:
    with transaction.atomic():
        offering = saved(course(file)).offering
        keys: dict[str, Key] = {row.slug: row.pk for row in offering.assessments.all()}
        by_rows = reckoning.scheme_of(offering)

        assert by_rows is not None
        assert in_one_form(scheme_of(content_of(offering), item=keys.__getitem__)) == in_one_form(by_rows)
        transaction.set_rollback(True)


@SLOW
@given(gradings())
def test_every_problem_of_the_engine_is_told_at_a_row_or_the_table(file: GradingFile) -> None:
    content = course(file)
    found = problems_of(content)

    assert len(found) >= len(problems(scheme_of(content)))
    assert {problem.node for problem in found} <= {"", *(node.key for _, node in flat_nodes(file.nodes))}
    assert not any("assessment:" in problem.sentence for problem in found)


@SLOW
@given(gradings())
def test_a_draft_is_found_no_fault_with_and_a_published_one_every_fault(file: GradingFile) -> None:
    draft = course(file)
    published = publish_grading(draft)

    assert findings(draft) == ()
    assert [finding.sentence for finding in findings(published)] == [one.sentence for one in problems_of(draft)]


@SLOW
@given(gradings(), st.data())
def test_a_row_that_moves_takes_everything_along(file: GradingFile, data: st.DataObject) -> None:
    content = course(file)
    moves = [(key, step) for key, steps in moves_of(file.nodes).items() for step in steps]
    if not moves:
        return
    key, step = data.draw(st.sampled_from(moves))

    moved = move_node(content, key, to=step)

    before, after = ({node.key for _, node in flat_nodes(one.grading.nodes)} for one in (content, moved))
    assert before == after
    assert moved != content


@SLOW
@given(gradings(), st.sampled_from(Move))
def test_a_step_that_there_is_not_changes_nothing(file: GradingFile, step: Move) -> None:
    content = course(file)
    for key, steps in moves_of(file.nodes).items():
        if step not in steps:
            assert move_node(content, key, to=step) == content


@SLOW
@given(gradings())
def test_a_made_up_class_is_the_same_each_time_and_fits_its_scheme(file: GradingFile) -> None:
    scheme = scheme_of(course(file))
    rows = made_up_class(scheme)

    assert rows == made_up_class(scheme)
    assert len(rows) == 60
    most = {item.key: item.max_points for item in scheme.items()}
    for row in rows:
        assert row.items.keys() == most.keys()
        assert all(0 <= (value.points or 0) <= most[key] for key, value in row.items.items())
        assert all(isinstance(value.points, Fraction | None) for value in row.items.values())
        assert all(0 <= count.count <= count.of for count in row.counts.values())


def test_a_made_up_class_has_zeros_missing_work_and_excuses() -> None:
    file = GradingFile(nodes=[NodeEntry(key="a", label="A", assessments=list(ASSESSMENTS))])
    values = [value for row in made_up_class(scheme_of(course(file))) for value in row.items.values()]

    states = {value.state for value in values}
    assert states == {ItemState.SCORED, ItemState.MISSING, ItemState.EXCUSED}
    assert any(value.state is ItemState.SCORED and value.points == 0 for value in values)


@SLOW
@given(gradings())
def test_a_scheme_that_stays_the_same_changes_nobody(file: GradingFile) -> None:
    scheme = scheme_of(course(file))
    if any(problem.stops_totals for problem in problems(scheme)):
        return
    graded = Graded(scheme=scheme, rows=made_up_class(scheme))

    effect = compared(graded, graded, names=[str(row.student) for row in graded.rows])

    assert (effect.changed, effect.letters) == (0, 0)


@SLOW
@given(gradings(), st.sampled_from([None, Decimal(50), Decimal(80)]))
def test_an_effect_is_the_difference_of_both_totals(file: GradingFile, cap: Decimal | None) -> None:
    before = scheme_of(course(file))
    if any(problem.stops_totals for problem in problems(before)):
        return
    after = replace(before, cap=cap)
    rows = made_up_class(before)

    effect = compared(
        Graded(scheme=before, rows=rows), Graded(scheme=after, rows=rows), names=[str(row.student) for row in rows]
    )

    totals = dict(zip((str(row.student) for row in rows), totals_of_class(after, rows), strict=True))
    assert all(one.after == totals[one.name].current for one in effect.students)
    assert [abs(one.change) for one in effect.students] == sorted(abs(one.change) for one in effect.students)[::-1]
    assert effect.letters <= effect.changed <= len(rows)


def test_course_points_follow_from_shares() -> None:
    parts = [
        NodeEntry(key="b", label="B", weight=Decimal(25), unit=GradeNode.WeightUnit.SHARE),
        NodeEntry(key="c", label="C", unit=GradeNode.WeightUnit.SHARE),
    ]
    file = GradingFile(nodes=[NodeEntry(key="a", label="A", weight=Decimal(40), parts=parts)])

    assert course_points_of(course(file)) == {"a": 40, "b": 10, "c": None}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([("b", 50, "share"), ("c", 40, "share")], "A: the shares of its parts make 90, not 100"),
        ([("b", 50, "share"), ("c", 40, "course_points")], "A: its parts are weighed partly in course points"),
    ],
)
def test_shares_that_make_no_hundred_keep_a_scheme_from_being_published(
    parts: list[tuple[str, int, str]], sentence: str
) -> None:
    rows = [
        NodeEntry(key=key, label=key, weight=Decimal(weight), unit=GradeNode.WeightUnit(unit))
        for key, weight, unit in parts
    ]
    node = NodeEntry(key="a", label="A", weight=Decimal(100), aggregation=GradeNode.Aggregation.WEIGHTED, parts=rows)

    assert any(problem.sentence.startswith(sentence) for problem in problems_of(course(GradingFile(nodes=[node]))))


def test_an_assessment_that_counts_twice_is_named_by_its_title() -> None:
    nodes = [NodeEntry(key=key, label=key, weight=Decimal(50), assessments=["hw1"]) for key in ("a", "b")]

    assert [problem.sentence for problem in problems_of(course(GradingFile(nodes=nodes)))] == [
        "“Homework 1” is in the scheme 2 times: keep one."
    ]


def test_two_letters_at_one_total_are_found_in_a_draft_too() -> None:
    content = consistent(letters={"A": Decimal(90), "B": Decimal(90)})

    assert [finding.sentence for finding in findings(content)] == ["“A” starts at 90 too; each needs its own."]


@pytest.mark.django_db
class TestVersions:
    """What is kept of a scheme, and when."""

    def test_a_draft_has_none(self) -> None:
        saved(make_content())

        assert not SchemeVersion.objects.exists()

    def test_files_that_publish_a_scheme_make_the_first(self) -> None:
        offering = saved(publish_grading(make_content())).offering

        version = offering.grading_scheme.versions.get()
        assert (version.number, version.published_by) == (1, None)
        assert GradingFile.model_validate(version.content).nodes == make_content().grading.nodes

    def test_each_change_after_that_makes_another(self) -> None:
        saved(publish_grading(make_content()))

        offering = saved(publish_grading(consistent(decimals=1))).offering
        saved(publish_grading(consistent(decimals=1)))

        assert list(offering.grading_scheme.versions.order_by("number").values_list("number", flat=True)) == [1, 2]

    def test_publishing_the_course_publishes_a_scheme_that_adds_up(self) -> None:
        offering = saved(make_content()).offering

        publish(offering, by=person("ines"))

        assert offering.grading_scheme.versions.get().published_by == person("ines")

    def test_a_published_scheme_is_not_taken_back(self) -> None:
        saved(publish_grading(make_content()))

        with pytest.raises(SchemeStaysPublished):
            saved(consistent(decimals=1))

    def test_a_published_scheme_is_not_made_inconsistent_by_files_either(self) -> None:
        saved(publish_grading(make_content()))
        nodes = make_content().grading.nodes[:1]

        with pytest.raises(ContentInvalid, match="The weights make 60, not 100"):
            saved(publish_grading(consistent(nodes=nodes)))

    def test_a_course_that_is_taught_again_begins_with_a_draft(self) -> None:
        target = Target(
            slug="tensors-2027f", term=TermEntry(code="2027f", name="Fall 2027"), section="", weeks=52, no_class={},
            keeps_addresses=True,
        )  # fmt: skip
        saved(publish_grading(make_content()))
        cloned = clone(publish_grading(make_content()), target).content

        offering = saved(cloned).offering

        assert offering.grading_scheme.status == "draft"
        assert not offering.grading_scheme.versions.exists()

    def test_letters_may_exchange_their_bounds(self) -> None:
        saved(consistent(letters={"A": Decimal(90), "B": Decimal(0)}))

        offering = saved(consistent(letters={"B": Decimal(90), "A": Decimal(0)})).offering

        assert content_of(Offering.objects.get(pk=offering.pk)).grading.letters == {"B": 90, "A": 0}
