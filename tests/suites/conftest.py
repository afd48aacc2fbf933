"""What the tests of the suites share."""

from collections.abc import Iterator

import pytest

from runners.sandboxes import Sandbox
from tests.jails import warm_bubblewrap


@pytest.fixture(scope="session")
def bubblewrap() -> Iterator[Sandbox]:
    """A warm sandbox with NumPy and with PyTorch."""
    with warm_bubblewrap("numpy", "torch") as sandbox:
        yield sandbox
