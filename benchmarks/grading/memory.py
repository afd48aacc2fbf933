"""What a warm template and each further submission in it really cost."""

import statistics
import threading
from contextlib import ExitStack
from typing import Any

from benchmarks.grading.places import SUITES, folder_of
from runners.sandboxes import Sandbox, choose_sandbox
from runners.sandboxes.base import Jail, Limits, SandboxFault
from runners.sandboxes.measure import NotMeasurable, pss_of_jail, pss_of_template
from runners.suites import Suite, load_suite
from runners.talk import Talk

AT_ONCE = 4
MIB = 1 << 20


def measure() -> dict[str, Any]:
    """Return figure -> environment, ``template`` and ``submission`` in MiB, of bubblewrap's templates.

    Each of the submissions is in a jail of its own at the same time, and has been imported there.
    """
    try:
        sandbox = choose_sandbox("bubblewrap")
    except SandboxFault as refusal:
        return {"not_measured": str(refusal)}
    try:
        return {figure: _measured(sandbox, load_suite(folder_of(suite))) for figure, suite in SUITES.items()}
    except NotMeasurable as reason:
        return {"not_measured": str(reason)}
    finally:
        sandbox.close()


def _measured(sandbox: Sandbox, suite: Suite) -> dict[str, Any]:
    environment = suite.manifest.surroundings
    sandbox.start([environment])
    jails: list[Jail] = []
    keeper = _Keeper(sandbox, jails)
    with ExitStack() as opened:
        for _ in range(AT_ONCE):
            talk = opened.enter_context(Talk(keeper, environment, suite.limits, threading.Event()))
            talk.hello()
            if refusal := talk.load(suite.case_files, suite.reference_files, suite.manifest.module):
                raise NotMeasurable(refusal)
        template = pss_of_template(sandbox, environment)
        each = statistics.median(pss_of_jail(jail) for jail in jails)
    return {"environment": environment, "template": template / MIB, "submission": each / MIB}


class _Keeper:
    """A sandbox that remembers the jails it opened."""

    def __init__(self, sandbox: Sandbox, jails: list[Jail]) -> None:
        self.name = sandbox.name
        self.start = sandbox.start
        self.provenance = sandbox.provenance
        self.close = sandbox.close
        self._sandbox = sandbox
        self._jails = jails

    def open(self, environment: str, limits: Limits) -> Jail:
        """Return a fresh jail."""
        self._jails.append(self._sandbox.open(environment, limits))
        return self._jails[-1]
