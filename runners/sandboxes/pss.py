"""The memory of processes as the kernel shares it out: PSS, where a page that N share counts as a Nth in each."""

from collections.abc import Iterable, Iterator
from pathlib import Path


class NotMeasurable(Exception):
    """The kernel does not say here, or there is nothing of this kind to measure; the sentence says which."""


def pss_of_tree(number: int) -> int:
    """Return the bytes of a process and all below it. Raises ``NotMeasurable``."""
    return pss_bytes([number, *descendants(number)])


def pss_bytes(processes: Iterable[int]) -> int:
    """Return the PSS of these processes together; one that has just ended counts nothing. Raises ``NotMeasurable``."""
    total = 0
    for number in processes:
        try:
            lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError as error:
            message = f"The kernel does not say what process {number} uses: {error}. Measure as root."
            raise NotMeasurable(message) from error
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def descendants(number: int) -> Iterator[int]:
    """Yield every process below this one."""
    for child in children(number):
        yield child
        yield from descendants(child)


def children(number: int) -> list[int]:
    """Return the processes that this one started and that still are."""
    found: list[int] = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found
