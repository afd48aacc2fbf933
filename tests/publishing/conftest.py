"""What the tests of publishing share."""

import pytest

from tests.factories import make_suite


@pytest.fixture
def suites(db: None) -> None:
    """The suites that the courses of ours name."""
    for name in ("autodiff", "nn", "pytorch"):
        make_suite(name)
