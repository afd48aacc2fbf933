"""What the first import compiled is kept for the cases that follow."""

import textwrap

import pytest

from runners.conversation import Ending
from tests.sandboxes.attempts import GOOD, attempt


def program(body: str) -> str:
    return "import os\n\ndef attack():\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n"


def test_a_case_loads_what_the_first_import_compiled(sandbox):
    body = "return [__cached__, os.path.exists(__cached__), os.listdir('/tmp')]"

    found = attempt(sandbox, program(body), cases=("attack", "attack"))

    first, second = (case.records[0].value for case in found.run.cases)
    assert second[0].startswith("/job/compiled/job/submission/work.")
    assert (first[1:], second[1:]) == ([False, []], [True, []])


def test_no_case_can_change_what_later_cases_load(sandbox):
    found = attempt(
        sandbox,
        program(
            """
            tried = []
            for path in ("/job/compiled", "/job/compiled/job/submission", "/job/compiled/job/submission/work.pyc"):
                for change in (lambda: os.chmod(path, 0o777), lambda: os.rename(path, path + "x"),
                               lambda: open(path, "ab"), lambda: open(path + "/new.pyc", "wb")):
                    try:
                        change()
                        tried.append(path)
                    except OSError:
                        pass
            return tried
            """
        ),
    )

    if found.first.ending is Ending.DONE:
        assert found.answer == []
    assert found.case("good").ending is Ending.DONE


@pytest.mark.parametrize(
    "mischief",
    [
        "import shutil; shutil.rmtree('/tmp/compiled', ignore_errors=True)",
        "import os; os.chmod('/tmp/compiled', 0)",
        "import os, shutil; shutil.rmtree('/tmp/compiled'); os.mkfifo('/tmp/compiled')",
        "import os, shutil; shutil.rmtree('/tmp/compiled'); os.mkfifo('/tmp/f'); os.symlink('/tmp/f', '/tmp/compiled')",
        "import os; os.makedirs('/tmp/compiled/x', exist_ok=True); os.symlink('/etc/passwd', '/tmp/compiled/x/a.pyc')",
        "import os; os.makedirs('/tmp/compiled/x', exist_ok=True); os.mkfifo('/tmp/compiled/x/a.pyc')",
        "import os; os.makedirs('/tmp/compiled/' + '/'.join(['d'] * 300), exist_ok=True)",
        "import os; os.makedirs('/tmp/compiled', exist_ok=True); open('/tmp/compiled/a.pyc', 'w').write('x' * 2**24)",
    ],
)
def test_mischief_where_compiled_files_are_left_harms_only_its_author(sandbox, mischief):
    found = attempt(sandbox, f"try:\n    {mischief}\nexcept OSError:\n    pass\n\n{GOOD}")

    assert found.refusal is None
    assert found.answer == 42
    assert found.case("good").ending is Ending.DONE
