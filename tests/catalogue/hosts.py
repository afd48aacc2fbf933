"""A grading host in this process that has no suite of its own and fetches what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runners.capabilities import capabilities_of
from runners.grading import Grader
from runners.library import SuiteLibrary
from runners.protocol import Lane
from runners.sandboxes import Sandbox
from runners.site_client import SiteClient
from runners.slots import Slots
from runners.suite_checks import SuiteChecker
from tests.factories import make_runner


@contextmanager
def grading_host(site_url: str, sandbox: Sandbox, cache: Path) -> Iterator[Slots]:
    """Register a runner and open its one slot, which works whenever it is woken."""
    _, token = make_runner()
    client, grader = SiteClient(site_url, token), Grader(sandbox, {}, pool_size=2)
    slots = Slots(
        client,
        grader,
        {},
        lane=Lane.CPU,
        slots=1,
        sandbox=sandbox.name,
        library=SuiteLibrary({}, client.suite, cache),
        checker=SuiteChecker(client, sandbox),
        can=capabilities_of(sandbox),
    )
    try:
        yield slots
    finally:
        slots.stop(0)
        grader.close()
        client.close()
