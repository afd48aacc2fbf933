"""Modules: what each aims at, what it is made of, what is done in it; and every way of grouping them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.access import Viewer
from coursehub.schedule.models import Module, ModuleGrouping, Outcome
from coursehub.web.moments import Moment, day, hours
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.materials import MaterialGroup, material_groups
from coursehub.web.pages.work import url_if_open
from grading.assessments.models import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleEvent:
    """When a module is dealt with."""

    title: str
    day: Moment | None
    time: str
    week: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCard:
    """One module with everything in it."""

    id: str
    number: int
    title: str
    url: str
    summary: SafeString
    groups: tuple[str, ...]
    goals: tuple[SafeString, ...]
    objectives: tuple[SafeString, ...]
    materials: tuple[MaterialGroup, ...]
    events: tuple[ModuleEvent, ...]
    work: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleGroup:
    """Modules that belong together in one way of grouping."""

    id: str
    label: str
    title: str
    description: SafeString
    modules: tuple[ModuleCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way of grouping, and the way to see the page in it."""

    label: str
    url: str
    current: bool
    groups: tuple[ModuleGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesPage:
    """All modules, in the way of grouping that is chosen."""

    frame: Frame
    heading: str
    intro: str
    schemes: tuple[Scheme, ...]
    chosen: Scheme | None
    loose: tuple[ModuleCard, ...]
    """Modules outside the chosen way of grouping; all of them where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePage:
    """One module."""

    frame: Frame
    module: ModuleCard
    previous: Link | None
    next: Link | None


def modules_page(
    viewer: Viewer,
    modules: Sequence[Module],
    groupings: Sequence[ModuleGrouping],
    assessments: Sequence[Assessment],
    *,
    scheme: str,
    now: datetime,
) -> ModulesPage:
    """Build the page; `scheme` names the way of grouping, the first one where it is empty or there is no such."""
    names = list(dict.fromkeys(row.scheme for row in groupings))
    chosen = scheme if scheme in names else next(iter(names), "")
    cards = {module.pk: module_card(viewer, module, assessments, now=now, under=chosen) for module in modules}
    here = reverse("modules", args=[viewer.offering.slug])
    schemes = tuple(
        Scheme(
            label=f"By {name.replace('-', ' ').replace('_', ' ')}",
            url=f"{here}?by={name}",
            current=name == chosen,
            groups=tuple(_group(row, cards) for row in groupings if row.scheme == name),
        )
        for name in names
    )
    current = next((row for row in schemes if row.current), None)
    grouped = {card.id for group in (current.groups if current else ()) for card in group.modules}
    return ModulesPage(
        frame=course_frame(
            viewer.offering,
            viewer.capabilities,
            title=f"Modules · {viewer.offering.course.title}",
            place="modules",
            crumbs=(Link(label="Modules", url="", current=True),),
            viewer=viewer,
        ),
        heading="Modules",
        intro=f"{viewer.offering.course.code} · {viewer.offering.term}",
        schemes=schemes,
        chosen=current,
        loose=tuple(card for card in cards.values() if card.id not in grouped),
    )


def module_page(
    viewer: Viewer, modules: Sequence[Module], assessments: Sequence[Assessment], *, key: str, now: datetime
) -> ModulePage:
    """Build the page of one module. Raises ``Module.DoesNotExist``."""
    place = next((index for index, module in enumerate(modules) if module.key == key), None)
    if place is None:
        raise Module.DoesNotExist
    module = modules[place]
    slug = viewer.offering.slug
    return ModulePage(
        frame=course_frame(
            viewer.offering,
            viewer.capabilities,
            title=f"Module {module.number} · {viewer.offering.course.title}",
            place="modules",
            crumbs=(
                Link(label="Modules", url=reverse("modules", args=[slug])),
                Link(label=f"Module {module.number}", url="", current=True),
            ),
            viewer=viewer,
        ),
        module=module_card(viewer, module, assessments, now=now),
        previous=_beside(slug, modules[place - 1]) if place else None,
        next=_beside(slug, modules[place + 1]) if place + 1 < len(modules) else None,
    )


def module_card(
    viewer: Viewer, module: Module, assessments: Sequence[Assessment], *, now: datetime, under: str = ""
) -> ModuleCard:
    """Return one module; `under` is the way of grouping whose headings already say where it belongs."""
    outcomes = list(module.outcomes.all())
    return ModuleCard(
        id=f"module-{module.number}",
        number=module.number,
        title=module.title,
        url=reverse("module", args=[viewer.offering.slug, module.key]),
        summary=to_safe_html(module.summary_md),
        groups=tuple(str(group) for group in module.groupings.all() if group.scheme != under),
        goals=tuple(to_safe_html(row.text_md) for row in outcomes if row.kind == Outcome.Kind.GOAL),
        objectives=tuple(to_safe_html(row.text_md) for row in outcomes if row.kind == Outcome.Kind.OBJECTIVE),
        materials=material_groups(list(module.material_links.all()), with_notes=not under),
        events=tuple(
            ModuleEvent(
                title=event.title,
                day=day(event.date, now=now) if event.date else None,
                time=hours(event.start_time, event.end_time),
                week=f"Week {event.week.number}" if event.week else "",
            )
            for event in module.events.all()
        ),
        work=tuple(
            Link(label=assessment.title, url=url_if_open(viewer, assessment, now=now))
            for assessment in assessments
            if any(row.pk == module.pk for row in assessment.modules.all())
        ),
    )


def _group(row: ModuleGrouping, cards: dict[int, ModuleCard]) -> ModuleGroup:
    return ModuleGroup(
        id=f"{row.scheme}-{row.number}",
        label=f"{row.scheme.replace('-', ' ').replace('_', ' ').capitalize()} {row.number}",
        title=row.title,
        description=to_safe_html(row.description_md),
        modules=tuple(cards[module.pk] for module in row.modules.all() if module.pk in cards),
    )


def _beside(slug: str, module: Module) -> Link:
    return Link(label=f"Module {module.number}: {module.title}", url=reverse("module", args=[slug, module.key]))
