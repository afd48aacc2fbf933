"""What differs between two contents of one offering, in words and as data; and which dates follow."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.moments import moments_of, spec_of
from coursehub.publishing.ordering import in_order
from coursehub.publishing.schema import Anchor, GradingFile
from coursehub.publishing.subjects import Thing, grading_things, orders_of, things_of

_MOST_SHOWN = 60
_WORDS = {
    "body_md": "the text",
    "details": "the details",
    "start": "the beginning",
    "end": "the end",
    "online_url": "the online address",
    "due": "the due date",
    "closes": "the closing date",
    "release": "the release",
    "max_points": "the points",
    "ai_disclosure": "the disclosure of AI",
    "url": "the address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs. Of a changed thing, the two mappings hold only the fields that changed."""

    subject: str
    """Its type and key: ``event:lecture-5``. ``events:order`` is the order of a collection."""
    title: str
    before: Mapping[str, Any] | None
    """None: it is added."""
    after: Mapping[str, Any] | None
    """None: it is removed."""
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DateEffect:
    """A date of an assessment that follows an event and is now another."""

    assessment: str
    title: str
    which: str
    """``release``, ``due``, ``closes`` or ``solutions``."""
    before: dt.datetime | None
    after: dt.datetime | None


def differences(old: OfferingContent | None, new: OfferingContent) -> tuple[Difference, ...]:
    """Return what differs, in the order of the pages; everything is added where there was nothing."""
    new = in_order(new)
    things = things_of(new)
    if old is None:
        return tuple(_added(thing) for thing in things.values())
    old = in_order(old)
    made = _between(things_of(old), things)
    return (*made, *_reordered(orders_of(old), orders_of(new), {difference.subject for difference in made}))


def grading_differences(old: GradingFile, new: GradingFile) -> tuple[Difference, ...]:
    """Return what differs between two versions of a grading table, its order apart."""
    were, are = ({thing.subject: thing for thing in grading_things(file)} for file in (old, new))
    return tuple(_between(were, are))


def points_differences(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> tuple[Difference, ...]:
    """Return which assessments are worth other points in one version of a scheme than in another, as both keep them.

    A version that knows of no points, because it was kept before they were, differs in none.
    """
    return tuple(
        Difference(
            subject=f"assessment:{key}",
            title=f"Assessment “{entry['title']}”",
            before={"max_points": old[key]["max_points"]},
            after={"max_points": entry["max_points"]},
            sentence=f"{entry['title']}: {_said('max_points', old[key]['max_points'], entry['max_points'])}.",
        )
        for key, entry in new.items()
        if key in old and old[key]["max_points"] != entry["max_points"]
    )


def date_effects(old: OfferingContent | None, new: OfferingContent) -> tuple[DateEffect, ...]:
    """Return the dates of assessments that follow an event and move with it."""
    if old is None:
        return ()
    before, after = moments_of(old), moments_of(new)
    return tuple(
        DateEffect(
            assessment=key,
            title=new.assessments[key].title,
            which=which,
            before=before[key, which],
            after=moment,
        )
        for (key, which), moment in after.items()
        if isinstance(spec_of(new.assessments[key], which), Anchor)
        and (key, which) in before
        and before[key, which] != moment
    )


def _between(were: Mapping[str, Thing], things: Mapping[str, Thing]) -> list[Difference]:
    found = [
        _added(thing) if (was := were.get(subject)) is None else _changed(was, thing)
        for subject, thing in things.items()
    ]
    found += [_removed(was) for subject, was in were.items() if subject not in things]
    return [difference for difference in found if difference is not None]


def _added(thing: Thing) -> Difference:
    fields = {name: value for name, value in thing.fields.items() if value not in (None, "", [], False)}
    return Difference(
        subject=thing.subject, title=thing.title, before=None, after=fields, sentence=f"{thing.title} is added."
    )


def _removed(was: Thing) -> Difference:
    fields = {name: value for name, value in was.fields.items() if value not in (None, "", [], False)}
    return Difference(
        subject=was.subject, title=was.title, before=fields, after=None, sentence=f"{was.title} is removed."
    )


def _changed(was: Thing, thing: Thing) -> Difference | None:
    names = [name for name, value in thing.fields.items() if was.fields[name] != value]
    if not names:
        return None
    said = "; ".join(_said(name, was.fields[name], thing.fields[name]) for name in names)
    return Difference(
        subject=thing.subject,
        title=thing.title,
        before={name: was.fields[name] for name in names},
        after={name: thing.fields[name] for name in names},
        sentence=f"{thing.title}: {said}.",
    )


def _said(name: str, before: Any, after: Any) -> str:
    words = _WORDS.get(name, f"the {name.replace('_', ' ')}")
    if not (_is_short(before) and _is_short(after)):
        return f"{words} changes"
    return f"{words} was {_shown(before)}, is now {_shown(after)}"


def _is_short(value: Any) -> bool:
    return not isinstance(value, (list, dict)) and len(str(value)) <= _MOST_SHOWN and "\n" not in str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "empty" if value in (None, "") else f"“{value}”"


def _reordered(
    old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]], changed: Collection[str]
) -> list[Difference]:
    found = []
    for collection, keys in new.items():
        stays = [key for key in keys if key in set(old[collection])]
        stood = [key for key in old[collection] if key in set(keys)]
        # An event that moves takes another place among the others: that is no second change.
        moved = collection == "events" and any(subject.startswith("event:") for subject in changed)
        if stays != stood and not moved:
            words = collection.replace("_", " ")
            found.append(
                Difference(
                    subject=f"{collection}:order",
                    title=f"The order of the {words}",
                    before={"order": stood},
                    after={"order": stays},
                    sentence=f"The {words} stand in another order.",
                )
            )
    return found
