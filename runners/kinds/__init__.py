"""The kinds of suites that this host can grade with."""

from runners.kinds.base import Kind
from runners.kinds.differential import Differential
from runners.kinds.gradescope import AUTOGRADERS
from runners.kinds.pytest_suite import PytestSuite
from runners.kinds.values import Values
from runners.protocol import SuiteKind
from runners.suite import SuiteInvalid

KINDS: dict[SuiteKind, Kind] = {
    SuiteKind.DIFFERENTIAL: Differential(),
    SuiteKind.PYTEST: PytestSuite(),
    SuiteKind.VALUES: Values(),
    SuiteKind.GRADESCOPE: AUTOGRADERS,
}


def kind_of(kind: SuiteKind) -> Kind:
    """Return how suites of this kind are graded. Raises ``SuiteInvalid`` where this host cannot."""
    try:
        return KINDS[kind]
    except KeyError:
        message = f"This host does not grade suites of the kind {kind}."
        raise SuiteInvalid(message) from None
