"""How a row of the grading table counts, and the totals as a whole, in sentences for students.

What nobody has said is not said here either: of a draft only what stands in it is told.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from coursehub.web import words
from grading.engine.points import told
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule

UNSAID = "How these count together is TBD."
_WAYS = {
    GradeNode.Aggregation.POINTS: "All points earned, of all points possible: the points of its parts are added up.",
    GradeNode.Aggregation.MEAN: "The mean of the percentages of its parts: each counts the same.",
    GradeNode.Aggregation.WEIGHTED: "The percentages of its parts by their weights.",
    GradeNode.Aggregation.COURSE_POINTS: "The course points of its parts are added up.",
    GradeNode.Aggregation.UNSAID: UNSAID,
}


def sentences_of(node: GradeNode, *, parts: int, is_published: bool) -> Iterator[str]:
    """Yield how a row counts; `parts` is how many assessments and rows stand in it."""
    rule: ParticipationRule | None = getattr(node, "rule", None)
    if rule is not None:
        yield from _of_rule(rule, has_description=bool(node.description), is_published=is_published)
    elif parts > 1:
        yield _WAYS[GradeNode.Aggregation(node.aggregation)]
    yield from _of_drops(node)
    if node.expected_count and not rule:
        yield f"{words.sentence_case(words.counted(node.expected_count))} are planned."
    if node.cap is not None:
        yield f"It reaches {told(Fraction(node.cap))}% at most."


def sentences_of_totals(scheme: GradingScheme, *, has_letters: bool) -> tuple[str, ...]:
    """Return how totals are shown and letters are read; nothing while the scheme is a draft."""
    if scheme.status != GradingScheme.Status.PUBLISHED:
        return ()
    places = "whole numbers" if scheme.decimals == 0 else words.plural(scheme.decimals, "decimal")
    found = [f"Totals are computed exactly and rounded once, to {places}; a half is rounded up."]
    if has_letters:
        read = "as it is shown" if scheme.letter_on == GradingScheme.LetterOn.ROUNDED else "before it is rounded"
        found.append(f"The number itself is enough for a letter, which is read from the total {read}.")
    if scheme.cap is not None:
        found.append(f"No total is higher than {told(Fraction(scheme.cap))}.")
    found.append(
        "What is not handed in does not count until somebody marks it as missing; then it counts as 0."
        if scheme.missing_is_pending
        else "What is not handed in counts as 0 once it cannot be handed in any more."
    )
    return tuple(found)


def _of_drops(node: GradeNode) -> Iterator[str]:
    lowest, highest = node.drop_lowest, node.drop_highest
    if lowest and highest:
        low = "the lowest" if lowest == 1 else f"the {words.counted(lowest)} lowest"
        high = "the highest" if highest == 1 else f"the {words.counted(highest)} highest"
        yield f"{words.sentence_case(low)} and {high} are dropped."
    elif lowest:
        many = words.sentence_case(words.counted(lowest))
        those = "is dropped: the one" if lowest == 1 else "are dropped: those"
        yield f"{many} {those} without which the rest is worth most."
    elif highest:
        many = "The highest is" if highest == 1 else f"The {words.counted(highest)} highest are"
        yield f"{many} dropped."


def _of_rule(rule: ParticipationRule, *, has_description: bool, is_published: bool) -> Iterator[str]:
    what = rule.get_metric_display().lower()
    if rule.threshold:
        yield f"{words.sentence_case(words.counted(rule.threshold))} {what} earn full credit."
    elif not has_description and rule.below != ParticipationRule.Below.RATIO:
        yield f"Counted: {what}."
    match rule.below:
        case ParticipationRule.Below.LINEAR:
            yield "Fewer earn their part of it."
        case ParticipationRule.Below.STEP:
            yield "Fewer earn nothing."
        case ParticipationRule.Below.RATIO:
            yield f"What counts is the part of all there were: {what}."
    if rule.bonus_top:
        worth = rule.bonus_course_points
        bonus = f"{told(Fraction(worth))} points extra" if isinstance(worth, Decimal) else "extra credit"
        yield f"The {words.counted(rule.bonus_top)} most active get {bonus}."
        if is_published:
            yield (
                "All who are level with the last of them get it too."
                if rule.ties == ParticipationRule.Ties.INCLUDE
                else "Nobody who is level with the last of them and one more gets it."
            )
    if is_published:
        shrinks = "lowers the number asked for" if rule.excused_shrinks else "does not change the number asked for"
        yield f"What is excused {shrinks}."
