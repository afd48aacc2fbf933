"""Sandboxes: where submissions run, and the choice among the kinds."""

import logging
import platform
from collections.abc import Callable
from typing import Any

from runners.sandboxes.base import Jail, JailEnding, Limits, NoSandbox, Sandbox, SandboxFault
from runners.sandboxes.bubblewrap import BubblewrapSandbox

__all__ = ["Jail", "JailEnding", "Limits", "NoSandbox", "Sandbox", "SandboxFault", "choose_sandbox"]

log = logging.getLogger(__name__)


def choose_sandbox(kind: str = "auto", **config: Any) -> Sandbox:
    """Return the sandbox of this kind, ``auto`` meaning bubblewrap where it works and Docker where it does not.

    ``config`` is for Docker: ``templates`` for its template mode (the kind ``docker-template`` in one word), otherwise
    ``most_warm`` containers kept warm per environment; ``images`` instead of the usual ones. Raises ``NoSandbox``.
    """
    if platform.machine() != "x86_64":
        log.warning("CAUTION: on this processor sandboxes have no filter over system calls; the other walls must do")
    match kind:
        case "bubblewrap":
            return BubblewrapSandbox()
        case "docker":
            return _docker(**config)
        case "docker-template":
            return _docker(templates=True, **config)
        case "auto":
            return _first(BubblewrapSandbox, lambda: _docker(**config))
    sentence = f"There is no sandbox of the kind {kind!r}: choose auto, bubblewrap or docker."
    raise NoSandbox(sentence)


def _docker(*, templates: bool = False, **config: Any) -> Sandbox:
    # The Docker SDK is needed only where Docker is the choice.
    if templates:
        from runners.sandboxes.docker_template import DockerTemplateSandbox  # noqa: PLC0415

        config.pop("most_warm", None)
        return DockerTemplateSandbox(**config)
    from runners.sandboxes.docker import DockerSandbox  # noqa: PLC0415

    return DockerSandbox(**config)


def _first(*kinds: Callable[[], Sandbox]) -> Sandbox:
    refusals: list[NoSandbox] = []
    for kind in kinds:
        try:
            return kind()
        except NoSandbox as refusal:
            refusals.append(refusal)
    sentence = " ".join(refusal.sentence for refusal in refusals)
    raise NoSandbox(sentence, " ".join(refusal.detail for refusal in refusals))
