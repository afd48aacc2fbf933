"""Pages of the grading scheme's editor: rows and sums as they are typed, whom another reading would change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from coursehub.publishing.class_samples import Sample, Tried
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing_grading import flat_nodes
from coursehub.publishing.schemes import course_points_of, problems_of, scheme_of
from coursehub.web import words
from coursehub.web.editing.scheme_forms import SchemeForm, SchemeRow
from coursehub.web.pages.editing import Held
from coursehub.web.pages.frame import Frame
from grading.engine.points import told
from grading.engine.problems import SchemeCannotBeComputed
from grading.engine.readings import readings

SAMPLES: Mapping[Sample, str] = {
    Sample.CLASS: "The class as it stands",
    Sample.PREVIOUS: "The class of the offering before",
    Sample.MADE_UP: "A class that is made up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """What there is to say beside one row."""

    key: str
    name: str
    worth: str
    """What it is worth of the course's hundred; empty where that is not said."""
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Whether the scheme, as it is typed, adds up."""

    total: str
    problems: tuple[str, ...]
    """Of the table as a whole."""
    rows: tuple[RowCheck, ...]
    count: int
    """How many problems there are in all."""
    is_readable: bool = True
    """False: something was typed that is no number, so that nothing can be said."""

    @property
    def marked(self) -> tuple[RowCheck, ...]:
        """The rows with problems."""
        return tuple(row for row in self.rows if row.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsPanel:
    """Whom other readings of the rules would change."""

    source: str
    sentences: tuple[str, ...]
    """Those readings that make a difference."""
    harmless: tuple[str, ...]
    refusal: str
    """Why there is nothing to read; empty where there is."""
    choices: tuple[tuple[str, str, bool], ...]
    """Value, words and whether it is chosen, of each class that can be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRowLine:
    """A row's fields with what there is to say beside them."""

    row: SchemeRow
    check: RowCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemePage:
    """The scheme as a form, with its checks."""

    frame: Frame
    form: SchemeForm
    held: Held
    lines: tuple[SchemeRowLine, ...]
    checks: Checks
    readings: ReadingsPanel | None
    is_draft: bool
    late_url: str
    history_url: str


def checks_of(content: OfferingContent) -> Checks:
    """Return what there is to say about a table as it is typed."""
    found = problems_of(content)
    scheme = scheme_of(content)
    worth = course_points_of(content)
    rows = tuple(
        RowCheck(
            key=node.key,
            name=node.label,
            worth=_worth(worth[node.key]),
            problems=tuple(one.sentence for one in found if one.node == node.key),
        )
        for _, node in flat_nodes(content.grading.nodes)
    )
    total = sum((node.weight or Decimal(0) for node in scheme.nodes if not node.extra_credit), Decimal(0))
    extra = sum((node.weight or Decimal(0) for node in scheme.nodes if node.extra_credit), Decimal(0))
    more = f", and {told(Fraction(extra))} of extra credit on top" if extra else ""
    return Checks(
        total=f"The rows of the table make {told(Fraction(total))} of 100{more}.",
        problems=tuple(one.sentence for one in found if not one.node),
        rows=rows,
        count=len(found),
    )


UNREADABLE = Checks(total="", problems=(), rows=(), count=0, is_readable=False)


def readings_panel(tried: Tried, *, has_previous: bool, wanted: str) -> ReadingsPanel:
    """Read a scheme in every other way, and say whom that would change."""
    samples = [sample for sample in Sample if sample is not Sample.PREVIOUS or has_previous]
    choices = tuple((sample.value, SAMPLES[sample], sample is tried.source) for sample in samples)
    source = SAMPLES[tried.source]
    number = words.plural(tried.all_of_them, "student")
    said = f"{source}: {number}" if len(tried.rows) == tried.all_of_them else f"{source}: {len(tried.rows)} of {number}"
    if wanted and wanted != tried.source:
        said = f"There are no grades to try it on, so: {said[:1].lower()}{said[1:]}"
    try:
        found = readings(tried.scheme, tried.rows)
    except SchemeCannotBeComputed as refusal:
        return ReadingsPanel(source=said, sentences=(), harmless=(), refusal=str(refusal), choices=choices)
    differing = [one for one in found if one.differing or one.letters]
    return ReadingsPanel(
        source=said,
        sentences=tuple(one.sentence for one in sorted(differing, key=lambda one: (-one.letters, -one.differing))),
        harmless=tuple(one.sentence for one in found if not (one.differing or one.letters)),
        refusal="",
        choices=choices,
    )


def lines_of(rows: Iterable[SchemeRow], checks: Checks) -> tuple[SchemeRowLine, ...]:
    """Return each row of a form with what there is to say beside it."""
    by_key = {check.key: check for check in checks.rows}
    nothing = RowCheck(key="", name="", worth="", problems=())
    return tuple(SchemeRowLine(row=row, check=by_key.get(row.key, nothing)) for row in rows)


def _worth(points: Decimal | None) -> str:
    return "" if points is None else f"Worth {told(Fraction(points))} of the hundred."
