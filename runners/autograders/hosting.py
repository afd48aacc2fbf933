"""Autograders on a grading host: which suites it can serve, images ahead of time, and a line for the doctor."""

import logging
import threading
from collections.abc import Iterable, Mapping

from runners.kinds.gradescope import AUTOGRADERS, Gradescope
from runners.protocol import SuiteKind
from runners.sandboxes.base import NoSandbox, SandboxFault
from runners.suite import Suite

log = logging.getLogger(__name__)


def ready_for_autograders(suites: Mapping[str, Suite]) -> dict[str, Suite]:
    """Return the suites that this host can grade, and begin to build the images of those with an autograder.

    Where no engine has a wall around root, suites with an autograder are left out with a sentence in the log: a job
    that is never claimed waits for a host that can, where one that fails three times is lost.
    """
    wanted = [suite for suite in suites.values() if suite.manifest.kind is SuiteKind.GRADESCOPE]
    if not wanted:
        return dict(suites)
    try:
        AUTOGRADERS.harness.engine()
    except NoSandbox as refusal:
        names = ", ".join(sorted(suite.manifest.name for suite in wanted))
        log.critical("%s Until then these suites are not graded here: %s.", refusal.sentence, names)
        return {name: suite for name, suite in suites.items() if suite not in wanted}
    threading.Thread(target=_prepare, args=(wanted,), name="autograder-images", daemon=True).start()
    return dict(suites)


def refusal() -> str:
    """Return why this host cannot run Gradescope autograders, as a sentence with what repairs it; nothing if it can."""
    harness = Gradescope().harness
    try:
        harness.engine()
    except NoSandbox as found:
        return found.sentence
    finally:
        harness.close()
    return ""


def _prepare(suites: Iterable[Suite]) -> None:
    for suite in suites:
        try:
            AUTOGRADERS.harness.image_of(suite)
        except SandboxFault as fault:
            log.error("The autograder of %s could not be set up: %s", suite.manifest.name, fault)
        except Exception:
            # The outermost loop of this thread. The first submission meets the same trouble and reports it.
            log.exception("The autograder of %s could not be set up", suite.manifest.name)
