"""How far letters are, as staff read it."""

from dataclasses import dataclass

from coursehub.mail.queries import Progress
from coursehub.web import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """How far the letters about one thing are."""

    look: str
    """The value of ``data-verdict``."""
    sentence: str
    problem: str
    """Why those that wait have not been sent; empty where no try has failed."""
    undelivered: tuple[str, ...]
    """Who could not be written to, with what the mail server said."""
    more: int
    """How many of those are not listed."""


def letters_of(progress: Progress | None, one: str) -> Letters | None:
    """Return what a page says; `one` is what a letter is called there."""
    if progress is None:
        return None
    parts = [f"{progress.sent} of {words.plural(progress.total, one)} sent"]
    if progress.waiting:
        parts.append(f"{progress.waiting} on {'its' if progress.waiting == 1 else 'their'} way")
    if progress.undelivered:
        parts.append(f"{progress.undelivered} could not be delivered")
    look = "failed" if progress.undelivered else "partial" if progress.problem else "queued"
    return Letters(
        look="passed" if progress.sent == progress.total else look,
        sentence=f"{', '.join(parts)}.",
        problem=progress.problem,
        undelivered=tuple(f"{row.address}: {row.problem}" for row in progress.examples),
        more=progress.undelivered - len(progress.examples),
    )
