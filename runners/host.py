"""A grading host from start to end: jail, suites, grader and slots, in this order, and back.

Theory of operation
-------------------
Everything is opened by a thread of its own, so that a host answers SIGTERM while it still warms its sandbox.
Where no jail can be had, or a probe from inside finds a hole in it, the host stays up, says what to do, claims
nothing, and looks again every half minute: submissions wait, and nothing is ever run outside a jail. The site knows
of a host by its claims, so a host that cannot grade is not counted as healthy there.
"""

import logging
import threading
import time
from contextlib import suppress

from runners.autograders.hosting import ready_for_autograders
from runners.capabilities import capabilities_of
from runners.config import RunnerConfig
from runners.grading import Grader
from runners.library import SuiteLibrary
from runners.probe import check_safe
from runners.sandboxes import choose_sandbox
from runners.sandboxes.base import NoSandbox, Sandbox, SandboxFault
from runners.site_client import SiteClient
from runners.slots import Slots
from runners.suite_checks import SuiteChecker
from runners.suites import SuiteInvalid, load_suites

LOOK_AGAIN_SECONDS = 30.0
STOP_SECONDS = 3.3
CLOSE_SECONDS = 0.3
"""How long closing may take where the slots have used up the time for stopping."""
WARM_PER_SLOT = 16
"""The most containers of a kind that are kept warm where memory is plentiful."""

log = logging.getLogger(__name__)


class Host:
    """What this process grades with."""

    def __init__(self, config: RunnerConfig) -> None:
        self.config = config
        self._closing = threading.Event()
        self._slots: Slots | None = None
        self._sandbox: Sandbox | None = None
        self._grader: Grader | None = None

    def start(self) -> None:
        """Open the jail, the suites and the slots, in the background."""
        threading.Thread(target=self._open_until_it_works, name="host", daemon=True).start()

    def wake(self, lane: str) -> None:
        """Serve a ticket of this lane, which takes no time."""
        if self._slots is not None and lane == self.config.lane:
            self._slots.wake()

    def stop(self) -> None:
        """Leave nothing behind: no lease, no jail, no process. Takes at most about 3.3 seconds."""
        deadline = time.monotonic() + STOP_SECONDS
        self._closing.set()
        if self._slots is not None:
            self._slots.stop()
        closer = threading.Thread(target=self._close, name="close", daemon=True)
        closer.start()
        closer.join(max(CLOSE_SECONDS, deadline - time.monotonic()))

    def _open_until_it_works(self) -> None:
        said = ""
        while not self._closing.is_set():
            try:
                self._open()
            except (NoSandbox, SandboxFault, SuiteInvalid) as refusal:
                sentence = refusal.sentence if isinstance(refusal, SandboxFault) else str(refusal)
                # Said once in these words, not twice a minute.
                if sentence != said:
                    said = sentence
                    log.critical("This runner grades nothing yet. %s", said)
                    log.info("In detail: %s", refusal)
            except Exception:
                log.exception("This runner cannot start grading; it will try again")
            else:
                return
            self._close()
            self._closing.wait(LOOK_AGAIN_SECONDS)

    def _open(self) -> None:
        config = self.config
        suites = {
            name: suite
            for name, suite in load_suites(config.suites_folder).items()
            if suite.manifest.lane == config.lane
        }
        suites = ready_for_autograders(suites)
        self._sandbox = choose_sandbox(
            config.sandbox, templates=config.docker_templates, most_warm=WARM_PER_SLOT * config.slots
        )
        surroundings = sorted({each.manifest.surroundings for each in suites.values() if each.manifest.needs_jail})
        self._sandbox.start(surroundings)
        if surroundings:
            check_safe(self._sandbox, surroundings[0])
        self._grader = Grader(self._sandbox, suites, pool_size=2 * config.slots + 2)
        client = SiteClient(config.site_url, config.token, connections=2 * config.slots + 2)
        slots = Slots(
            client,
            self._grader,
            suites,
            lane=config.lane,
            slots=config.slots,
            sandbox=self._sandbox.name,
            library=SuiteLibrary(suites, client.suite, config.suites_cache),
            checker=SuiteChecker(client, self._sandbox),
            can=capabilities_of(self._sandbox),
        )
        if not self._closing.is_set():
            self._slots = slots
            slots.start()
            log.info("Grading %s in %s with %s slots", ", ".join(sorted(suites)), self._sandbox.name, config.slots)

    def _close(self) -> None:
        grader, sandbox = self._grader, self._sandbox
        self._grader = self._sandbox = None
        with suppress(SandboxFault):
            if grader is not None:
                grader.close()
        with suppress(SandboxFault):
            if sandbox is not None:
                sandbox.close()
