"""What holds for every scheme and every class."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from grading.engine.class_totals import totals_of_class
from grading.engine.goals import Answer, Assumption, needed
from grading.engine.items import ItemState, ItemValue
from grading.engine.nodes import Mode
from grading.engine.rows import StudentRow, bonuses
from grading.engine.scheme import Aggregation, Item, Node, Scheme
from grading.engine.totals import mode_sum, totals_of
from grading.engine.trace import traced
from tests.engine.building import MISSING, both, item, node, row, scheme
from tests.engine.strategies import graded, rows, schemes

calm = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
WAYS = some.sampled_from([Aggregation.POINTS, Aggregation.MEAN, Aggregation.WEIGHTED])
WORKS = some.lists(some.tuples(some.integers(0, 30), some.integers(1, 30)), min_size=2, max_size=7)


def one_node(way: Aggregation, works: list[tuple[int, int]], **fields: int) -> tuple[Scheme, StudentRow]:
    children = [item(f"i{at}", most, weight=str(at + 1)) for at, (_, most) in enumerate(works)]
    return scheme(node("work", way, *children, **fields)), row({f"i{at}": score for at, (score, _) in enumerate(works)})


@settings(calm, max_examples=150)
@given(some.data())
def test_the_fast_way_equals_the_traced_way_exactly(data: some.DataObject) -> None:
    of = data.draw(schemes())
    students = [data.draw(rows(of, student)) for student in range(data.draw(some.integers(1, 3)))]
    extra = bonuses(of, students)

    slow = [totals_of(of, student, bonuses=extra.get(student.student, ())) for student in students]

    assert totals_of_class(of, students) == slow
    for totals, student in zip(slow, students, strict=True):
        assert traced(of, student, bonuses=extra.get(student.student, ())).total == totals.current


@settings(calm, max_examples=100)
@given(graded(), some.sampled_from(Mode))
def test_the_components_of_a_trace_make_its_total_exactly(given_: tuple[Scheme, StudentRow], mode: Mode) -> None:
    trace = traced(*given_, mode=mode)

    assert sum(trace.components(), Fraction(0)) == (trace.total or 0)
    for top in trace.nodes:
        assert_adds_up(top)


def assert_adds_up(trace) -> None:
    if trace.children:
        parts = sum((child.contribution for child in trace.children), trace.cap_effect)
        assert parts == trace.contribution
    for child in trace.children:
        if hasattr(child, "children"):
            assert_adds_up(child)


@settings(calm, max_examples=100)
@given(graded(publishable=True), some.data())
def test_a_better_score_never_lowers_anything(given_: tuple[Scheme, StudentRow], data: some.DataObject) -> None:
    of, student = given_
    scored = [key for key, value in student.items.items() if value.state is ItemState.SCORED]
    assume(scored)
    key = data.draw(some.sampled_from(scored))
    before = totals_of(of, student)

    points = student.items[key].points + data.draw(some.fractions(0, 10, max_denominator=6))
    after = totals_of(of, student.with_item(key, ItemValue.scored(points)))

    assert after.floor >= before.floor
    assert after.ceiling >= before.ceiling
    assert (after.current or 0) >= (before.current or 0)


@calm
@given(graded(publishable=True))
def test_the_floor_is_never_above_the_ceiling_and_they_meet_once_nothing_is_pending(
    given_: tuple[Scheme, StudentRow],
) -> None:
    totals = totals_of(*given_)

    assert totals.floor <= totals.ceiling
    if totals.is_settled:
        assert totals.floor == totals.ceiling
        assert totals.current in {None, totals.floor}
        assert totals.final == totals.current
    else:
        assert totals.final is None


@calm
@given(WAYS, WORKS, some.integers(0, 5))
def test_without_extra_credit_the_current_total_of_a_node_lies_between(
    way: Aggregation, works: list[tuple[int, int]], pending: int
) -> None:
    of, student = one_node(way, [(min(pair), max(pair)) for pair in works])
    pending_key = f"i{pending % len(works)}"
    student = student.with_item(pending_key, ItemValue.without_score(ItemState.NOT_DUE))

    totals = both(of, student)

    assert totals.floor <= totals.current <= totals.ceiling


@calm
@given(WAYS, WORKS, some.integers(0, 8), some.booleans())
def test_dropping_never_lowers(way: Aggregation, works: list[tuple[int, int]], drops: int, stays: bool) -> None:
    of, student = one_node(way, works)
    first = replace(of.nodes[0].children[0], droppable=not stays)
    work = replace(of.nodes[0], children=(first, *of.nodes[0].children[1:]))

    assert both(scheme(replace(work, drop_lowest=drops)), student).floor >= both(scheme(work), student).floor


@calm
@given(graded(alternatives=False), some.randoms())
def test_the_order_of_children_does_not_matter(given_: tuple[Scheme, StudentRow], random) -> None:
    of, student = given_

    def shuffled(child: Item | Node) -> Item | Node:
        if isinstance(child, Item):
            return child
        children = [shuffled(each) for each in child.children]
        random.shuffle(children)
        return replace(child, children=tuple(children))

    nodes = [shuffled(each) for each in of.nodes]
    random.shuffle(nodes)

    assert totals_of(replace(of, nodes=tuple(nodes)), student) == totals_of(of, student)


@calm
@given(WAYS, WORKS)
def test_excusing_what_lies_below_a_node_raises_it(way: Aggregation, works: list[tuple[int, int]]) -> None:
    of, student = one_node(way, works)
    total = both(of, student).floor
    low = [at for at, (score, most) in enumerate(works) if Fraction(score, most) * 100 < total]
    assume(low)

    excused = student.with_item(f"i{low[0]}", ItemValue.without_score(ItemState.EXCUSED))

    assert both(of, excused).floor > total


@calm
@given(WORKS, some.integers(1, 9))
def test_scaling_all_maxima_leaves_a_mean_unchanged(works: list[tuple[int, int]], times: int) -> None:
    larger = [(score * times, most * times) for score, most in works]

    assert both(*one_node(Aggregation.MEAN, works)).floor == both(*one_node(Aggregation.MEAN, larger)).floor


@calm
@given(WORKS, some.integers(0, 30), some.integers(0, 29))
def test_splitting_an_item_leaves_a_sum_of_points_unchanged(
    works: list[tuple[int, int]], first_score: int, first_most: int
) -> None:
    score, most = works[0]
    first_score, first_most = min(first_score, score), min(first_most, most - 1)
    assume(first_most)

    split = [(first_score, first_most), (score - first_score, most - first_most), *works[1:]]

    assert both(*one_node(Aggregation.POINTS, split)).floor == both(*one_node(Aggregation.POINTS, works)).floor


@settings(calm, max_examples=40)
@given(some.data(), some.sampled_from(Assumption), some.integers(1, 110))
def test_the_score_that_is_needed_is_the_lowest_that_is_enough(
    data: some.DataObject, assumption: Assumption, target: int
) -> None:
    of = data.draw(schemes(publishable=True))
    student = data.draw(rows(of))
    askable = [each for each in of.items() if each.max_points]
    assume(askable)
    asked = data.draw(some.sampled_from(askable))
    student = student.with_item(asked.key, ItemValue.without_score(ItemState.NOT_DUE))

    need = needed(of, student, asked.key, target=Decimal(target), assumption=assumption)

    reached = Fraction(of.shown(need.total)) if of.letter_on == "rounded" else need.total
    assert (reached >= target) == (need.answer is not Answer.IMPOSSIBLE)
    if assumption is Assumption.FLOOR and need.points is not None:
        given_score = student.with_item(asked.key, ItemValue.scored(need.points))
        assert max(Fraction(0), need.total) == max(
            Fraction(0), mode_sum(of, given_score, Mode.FLOOR).total or need.total
        )
        if need.answer is Answer.NEEDED:
            less = student.with_item(asked.key, ItemValue.scored(need.points - asked.granularity))
            below = totals_of(of, less).floor
            assert (Fraction(of.shown(below)) if of.letter_on == "rounded" else below) < target


def test_missing_work_can_be_what_is_dropped() -> None:
    of, student = one_node(Aggregation.MEAN, [(10, 10), (5, 10)], drop_lowest=1)

    assert both(of, student.with_item("i0", MISSING)).floor == 50
