import json
from pathlib import Path

import pytest
from calculator import Calculator


@pytest.fixture
def calculator():
    return Calculator()


@pytest.fixture(scope="session")
def sums():
    return json.loads(Path("data/sums.json").read_text())


@pytest.fixture(scope="module")
def counted():
    """Grows with every test of a module; here every test has a process of its own."""
    return []
