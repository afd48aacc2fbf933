"""What came of the attacks, kept in a folder while a run goes on, and written as a table when it was complete.

Every worker of pytest notes the outcome of each attack in a file of its own; whoever notices that nothing is missing
writes `docs/security/attacks.md`. A sample, or a run with one sandbox, is never complete and so never overwrites it.
"""

import os
from pathlib import Path

from tests.attacks.catalogue import GROUPS, Attack, attacks
from tests.kinds import test_gradescope_forgeries, test_pytest_forgeries, test_values_suites

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "docs" / "security" / "attacks.md"
COLUMNS = {"bubblewrap": "bubblewrap", "docker": "Docker"}
"""Each is a sandbox with the differential suite; another kind of suite is another column, or a table below."""
HEADING = """# Attacks

What hostile submissions and uploads try, what stops them, and what came of it when they were tried last: each one for
real, in both sandboxes, against a suite of ten points of which two are honest work. This page is written by the tests
(`ATTACKS=all` with both sandboxes, as CI runs them); a test checks that it names every attack there is. The programs
are in `tests/attacks/`: one file each, to be read on one screen.

After every attack the same is asserted: there is a verdict and no fault of ours; nothing was earned that was not
computed; no planted secret is in anything that a student sees; no process, mount, file, shared memory, cgroup or
container is left; the next submission, which is right, gets full marks; and the site has one accepted report. `make
soak` runs four of each at once.

"2 of 10" means that the honest check beside the attack kept its points, and the attack earned none. Numbers above those
of the catalogue are attacks that we thought of ourselves.
"""
OTHER_KINDS = """
## Suites of other kinds

A suite of *values* hands what its `submit_*` functions return to the runner, which compares: it holds as the tables
above do. A *pytest* suite and a *Gradescope* autograder decide in the student's own process or container, and their
pages say so: self-reported. Which forgeries succeed there and which do not is asserted one by one by
`tests/kinds/test_pytest_forgeries.py`, `tests/kinds/test_gradescope_forgeries.py` and
`tests/kinds/test_values_suites.py`. None earns more than the suite is worth, and none reaches another submission, the
host or the network.

| kind | forgery | outcome |
| --- | --- | --- |
"""


def note(attack: str, column: str, outcome: str) -> None:
    """Note what came of an attack; write the table where that was the last."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{attack}.{column}.{os.getpid()}"
    temporary.write_text(outcome, encoding="utf-8")
    temporary.replace(folder / f"{attack}.{column}")
    outcomes = noted()
    if missing(outcomes):
        return
    TABLE.parent.mkdir(exist_ok=True)
    fresh = TABLE.with_suffix(f".{os.getpid()}")
    fresh.write_text(table(outcomes), encoding="utf-8")
    fresh.replace(TABLE)


def noted() -> dict[tuple[str, str], str]:
    """Return what has been noted in this run."""
    return {
        (path.name.partition(".")[0], path.suffix[1:]): path.read_text(encoding="utf-8")
        for path in _folder().glob("[A-Z]*.*")
    }


def missing(outcomes: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    """Return what a complete run still lacks."""
    return [
        (attack.id, column)
        for attack in attacks().values()
        for column in COLUMNS
        if not attack.not_tried and attack.only in ("", column) and (attack.id, column) not in outcomes
    ]


def table(outcomes: dict[tuple[str, str], str]) -> str:
    """Return the page."""
    lines = [HEADING]
    for letter, title in GROUPS.values():
        lines += [f"## {title}", "", f"| | attack | what stops it | {' | '.join(COLUMNS.values())} |"]
        lines.append("| --- | --- | --- |" + " --- |" * len(COLUMNS))
        lines += [_row(attack, outcomes) for attack in attacks().values() if attack.group == letter]
        lines.append("")
    return "\n".join(lines) + OTHER_KINDS + "".join(f"| {' | '.join(row)} |\n" for row in other_kinds())


def other_kinds() -> list[tuple[str, str, str]]:
    """Return what is tried where a suite decides by itself: the kind, the forgery, and what its test asserts of it."""
    return [
        *(("pytest", name, "succeeds") for name in test_pytest_forgeries.FORGED),
        *(("gradescope", name, "succeeds") for name in test_gradescope_forgeries.FORGERIES),
        *(("pytest", name, "earns nothing") for name in test_pytest_forgeries.REFUSED),
        *(("values", name, "earns nothing") for name in test_values_suites.FORGERIES),
    ]


def _row(attack: Attack, outcomes: dict[tuple[str, str], str]) -> str:
    if attack.not_tried:
        cells = [f"not tried: {attack.not_tried}", *["·"] * len(COLUMNS)]
    else:
        reasons = " ".join(_sentence(part) for part in (attack.stopped_by, attack.note) if part)
        cells = [reasons, *(outcomes.get((attack.id, column), "·") for column in COLUMNS)]
    first, second, *others = (cell.replace("|", ", ") for cell in [attack.title, *cells])
    return f"| {attack.id} | {' | '.join([_sentence(first), _sentence(second), *others])} |"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _folder() -> Path:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
    return ROOT / ".ci-output" / "attacks" / run
