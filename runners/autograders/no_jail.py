"""The sandbox of who runs nothing but an autograder, which has a container of its own."""

from collections.abc import Iterable
from typing import Any

from runners.sandboxes.base import Jail, Limits, SandboxFault


class NoJail:
    """Offers no jail."""

    name = "none"

    def start(self, environments: Iterable[str]) -> None:
        """Make nothing ready."""

    def open(self, environment: str, limits: Limits) -> Jail:
        """Refuse: nothing is ever run outside a jail."""
        sentence = "There is no jail here."
        raise SandboxFault(sentence, f"Asked for the environment {environment!r}.")

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say that nothing rests on this."""
        return {"image": "", "packages": {}, "limits": environment}

    def close(self) -> None:
        """Leave nothing behind, of nothing."""
