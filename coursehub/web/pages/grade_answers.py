"""Answers to what somebody asks of their own grades: hypothetical, and said to be."""

from dataclasses import dataclass, replace
from fractions import Fraction

from coursehub.web import words
from coursehub.web.grade_forms import AskForm
from coursehub.web.pages import own_words
from coursehub.web.pages.grade_totals import TotalsPart, totals_part
from coursehub.web.words import Look
from grading.engine.goals import Answer, Assumption
from grading.engine.points import told
from grading.gradebook.own import OwnGrades
from grading.gradebook.own_questions import Goal, items_of, needed_for, pending_of, totals_if

_LOOKS = {
    Answer.REACHED: Look(key="passed", mark="✓", word="Already safe"),
    Answer.NEEDED: Look(key="running", mark="→", word="Within reach"),
    Answer.IMPOSSIBLE: Look(key="failed", mark="✗", word="Out of reach"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPart:
    """What a goal asks for."""

    look: Look
    sentence: str
    assumption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A field that cannot be taken, and why."""

    field: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What follows from what was asked. Nothing of it is stored."""

    problems: tuple[Problem, ...]
    totals: TotalsPart | None
    tried: str
    """Which scores are tried out."""
    need: NeedPart | None


def answers_to(grades: OwnGrades, form: AskForm) -> Answers | None:
    """Return the answers, or None where nothing is asked."""
    if not form.is_asked or grades.scheme is None:
        return None
    if not form.is_valid():
        problems = tuple(
            Problem(field=form[name].auto_id, label=str(form[name].label), sentence=" ".join(map(str, errors)))
            for name, errors in form.errors.items()
            if name in form.fields
        )
        return Answers(problems=problems, totals=None, tried="", need=None)
    scores, goal = form.scores(), form.goal()
    titles = {item.key: item.title for item in items_of(grades)}
    totals = totals_if(grades, scores) if scores else None
    return Answers(
        problems=(), totals=totals_part(grades.scheme, totals, before=grades.totals) if totals else None,
        tried=words.listed([f"{told(Fraction(points))} on {titles[key]}" for key, points in scores.items()]),
        need=_need(grades, form, goal) if goal else None,
    )  # fmt: skip


def _need(grades: OwnGrades, form: AskForm, goal: Goal) -> NeedPart | None:
    scores = form.scores()
    need = needed_for(grades, goal, scores)
    if need is None or grades.scheme is None:
        return None
    decimals = grades.scheme.decimals
    item = next(item for item in pending_of(grades) if item.key == goal.item)
    wanted = f"a total of {told(Fraction(goal.total))}" if goal.total is not None else f"the letter {goal.letter}"
    sentence = own_words.need_sentence(
        need, title=item.title, most=Fraction(item.max_points), goal=wanted, decimals=decimals
    )
    if need.answer is Answer.IMPOSSIBLE and goal.assumption is not Assumption.CEILING:
        best = needed_for(grades, replace(goal, assumption=Assumption.CEILING), scores)
        if best is not None and best.answer is Answer.IMPOSSIBLE:
            most = own_words.shown(best.total, decimals)
            sentence += f" Full marks on everything that is pending make {most}."
        elif best is not None:
            sentence += " It can be reached with full marks on everything else that is pending."
    return NeedPart(
        look=_LOOKS[need.answer], sentence=sentence, assumption=_assumption(goal.assumption, given=bool(scores))
    )


def _assumption(assumption: Assumption, *, given: bool) -> str:
    taken = " and that you get the scores that you typed above" if given else ""
    return f"This assumes that {own_words.ASSUMED[assumption]}{taken}."
