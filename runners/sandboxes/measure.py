"""What a template and a jail really cost in memory: PSS, where a page that N processes share counts as a Nth in each.

Only with the proportional share can the cost of one more submission be said: a fork's resident size counts all that
it shares with its template, and would say that a jail with PyTorch costs hundreds of megabytes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from runners.sandboxes import environments
from runners.sandboxes.base import Jail, Sandbox
from runners.sandboxes.docker import DockerJail
from runners.sandboxes.templates import TemplateJail, TemplateSandbox


class NotMeasurable(Exception):
    """The kernel does not say here, or there is nothing of this kind to measure; the sentence says which."""


def pss_of_template(sandbox: Sandbox, environment: str) -> int:
    """Return the bytes of the template process alone, without its jails. Raises ``NotMeasurable``."""
    if not isinstance(sandbox, TemplateSandbox):
        message = f"The sandbox {sandbox.name} has no templates."
        raise NotMeasurable(message)
    shell = sandbox.shell_of(environment)
    if shell is None or shell.process is None:
        message = f"There is no template of {environment} whose processes can be seen from here."
        raise NotMeasurable(message)
    return pss_bytes([_template_process(shell.process)])


def pss_of_jail(jail: Jail) -> int:
    """Return the bytes of all processes of a jail together. Raises ``NotMeasurable``."""
    first: int | None = None
    if isinstance(jail, TemplateJail):
        if (outer := jail.shell.process) is not None:
            template = _template_process(outer)
            first = next(
                (child for child in _children(template) if _number_inside(child, template) == jail.number), None
            )
    elif isinstance(jail, DockerJail):
        first = jail.process
    if first is None:
        message = "The processes of this jail cannot be seen from here."
        raise NotMeasurable(message)
    return pss_bytes([first, *descendants(first)])


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
    for child in _children(number):
        yield child
        yield from descendants(child)


def _template_process(outer: int) -> int:
    """Return the process that runs the harness: the outer wall's own first ones only hold it."""
    for number in (outer, *descendants(outer)):
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == environments.PYTHON.encode() and environments.START.encode() in words:
            return number
    message = "The template has ended."
    raise NotMeasurable(message)


def _children(number: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def _number_inside(number: int, template: int) -> int | None:
    """Return a process's number as its template knows it."""
    depth = len(_numbers(template))
    numbers = _numbers(number)
    return numbers[depth - 1] if depth and len(numbers) >= depth else None


def _numbers(number: int) -> list[int]:
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except OSError:
        return []
    return [int(each) for line in status.splitlines() if line.startswith("NSpid:") for each in line.split()[1:]]
