"""Nothing is left in bubblewrap after many jobs, half of them hostile, with four at a time."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.leftovers import check_nothing_is_left


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(900)
def test_nothing_is_left_after_many_jobs_in_bubblewrap(bubblewrap_arena: Arena) -> None:
    check_nothing_is_left(bubblewrap_arena)
