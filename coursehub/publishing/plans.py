"""What loading a content would do, said before it is done."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from coursehub.courses.models import Offering
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import DateEffect, date_effects, differences
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import Entry
from coursehub.publishing.scheme_effects import SchemeEffect, effect_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen to one offering."""

    slug: str
    is_new: bool
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The plan as lines."""
        if not self.sentences:
            return f"{self.slug}: nothing changes."
        state = "is new" if self.is_new else "changes"
        return "\n".join([f"{self.slug} {state}:", *(f"  {sentence}" for sentence in self.sentences)])


def plan_for(content: OfferingContent) -> Plan:
    """Return what loading a content would do to the offering with its slug. Of a new one, only the numbers."""
    offering = Offering.objects.filter(slug=content.offering.slug).first()
    old = None if offering is None else content_of(offering)
    made = differences(old, content)
    if old is None:
        kinds = Counter(difference.subject.partition(":")[0].replace("_", " ") for difference in made)
        return Plan(
            slug=content.offering.slug,
            is_new=True,
            sentences=tuple(f"{kind}: {count}" for kind, count in kinds.items()),
        )
    effects = date_effects(old, content)
    on_class = effect_on(offering, old, content, made) if offering is not None else None
    return Plan(
        slug=content.offering.slug,
        is_new=False,
        sentences=(
            *(difference.sentence for difference in made),
            *(effect_sentence(effect) for effect in effects),
            *(scheme_sentences(on_class) if on_class else ()),
        ),
    )


def scheme_sentences(effect: SchemeEffect) -> list[str]:
    """Say what becomes of each student whose current total or letter changes, the biggest change first."""
    found = [
        f"Of {len(effect.students)} current totals {effect.changed} change, and {effect.letters} "
        f"{'letter' if effect.letters == 1 else 'letters'}."
    ]
    for one in effect.students:
        if one.is_changed:
            before, after = (
                "none" if total is None else f"{scheme.shown(total):f}"
                for scheme, total in ((effect.before, one.before), (effect.after, one.after))
            )
            letters = f" ({one.before_letter} → {one.after_letter})" if one.before_letter != one.after_letter else ""
            found.append(f"  {one.name}: the total was {before}, is now {after}{letters}.")
    return found


def effect_sentence(effect: DateEffect) -> str:
    """Say which date follows, from when to when."""
    before, after = (
        "to be announced" if moment is None else f"{moment:%a %d %b %Y, %H:%M}"
        for moment in (effect.before, effect.after)
    )
    return f"“{effect.title}” follows: its {effect.which} date was {before}, is now {after}."


def in_loading_order(contents: Sequence[OfferingContent]) -> list[OfferingContent]:
    """Return contents so that each comes after the one that it names as its previous."""
    waiting = {content.offering.slug: content for content in contents}
    ordered: list[OfferingContent] = []

    def take(content: OfferingContent) -> None:
        if waiting.pop(content.offering.slug, None) is None:
            return
        if (previous := waiting.get(content.offering.previous or "")) is not None:
            take(previous)
        ordered.append(content)

    for content in contents:
        take(content)
    return ordered


def contradictions(contents: Sequence[OfferingContent]) -> list[str]:
    """Return what folders say differently about the term, course or university that they share."""
    said: dict[tuple[str, ...], tuple[Entry, str]] = {}
    found: list[str] = []
    for content in contents:
        file = content.offering
        for where, entry in (
            (("organization", file.organization.slug), file.organization),
            (("term", file.organization.slug, file.term.code), file.term),
            (("course", file.organization.slug, file.course.code), file.course),
        ):
            first, slug = said.setdefault(where, (entry, file.slug))
            if first != entry:
                found.append(f"{file.slug} and {slug} say different things about the {where[0]} “{where[-1]}”.")
    return found
