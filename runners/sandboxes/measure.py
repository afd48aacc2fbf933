"""What a template and a jail really cost in memory: PSS, where a page that N processes share counts as a Nth in each.

Only with the proportional share can the cost of one more submission be said: a fork's resident size counts all that
it shares with its template, and would say that a jail with PyTorch costs hundreds of megabytes.
"""

from pathlib import Path

from runners.sandboxes import environments
from runners.sandboxes.base import Jail, Sandbox
from runners.sandboxes.docker import DockerJail
from runners.sandboxes.pss import NotMeasurable, children, descendants, pss_bytes, pss_of_tree
from runners.sandboxes.templates import TemplateJail, TemplateSandbox

__all__ = ["NotMeasurable", "pss_bytes", "pss_of_jail", "pss_of_template"]


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
                (child for child in children(template) if _number_inside(child, template) == jail.number), None
            )
    elif isinstance(jail, DockerJail):
        first = jail.process
    if first is None:
        message = "The processes of this jail cannot be seen from here."
        raise NotMeasurable(message)
    return pss_of_tree(first)


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
