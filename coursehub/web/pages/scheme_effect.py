"""What a change of the grading scheme does to a class, as the confirming page shows it."""

from dataclasses import dataclass

from coursehub.publishing.scheme_effects import SchemeEffect, StudentEffect
from coursehub.web import words

BIGGEST_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """One student's total before and after."""

    name: str
    before: str
    after: str
    change: str
    letters: str
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPanel:
    """What a change of the scheme does to the class."""

    sentence: str
    biggest: tuple[EffectLine, ...]
    others: tuple[EffectLine, ...]
    has_letters: bool


def effect_panel(effect: SchemeEffect, *, names_students: bool) -> EffectPanel:
    """Say what a change does to the class, the biggest changes first; who may not see grades reads only how many."""
    lines = [_effect_line(one, effect) for one in effect.students] if names_students else []
    letters = words.plural(effect.letters, "letter")
    sentence = (
        f"{effect.changed} of {words.plural(len(effect.students), 'current total')} "
        f"{'changes' if effect.changed == 1 else 'change'}, and {letters}."
        if effect.changed
        else f"None of {words.plural(len(effect.students), 'current total')} changes."
    )
    return EffectPanel(
        sentence=sentence,
        biggest=tuple(line for line in lines[:BIGGEST_SHOWN] if line.is_changed),
        others=tuple(line for at, line in enumerate(lines) if at >= BIGGEST_SHOWN or not line.is_changed),
        has_letters=bool(effect.before.letters or effect.after.letters),
    )


def _effect_line(one: StudentEffect, effect: SchemeEffect) -> EffectLine:
    before = "no total yet" if one.before is None else f"{effect.before.shown(one.before):f}"
    after = "no total yet" if one.after is None else f"{effect.after.shown(one.after):f}"
    moved = effect.after.shown(one.change)
    sign = "+" if moved > 0 else words.MINUS if moved < 0 else ""
    letters = one.before_letter or words.DASH
    if one.before_letter != one.after_letter:
        letters = f"{letters} → {one.after_letter or words.DASH}"
    return EffectLine(
        name=one.name,
        before=before,
        after=after,
        change=f"{sign}{abs(moved):f}" if moved else words.DASH,
        letters=letters,
        is_changed=one.is_changed,
    )
