"""What this host can grade with, as it tells the site."""

from dataclasses import dataclass

from runners.autograders.hosting import refusal
from runners.kinds import KINDS
from runners.protocol import SuiteKind
from runners.sandboxes import Sandbox, SandboxFault
from runners.sandboxes.environments import ENVIRONMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Kinds of suites, and environments that they may ask for."""

    kinds: tuple[SuiteKind, ...] = ()
    environments: tuple[str, ...] = ()


def capabilities_of(sandbox: Sandbox) -> Capabilities:
    """Return the kinds that this host can grade and the environments whose packages or images it has."""
    without = set() if not refusal() else {SuiteKind.GRADESCOPE}
    return Capabilities(
        kinds=tuple(kind for kind in KINDS if kind not in without),
        environments=tuple(name for name in ENVIRONMENTS if _has_environment(sandbox, name)),
    )


def _has_environment(sandbox: Sandbox, name: str) -> bool:
    try:
        sandbox.provenance(name)
    except SandboxFault:
        return False
    return True
