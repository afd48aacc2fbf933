"""What is wrong with a file: one refusal for what is no table at all, and problems with a place for everything else."""

from collections.abc import Sequence
from dataclasses import dataclass


class Unreadable(Exception):
    """This file cannot be read as a table."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person, and what to do about it."""
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something about a place in a file, as a sentence that says what to do.

    ``line`` counts from 1 as an editor does, and is 0 where the whole file is meant. ``column`` is the heading as the
    file writes it, and empty where the whole line is meant. The sentence names the line too, so that it stands alone.
    """

    line: int
    column: str
    sentence: str


def quoted(text: str, *, most: int = 60) -> str:
    """Return a text of a file as a sentence can hold it: in quotation marks, on one line, not longer than `most`."""
    flat = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return f"“{flat}”" if len(flat) <= most else f"“{flat[: most - 1]}…”"


def listed(numbers: Sequence[int], *, most: int = 10) -> str:
    """Return line numbers as words: ``3``, ``3 and 7``, ``3, 7 and 9``, and ``3, 7 and 28 more`` beyond `most`."""
    words = [str(number) for number in numbers[:most]]
    if len(numbers) > most:
        words.append(f"{len(numbers) - most:,} more")
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
