"""How far letters are, for the staff who had them sent."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from coursehub.mail.models import Letter

State = Letter.State
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """Somebody who could not be written to, and what the mail server said."""

    address: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the letters about one thing are. Those that are no longer wanted count nowhere."""

    total: int
    sent: int
    waiting: int
    problem: str
    """Why the oldest that waits has not been sent; empty where no try has failed."""
    undelivered: int
    examples: tuple[Undelivered, ...]
    """The first of those who could not be written to."""


def progress_of(kind: str, *, about: str, event: str = "") -> Progress | None:
    """Return how far the letters of an event are, or of every event the newest letter to each person; three queries.

    None where there are no letters.
    """
    letters = Letter.objects.filter(kind=kind, about=about)
    if event:
        letters = letters.filter(event=event)
    else:
        letters = letters.filter(pk__in=letters.order_by().values("user").annotate(newest=Max("pk")).values("newest"))
    return _progress(letters.exclude(state=State.WITHDRAWN))


def _progress(letters: QuerySet[Letter]) -> Progress | None:
    counts = letters.aggregate(
        total=Count("pk"),
        sent=Count("pk", filter=Q(state=State.SENT)),
        undelivered=Count("pk", filter=Q(state=State.UNDELIVERED)),
    )
    if not counts["total"]:
        return None
    late = letters.filter(state=State.WAITING).exclude(problem="").order_by("pk")
    failed = letters.filter(state=State.UNDELIVERED).order_by("pk").values_list("address", "problem")[:_SHOWN]
    return Progress(
        **counts,
        waiting=counts["total"] - counts["sent"] - counts["undelivered"],
        problem=late.values_list("problem", flat=True).first() or "",
        examples=tuple(Undelivered(address=address, problem=problem) for address, problem in failed),
    )
