"""Notebooks in place of modules: converted in a jail, refused with a sentence, and named in errors by their cells."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from runners.kinds.base import Progress
from runners.notebooks import Cells, Converted, NotebookRefused, converted, has_notebooks
from runners.protocol import CheckReport, Outcome, RunReport
from tests.kinds.conftest import grade


def code(source, *, tags=()):
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "execution_count": 1,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["a canary in an output"]}],
    }


def notebook(*cells, **more):
    plain = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": plain, **more}).encode()


MARKDOWN = {"cell_type": "markdown", "source": "# A title", "metadata": {}}


def module_of(sandbox, content, *, needed=("work.py",)):
    made = converted(sandbox, {"work.ipynb": content}, needed=needed, stopped=threading.Event())
    return made.files["work.py"].decode(), made


@pytest.mark.bubblewrap
def test_code_cells_become_a_module_and_nothing_else_does(bubblewrap):
    source, made = module_of(bubblewrap, notebook(MARKDOWN, "x = 1\n", "", "def f():\n    return x", "\n\n# only this"))

    found = {}
    exec(source, found)
    assert found["f"]() == 1
    assert "canary" not in source
    assert "title" not in source
    assert list(made.files) == ["work.py"]
    assert made.notes == ()


@pytest.mark.bubblewrap
def test_marked_cells_are_left_out_and_said_to_be(bubblewrap):
    cells = [code("1 / 0", tags=["skip-grading"]), "\n# CourseHub: skip\n1 / 0", "x = 1  # coursehub: skip, one says"]

    source, made = module_of(bubblewrap, notebook(*cells))

    found = {}
    exec(source, found)
    assert found["x"] == 1
    assert made.notes == (
        "work.ipynb: cell 1 was left out: it is marked so.",
        "work.ipynb: cell 2 was left out: it is marked so.",
    )


@pytest.mark.bubblewrap
def test_what_only_ipython_understands_does_nothing_and_is_noted(bubblewrap):
    cells = [
        "%matplotlib inline\n!pip install everything\nimport math\nmath.sqrt?\n?math\n"
        "files = !ls \\\n  -l\nafter = len(files)",
        "%%bash\nrm -rf /",
        "\n%%time\ny = 2",
        "%time z = 3\nif z:\n    %time w = 4\n%timeit z",
        "from __future__ import annotations\ndisplay(z)\nget_ipython().run_line_magic('cd', '/')",
    ]

    source, made = module_of(bubblewrap, notebook(*cells))

    found = {"__name__": "work"}
    exec(source, found)
    assert [found[name] for name in ("files", "after", "y", "z", "w")] == [[], 0, 2, 3, 4]
    assert [note.removeprefix("work.ipynb: ") for note in made.notes] == [
        "cell 1, line 1: %matplotlib inline was left out.",
        "cell 1, line 2: !pip install everything was left out.",
        "cell 1, line 4: math.sqrt? was left out.",
        "cell 1, line 5: ?math was left out.",
        "cell 1, line 6: files = !ls \\ was left out.",
        "cell 2 was left out: it begins with %%bash.",
        "cell 3, line 2: %%time was left out.",
        "cell 4, line 4: %timeit z was left out.",
    ]


@pytest.mark.bubblewrap
def test_every_line_is_known_by_its_cell_and_its_line_there(bubblewrap):
    cells = ["\n\n%cd /\na = 1\nb = !ls \\\n  -l\nc = 2  # here", MARKDOWN, "    d = 3  # there"]

    source, made = module_of(bubblewrap, notebook(*cells))

    numbers = {line.split()[0]: number for number, line in enumerate(source.splitlines(), 1) if line.strip()}
    places = made.cells["work.py"]
    assert places.name(numbers["a"]) == "cell 1, line 4"
    assert places.name(numbers["c"]) == "cell 1, line 7"
    assert places.name(numbers["d"]) == "cell 2, line 1"
    assert places.name(1) == "line 1 of the module made of it"


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "work.ipynb is no notebook: it does not hold the JSON that a notebook is made of."),
        (b"\xff\xfe{", "work.ipynb is no notebook: it does not hold the JSON"),
        (b"[" * 100_000, "work.ipynb is no notebook: it does not hold the JSON"),
        (b"[]", "work.ipynb is no notebook: it does not say which version"),
        (b'{"nbformat": "4"}', "work.ipynb is no notebook: it does not say which version"),
        (notebook("x = 1", nbformat=3, worksheets=[]), "work.ipynb is a notebook of format 3; open it in Jupyter"),
        (notebook("x = 1", cells=None), "work.ipynb is no notebook: it has no list of cells."),
        (notebook(cells=[1]), "work.ipynb is no notebook: it has no list of cells."),
        (notebook(code(7)), "work.ipynb is no notebook: the source of a cell is no text."),
        (notebook(), "work.ipynb has no code cells."),
        (notebook(MARKDOWN), "work.ipynb has no code cells."),
        (notebook("# coursehub: skip\nx = 1"), "work.ipynb has no code left once its marked cells are left out."),
        (notebook(*["x"] * 2_001), "work.ipynb has more than 2000 cells."),
        (notebook("x" * (1 << 20) + "y"), "work.ipynb holds more than 1 MiB of code."),
        (notebook("x", metadata={"kernelspec": {"language": "R"}}), "work.ipynb is a notebook in r, not in Python."),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_sentence_that_names_it(content, sentence, bubblewrap):
    with pytest.raises(NotebookRefused) as refused:
        module_of(bubblewrap, content)

    assert str(refused.value).startswith(sentence)


@pytest.mark.bubblewrap
def test_a_notebook_that_costs_too_much_is_refused_and_the_next_one_read(bubblewrap):
    # Lines that pair up in every way take a comparison long, where lines were joined.
    bomb = notebook("x = !ls \\\n" + "a\nb\n" * 200_000)

    made = converted(
        bubblewrap,
        {"a.ipynb": bomb, "b.ipynb": notebook("x = 1")},
        needed=["b.py"],
        stopped=threading.Event(),
    )

    assert list(made.cells) == ["b.py"]
    assert made.notes[0].startswith("a.ipynb could not be read. ")


@pytest.mark.bubblewrap
def test_a_notebook_that_nobody_needs_is_no_reason_to_refuse(bubblewrap):
    files = {
        "notes.ipynb": notebook(MARKDOWN),
        "work.ipynb": notebook("x = 1"),
        "other.ipynb": notebook("x = 2"),
        "other.py": b"x = 3\n",
        ".hidden/work.ipynb": b"",
        "data.csv": b"1,2\n",
    }

    made = converted(bubblewrap, files, needed=["work.py"], stopped=threading.Event())

    assert sorted(made.files) == ["data.csv", "other.py", "work.py"]
    assert made.files["other.py"] == b"x = 3\n"
    assert made.notes == (
        "notes.ipynb has no code cells.",
        "other.ipynb was not looked at, because other.py is there as well.",
    )


def test_too_many_notebooks_are_refused():
    files = {f"{number}.ipynb": b"" for number in range(21)}

    with pytest.raises(NotebookRefused, match="There are 21 notebooks"):
        converted(None, files, needed=[], stopped=threading.Event())  # nothing is opened for them


def test_files_without_notebooks_stay_as_they_are():
    made = converted(None, {"work.py": b"x"}, needed=["work.py"], stopped=threading.Event())

    assert made == Converted(files={"work.py": b"x"}, cells={})
    assert not has_notebooks(["work.py", "ipynb", "work.ipynb.txt"])


CELLS = Converted(
    files={}, cells={"hw/work.py": Cells(notebook="hw/work.ipynb", places=np.array([[0, 0], [1, 0], [1, 1], [7, 3]]))}
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("  hw/work.py, line 4, in f", "  hw/work.ipynb, cell 7, line 3, in f"),
        (
            '  File "/job/submission/hw/work.py", line 3, in <module>',
            '  File "hw/work.ipynb", cell 1, line 1, in <module>',
        ),
        ("invalid syntax (hw/work.py, line 2)", "invalid syntax (hw/work.ipynb, cell 1, line 1)"),
        ("hw/work.py, line 1", "hw/work.ipynb, line 1 of the module made of it"),
        ("hw/work.py, line 99", "hw/work.ipynb, line 99 of the module made of it"),
        ("other/hw/work.py, line 4", "other/hw/work.py, line 4"),
        ("myhw/work.py, line 4", "myhw/work.py, line 4"),
        ("hw/work.py uses torch.nn in lines 3, 4", "hw/work.ipynb uses torch.nn in cell 1, line 1; cell 7, line 3"),
        ("nothing of the sort", "nothing of the sort"),
    ],
)
def test_a_line_of_a_module_is_named_as_a_line_of_a_cell(text, named):
    assert CELLS.named(text) == named


def test_a_report_and_its_checks_name_cells_everywhere():
    check = CheckReport(
        id="a", outcome=Outcome.FAILED, points=0, max_points=1, message="hw/work.py, line 4", output="x"
    )
    report = RunReport(
        suite_name="s",
        suite_digest="d",
        message="hw/work.py, line 3",
        checks=[check],
        seed="00",
        sandbox="s",
        machine="m",
    )

    named = replace(CELLS, notes=("hw/work.ipynb: cell 2 was left out.",)).report(report)

    assert named.message == "hw/work.ipynb, cell 1, line 1"
    assert named.checks[0].message == "hw/work.ipynb, cell 7, line 3"
    assert named.output == "hw/work.ipynb: cell 2 was left out."
    assert CELLS.check(check).message == named.checks[0].message


@pytest.mark.bubblewrap
def test_a_notebook_is_graded_like_the_module_of_its_name(make_suite, bubblewrap):
    suite = make_suite("from work import double\n\ndef test_it():\n    assert double(1) == 2\n")

    right = grade(bubblewrap, suite, {"work.ipynb": notebook("def double(x):\n    return 2 * x")})
    wrong = grade(bubblewrap, suite, {"work.ipynb": notebook("x = 1", "\ndef double(x):\n    return x.nothing")})
    unread = grade(bubblewrap, suite, {"work.ipynb": notebook("x = 1", "y = (\n")})

    assert right.checks[0].outcome is Outcome.PASSED
    assert "work.ipynb, cell 2, line 3\n    return x.nothing" in wrong.checks[0].message
    assert "work.ipynb, cell 2, line 1" in unread.message


@pytest.mark.bubblewrap
def test_a_refused_notebook_is_a_report_with_that_sentence(make_suite, bubblewrap):
    suite = make_suite("import mugrade\nimport work\n\ndef submit_it():\n    mugrade.submit(1)\n", kind="values")

    report = grade(bubblewrap, suite, {"work.ipynb": b"{}"})

    assert report.message.startswith("work.ipynb is no notebook: ")
    assert [check.outcome for check in report.checks] == [Outcome.NOT_RUN]
    assert set(report.phase_seconds) == set(Progress(lambda phase: None, lambda check: None).phase_seconds) | {
        "sandbox_ready",
        "last_check",
    }
