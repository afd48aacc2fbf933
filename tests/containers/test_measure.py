"""What a template and one more jail really cost, measured on real ones."""

import pytest

from runners.sandboxes.base import Limits
from runners.sandboxes.measure import NotMeasurable, pss_of_jail, pss_of_template
from tests.sandboxes.conftest import BUBBLEWRAP, DOCKER, DOCKER_TEMPLATE, open_sandbox

MIB = 1 << 20


@pytest.fixture
def sandbox(request):
    opened = open_sandbox(request.param)
    yield opened
    opened.close()


@pytest.mark.parametrize("sandbox", [BUBBLEWRAP, DOCKER_TEMPLATE], indirect=True)
def test_a_jail_costs_less_than_the_template_that_it_shares_its_pages_with(sandbox):
    jails = [sandbox.open("numpy", Limits()) for _ in range(3)]

    template = pss_of_template(sandbox, "numpy")
    costs = [pss_of_jail(jail) for jail in jails]

    for jail in jails:
        jail.close()
    alone = pss_of_template(sandbox, "numpy")
    assert all(0 < cost < alone for cost in costs)
    # Three that share count a part of the template each, and alone it counts in full.
    assert template < alone < 200 * MIB
    assert sum(costs) + template < 3 * alone


@pytest.mark.parametrize("sandbox", [BUBBLEWRAP, DOCKER_TEMPLATE], indirect=True)
def test_a_jail_that_has_ended_cannot_be_measured(sandbox):
    jail = sandbox.open("numpy", Limits())
    jail.close()

    with pytest.raises(NotMeasurable):
        pss_of_jail(jail)


@pytest.mark.parametrize("sandbox", [BUBBLEWRAP, DOCKER_TEMPLATE], indirect=True)
def test_a_template_that_does_not_exist_cannot_be_measured(sandbox):
    with pytest.raises(NotMeasurable, match="no template of torch"):
        pss_of_template(sandbox, "torch")


@pytest.mark.parametrize("sandbox", [DOCKER], indirect=True)
def test_a_container_of_its_own_costs_the_whole_interpreter(sandbox):
    jail = sandbox.open("numpy", Limits())

    assert pss_of_jail(jail) > 0
    with pytest.raises(NotMeasurable, match="has no templates"):
        pss_of_template(sandbox, "numpy")
    jail.close()
