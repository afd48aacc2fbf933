"""What a suite forbids is absent from its sandbox: not importable, and nowhere to be found by path."""

import pytest

from runners.conversation import list_cases
from runners.protocol import SuiteManifest
from runners.sandboxes import SandboxFault, environments
from tests.sandboxes.attempts import CASES, GOOD, LIMITS, attempt, program

LOOK = """
import importlib.util
sys.path += ["/opt/site", "/usr/lib/python3/dist-packages"]
importlib.invalidate_caches()
def there(name):
    try: return importlib.util.find_spec(name) is not None
    except ImportError: return False
modules = [name for name in ("packaging", "pluggy", "pytest") if there(name)]
paths = []
for top, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if top != "/" or name not in ("proc", "sys", "dev")]
    paths += [f"{top}/{name}" for name in folders + files if name.split("-")[0] == "packaging"]
return [modules, paths]
"""


def test_a_forbidden_package_is_absent_also_by_path(sandbox):
    without = attempt(sandbox, program(LOOK), environment="numpy-pytest!packaging", seconds=20)
    whole = attempt(sandbox, program(LOOK), environment="numpy-pytest", seconds=20)

    assert without.answer == [["pluggy", "pytest"], []]
    assert whole.answer[0] == ["packaging", "pluggy", "pytest"]
    assert len(whole.answer[1]) == 2, whole.answer


def test_the_environment_with_everything_is_another_than_the_one_without(sandbox):
    jails = [sandbox.open(name, LIMITS) for name in ("numpy-pytest", "numpy-pytest!packaging")]

    images = [sandbox.provenance(name)["image"] for name in ("numpy-pytest", "numpy-pytest!packaging")]

    for jail in jails:
        jail.close()
    assert images[0] != images[1] or images == ["", ""]


def test_a_package_that_the_environment_is_made_of_cannot_be_forbidden(sandbox):
    with pytest.raises(SandboxFault, match=r"forbids torch, which the environment torch is made of.*numpy"):
        attempt(sandbox, GOOD, environment="torch!torch")


def test_a_package_that_is_imported_at_start_cannot_be_forbidden(sandbox):
    with pytest.raises(SandboxFault, match=r"numpy-pytest cannot start without pluggy, and the suite forbids pluggy"):
        list_cases(sandbox, environment="numpy-pytest!pluggy", limits=LIMITS, suite_files={"cases.py": CASES})


def test_a_package_that_is_not_there_anyway_may_be_forbidden(sandbox):
    assert attempt(sandbox, GOOD, environment="numpy!jax").answer == 42


def test_a_manifest_says_in_one_word_what_its_sandbox_is_to_hold():
    manifest = SuiteManifest(
        name="s",
        title="S",
        environment="torch",
        forbid=["SymPy", "networkx", "typing_extensions", "sympy"],
        module="m",
        required_files=[],
        case_seconds=1,
        memory_bytes=1,
        cases=[{"id": "a", "title": "a", "points": 1}],
    )

    assert manifest.surroundings == "torch!networkx!sympy!typing-extensions"
    assert manifest.model_copy(update={"forbid": []}).surroundings == "torch"


@pytest.mark.parametrize("name", ["a!b", "../x", "", "-x", "a b"])
def test_a_forbidden_package_has_a_plain_name(name):
    with pytest.raises(ValueError, match="forbid"):
        SuiteManifest(
            name="s", title="S", environment="numpy", forbid=[name], module="m", required_files=[], case_seconds=1,
            memory_bytes=1, cases=[{"id": "a", "title": "a", "points": 1}],
        )  # fmt: skip


def test_an_unknown_environment_is_named_with_those_that_there_are():
    with pytest.raises(SandboxFault, match=r"'jax' is none of numpy, torch, numpy-pytest, torch-pytest, notebook"):
        environments.read_surroundings("jax!numpy")


@pytest.mark.parametrize("environment", ["numpy-pytest", "notebook"])
def test_every_environment_starts_and_says_what_it_holds(sandbox, environment):
    found = attempt(sandbox, GOOD, environment=environment)

    assert found.answer == 42
    assert {"python", "numpy", {"numpy-pytest": "pytest", "notebook": "ipython"}[environment]} == set(
        found.run.packages
    )


def test_the_notebook_environment_turns_cells_into_plain_python(sandbox):
    source = """
        from IPython.core.inputtransformer2 import TransformerManager
        return TransformerManager().transform_cell("%matplotlib inline\\n!ls\\nx = 1\\n")
    """

    found = attempt(sandbox, program(source), environment="notebook", seconds=20)

    assert found.answer.splitlines()[-1] == "x = 1"
    assert "run_line_magic('matplotlib', 'inline')" in found.answer
