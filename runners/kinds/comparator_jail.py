"""Where a suite's own comparators run: a jail that gets ``compare.py`` and data, and never sees a submission.

It is opened when the first value needs it, and serves one submission, or one batch of a reference's values.
"""

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from runners.comparators import Judgement, RuleInvalid
from runners.comparators.custom import Pair
from runners.kinds.parts import COMPARE
from runners.protocol import ManifestCase
from runners.runs import Record
from runners.sandboxes.base import Sandbox
from runners.suite import Suite
from runners.talk import Talk

MAX_JAILS = 4
"""How many jails a submission's values may wear out before the rest of them count as wrong."""


class ComparatorJail:
    """A context manager; ``judge`` may be called any number of times inside."""

    def __init__(self, sandbox: Sandbox, suite: Suite, *, stopped: threading.Event) -> None:
        self._sandbox = sandbox
        self._suite = suite
        self._stopped = stopped
        self._talk: Talk | None = None
        self._opened = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._talk is not None:
            self._talk.close()

    def judge(self, case: ManifestCase, pairs: Sequence[Pair]) -> Mapping[str, Judgement]:
        """Return what the comparators say of these values, within the time that the case has.

        Raises ``RuleInvalid`` where the suite has no comparators, ``SandboxFault`` where ``compare.py`` is broken or
        has none of that name, and ``Stopped``.
        """
        source = self._suite.case_files.get(COMPARE)
        if source is None:
            message = f"{case.id} has a value for a comparator, and the suite has no {COMPARE}"
            raise RuleInvalid(message)
        talk = self._ready_talk()
        if talk is None:
            return {}
        seconds = case.seconds or self._suite.manifest.case_seconds
        said, why = talk.compare(source, [_item(*pair) for pair in pairs], seconds=seconds)
        judgements = {
            name: Judgement(share=each["share"], message=each["message"], raised=each["raised"])
            for name, each in said.items()
        }
        missing = [expected.name for _, expected in pairs if expected.name not in judgements]
        return judgements | {name: Judgement(share=0.0, message=why, raised=True) for name in missing}

    def _ready_talk(self) -> Talk | None:
        """Return the line to a living jail, or None where too many have been worn out."""
        if self._talk is not None and not self._talk.is_over:
            return self._talk
        if self._talk is not None:
            self._talk.close()
            self._talk = None
        if self._opened == MAX_JAILS:
            return None
        self._opened += 1
        self._talk = Talk(self._sandbox, self._suite.manifest.surroundings, self._suite.limits, self._stopped)
        self._talk.hello()
        return self._talk


def _item(found: Record, expected: Record) -> dict[str, Any]:
    return {
        "name": expected.name,
        "comparator": expected.rule.get("comparator", ""),
        "parameters": expected.rule.get("parameters", {}),
        "found": found.value,
        "expected": expected.value,
    }
