"""Saving an offering: one transaction, only what differs, and a log of it."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Change, Offering
from coursehub.courses.services import create_roles
from coursehub.publishing import checks, deadlines, writing, writing_grading, writing_schedule, writing_work
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import DateEffect, Difference, date_effects, differences
from coursehub.publishing.errors import (
    AlreadyPublished,
    ChangedMeanwhile,
    ContentInvalid,
    ReasonMissing,
    SchemeStaysPublished,
)
from coursehub.publishing.ordering import in_order
from coursehub.publishing.rows import content_of
from coursehub.publishing.scheme_effects import effect_on
from coursehub.publishing.schemes import problems_of
from grading.gradebook.models import GradingScheme

_WITH_REASON = frozenset({Change.Source.PAGE, Change.Source.API})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done. Nothing differed: nothing was written."""

    offering: Offering
    differences: tuple[Difference, ...]
    date_effects: tuple[DateEffect, ...]


def apply(
    content: OfferingContent,
    *,
    by: User | None,
    source: Change.Source,
    reason: str = "",
    expected_version: int | None = None,
) -> Applied:
    """Make the offering with the content's slug what the content says, and log each change.

    Raises ``ContentInvalid``, ``ReasonMissing``, ``SchemeStaysPublished``, ``StillInUse``, and ``ChangedMeanwhile``
    where the offering is no longer at `expected_version`.
    """
    content = in_order(content)
    if found := checks.findings(content):
        raise ContentInvalid(found)
    with transaction.atomic():
        offering = Offering.objects.select_for_update().filter(slug=content.offering.slug).first()
        if expected_version is not None and (offering is None or offering.version != expected_version):
            raise ChangedMeanwhile
        old = None if offering is None else content_of(offering)
        made = differences(old, content)
        if offering is not None and not made:
            return Applied(offering=offering, differences=(), date_effects=())
        is_shown = offering is not None and offering.status == Offering.Status.PUBLISHED
        published = GradingScheme.Status.PUBLISHED
        alters_published = content.grading.status is published and writing_grading.alters_grades(content, made)
        # Files need no words for most changes; why grades come out otherwise is told to students in any case.
        if is_shown and (source in _WITH_REASON or alters_published) and not reason.strip():
            raise ReasonMissing
        if old is not None and old.grading.status is published and content.grading.status is not published:
            raise SchemeStaysPublished
        if offering is not None:
            _take(offering)
        effect = effect_on(offering, old, content, made) if offering is not None and old is not None else None
        saved = _write(content, old, made, by=by)
        if alters_published:
            writing_grading.keep_version(
                saved.grading_scheme,
                content,
                by=by,
                reason=reason.strip(),
                effect=effect.summary if effect else {},
            )
        effects = date_effects(old, content)
        logged = (*made, *_followed(effects, made, saved.zone)) if old else made[:1]
        _log(saved, logged, by=by, source=source, reason=reason.strip(), is_shown=is_shown)
    return Applied(offering=saved, differences=made, date_effects=effects)


@transaction.atomic
def publish(offering: Offering, *, by: User) -> None:
    """Show a draft to everybody whom its visibility names. Raises ``AlreadyPublished``.

    Its grading is published along where nothing keeps it from that; otherwise it is shown as a draft.
    """
    draft = Offering.objects.filter(pk=offering.pk, status=Offering.Status.DRAFT)
    if draft.update(status=Offering.Status.PUBLISHED, published_at=Now(), version=F("version") + 1) != 1:
        raise AlreadyPublished
    offering.refresh_from_db()
    _publish_grading(offering, by=by)
    published = Difference(
        subject=f"offering:{offering.slug}",
        title="The course",
        before={"status": Offering.Status.DRAFT.value},
        after={"status": Offering.Status.PUBLISHED.value},
        sentence="The course is published.",
    )
    _log(offering, [published], by=by, source=Change.Source.PAGE, reason="", is_shown=False)


def _publish_grading(offering: Offering, *, by: User) -> None:
    content = content_of(offering)
    draft = GradingScheme.objects.filter(offering=offering, status=GradingScheme.Status.DRAFT).first()
    if draft is not None and not problems_of(content):
        GradingScheme.objects.filter(pk=draft.pk).update(status=GradingScheme.Status.PUBLISHED)
        writing_grading.keep_version(draft, content, by=by, reason="", effect={})


def _take(offering: Offering) -> None:
    # Where select_for_update is not to be had, this is what the second of two savers meets.
    taken = Offering.objects.filter(pk=offering.pk, version=offering.version)
    if taken.update(version=F("version") + 1) != 1:
        raise ChangedMeanwhile


def _write(
    content: OfferingContent, old: OfferingContent | None, made: Iterable[Difference], *, by: User | None
) -> Offering:
    touched = frozenset(difference.subject for difference in made)
    offering = writing.offering_row(content.offering)
    create_roles(offering)
    who = writing.people(offering, content.offering)
    writing.texts(offering, content, who.cohorts, touched=touched)
    scheduled = writing_schedule.schedule(offering, content, who, touched=touched)
    work = writing_work.assessments(offering, content, old, who, scheduled, touched=touched)
    writing_grading.grading(offering, content, work, touched=touched)
    deadlines.written(offering, content, work)
    writing.assumptions(offering, content, by=by)
    writing_work.remove(work)
    writing_schedule.remove(scheduled)
    writing.remove_people(who)
    deadlines.announce_moves(content, old, work.rows, touched=touched)
    offering.refresh_from_db()
    return offering


def _followed(effects: Iterable[DateEffect], made: Iterable[Difference], zone: ZoneInfo) -> Iterator[Difference]:
    """Return a difference for each date that moved along with an event, so that the history names it too."""
    said = {(difference.subject, name) for difference in made for name in difference.after or {}}
    for effect in effects:
        subject = f"assessment:{effect.assessment}"
        if (subject, effect.which) not in said:
            yield Difference(
                subject=subject,
                title=effect.title,
                before={effect.which: _wall(effect.before, zone)},
                after={effect.which: _wall(effect.after, zone)},
                sentence=f"A date of {effect.title} follows.",
            )


def _wall(moment: dt.datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _log(
    offering: Offering,
    made: Iterable[Difference],
    *,
    by: User | None,
    source: Change.Source,
    reason: str,
    is_shown: bool,
) -> None:
    batch = uuid.uuid4()
    Change.objects.bulk_create(
        Change(
            offering=offering,
            batch=batch,
            subject=difference.subject[:160],
            title=difference.title[:200],
            before=difference.before,
            after=difference.after,
            reason=reason,
            is_shown=is_shown,
            source=source,
            made_by=by,
        )
        for difference in made
    )
