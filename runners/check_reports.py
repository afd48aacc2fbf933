"""How a check is reported, whatever judged it: everything that a sandbox said is cut to what a page can hold."""

from collections.abc import Sequence
from decimal import Decimal

from runners.protocol import CheckReport, ManifestCase, Outcome, ValueDifference
from runners.runs import CaseRun

MAX_MESSAGE = 2_000
MAX_OUTPUT = 65_536
MAX_DETAILS = 20


def check(
    case: ManifestCase,
    found: CaseRun | None,
    outcome: Outcome,
    *,
    points: Decimal = Decimal(0),
    message: str = "",
    hint: str = "",
    details: Sequence[ValueDifference] = (),
    tags: Sequence[str] = (),
    counts: bool = True,
) -> CheckReport:
    """Return a check with what is known of its run."""
    return CheckReport(
        id=case.id,
        outcome=outcome,
        points=points,
        max_points=case.points,
        message=message[:MAX_MESSAGE],
        hint=hint[:MAX_MESSAGE],
        details=list(details[:MAX_DETAILS]),
        output=found.output[:MAX_OUTPUT] if found else "",
        visibility=case.visibility,
        tags=list(tags),
        counts=counts,
        seconds=max(0.0, found.seconds) if found else 0.0,
        peak_bytes=max(0, found.peak_bytes) if found else 0,
    )
