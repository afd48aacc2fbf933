"""The grade book: all students by all items. Its rows are made here, not by a template: there can be thousands."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grade_words import cell_text
from coursehub.web.pages.staff import Pager
from grading.assessments.models import Assessment
from grading.engine.points import rounded
from grading.gradebook.overview import BY_NAME, BY_TOTAL, STATES, Overview, OverviewRow, Wish

STATE_WORDS: Mapping[str, str] = {
    "ungraded": "Something waits for a grade", "missing": "Something is missing", "excused": "Something is excused",
    "zeroed": "Something is set to zero", "overridden": "Something is set by hand", "late": "Something was late",
    "held": "Something is held back",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column: what it is, where its own page is, and how to sort by it."""

    title: str
    detail: str
    url: str
    sort_url: str
    sorted: str
    """``ascending`` or ``descending`` where the table is sorted by it, else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to choose in a list."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeBookPage:
    """One page of the grade book."""

    frame: Frame
    summary: str
    notes: tuple[str, ...]
    name_heading: Heading
    total_heading: Heading
    node_headings: tuple[Heading, ...]
    item_headings: tuple[Heading, ...]
    rows: SafeString
    text: str
    sections: tuple[Choice, ...]
    states: tuple[Choice, ...]
    sort: str
    falling: str
    is_filtered: bool
    pager: Pager
    url: str
    links: tuple[Link, ...]
    may_edit: bool
    bulk_url: str
    bulk_key: str
    bulk_order: str
    """The items in the order in which each row tells the versions of its cells."""
    bulk_items: tuple[Choice, ...]


def grade_book_page(found: Overview, may: Collection[Capability], *, wish: Wish, key: str) -> GradeBookPage:
    """Build the page; `key` is a fresh idempotency key for what is done to several students at once."""
    offering = found.offering
    url = reverse("gradebook", args=[offering.slug])
    may_edit = Capability.EDIT_GRADES in may
    nodes = found.scheme.nodes if found.scheme and not found.obstacles else ()
    frame = course_frame(
        offering, may, title="Grade book", place="gradebook",
        crumbs=(Link(label="Grade book", url="", current=True),),
    )  # fmt: skip
    links = [Link(label="At risk", url=reverse("gradebook_at_risk", args=[offering.slug]))]
    links.append(Link(label="Export", url=reverse("exports", args=[offering.slug])))
    if Capability.EDIT_GRADES in may:
        links.append(Link(label="Import", url=reverse("grade_import", args=[offering.slug])))
    if Capability.VIEW_AUDIT in may:
        links.append(Link(label="Audit", url=reverse("gradebook_audit", args=[offering.slug])))
    return GradeBookPage(
        frame=frame, summary=_summary(found), notes=found.obstacles,
        name_heading=_heading(wish, url, "Student", BY_NAME),
        total_heading=_heading(wish, url, "Total", BY_TOTAL, detail="so far"),
        node_headings=tuple(
            Heading(
                title=node.name, detail="" if node.weight is None else f"{words.points(node.weight)} of 100", url="",
                sort_url="", sorted="",
            )
            for node in nodes
        ),
        item_headings=tuple(_item_heading(wish, url, one) for one in found.assessments),
        rows=format_html_join("\n", "{}", ((row,) for row in _rows(found, url, may_edit=may_edit))),
        text=wish.text,
        sections=tuple(
            Choice(value=one.key, label=one.name, is_chosen=one.key == wish.section) for one in found.sections
        ),
        states=tuple(
            Choice(value=state, label=label, is_chosen=state == wish.state) for state, label in STATE_WORDS.items()
        ),
        sort=wish.sort, falling="1" if wish.is_falling else "",
        is_filtered=bool(wish.text or wish.section or wish.state), pager=_pager(found, wish, url), url=url,
        links=tuple(links), may_edit=may_edit, bulk_url=reverse("gradebook_bulk", args=[offering.slug]), bulk_key=key,
        bulk_order="-".join(str(one.pk) for one in found.assessments),
        bulk_items=tuple(Choice(value=one.slug, label=one.title, is_chosen=False) for one in found.assessments),
    )  # fmt: skip


def is_state(text: str) -> bool:
    """Whether the grade book can be filtered by this."""
    return text in STATE_WORDS or text in STATES


def _summary(found: Overview) -> str:
    return f"{words.plural(found.found, 'student')}, {words.plural(len(found.assessments), 'item')}"


def _query(wish: Wish, **changes: object) -> str:
    values = {
        "q": wish.text, "section": wish.section, "state": wish.state, "sort": wish.sort,
        "falling": "1" if wish.is_falling else "", "page": wish.page, **changes,
    }  # fmt: skip
    return urlencode({name: value for name, value in values.items() if value not in {"", 1, BY_NAME}})


def _heading(wish: Wish, url: str, title: str, sort: str, *, detail: str = "", own: str = "") -> Heading:
    is_sorted = wish.sort == sort
    falling = not wish.is_falling if is_sorted else sort != BY_NAME
    return Heading(
        title=title, detail=detail, url=own,
        sort_url=f"{url}?{_query(wish, sort=sort, falling='1' if falling else '', page=1)}",
        sorted=("descending" if wish.is_falling else "ascending") if is_sorted else "",
    )  # fmt: skip


def _item_heading(wish: Wish, url: str, one: Assessment) -> Heading:
    return _heading(
        wish, url, one.title, one.slug, detail=f"of {words.points(one.max_points)}", own=f"{url}items/{one.slug}/"
    )


def _pager(found: Overview, wish: Wish, url: str) -> Pager:
    def link(number: int) -> str:
        return f"{url}?{_query(wish, page=number)}" if 1 <= number <= found.pages else ""

    return Pager(
        number=found.number, pages=found.pages, previous_url=link(found.number - 1), next_url=link(found.number + 1)
    )


def _rows(found: Overview, url: str, *, may_edit: bool) -> Iterator[SafeString]:
    for row in found.rows:
        pk, name = row.enrollment.pk, row.enrollment.user.name
        choose = format_html(
            '<td class="choose"><input type="checkbox" name="student" value="{}.{}" aria-label="Choose {}"></td>',
            pk,
            "-".join(str(cell.version if cell else 0) for cell in row.cells),
            name,
        )
        yield format_html(
            '<tr data-student="{}">{}<th scope="row"><a href="{}">{}</a></th>{}{}{}</tr>',
            pk,
            choose if may_edit else "",
            f"{url}students/{pk}/",
            name,
            format_html('<td class="num total">{}</td>', total_text(found, row)),
            format_html_join("", '<td class="num node">{}</td>', ((_percent(ratio),) for ratio in row.nodes)),
            _items(found, row, f"{url}students/{pk}/"),
        )


def _items(found: Overview, row: OverviewRow, url: str) -> SafeString:
    cells = []
    for one, value, cell in zip(found.assessments, row.values, row.cells, strict=True):
        text = cell_text(value, cell)
        cells.append(
            (
                value.state.value, cell.version if cell else 0, f"{url}{one.slug}/", text.text,
                f" {text.note}" if text.note else "",
            )
        )  # fmt: skip
    return format_html_join(
        "", '<td class="num cell" data-state="{}" data-version="{}"><a href="{}">{}<small>{}</small></a></td>', cells
    )


def total_text(found: Overview, row: OverviewRow) -> str:
    """Return the total of a row as it is shown, with its letter."""
    if row.total is None or found.scheme is None:
        return words.DASH
    return f"{found.scheme.shown(row.total):f} {row.letter or ''}".strip()


def _percent(ratio: Fraction | None) -> str:
    return words.DASH if ratio is None else f"{rounded(ratio * 100, 1):f} %"
