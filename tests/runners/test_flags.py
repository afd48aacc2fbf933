"""Ready-made parts are named to a person, however they were imported, and no source can break the reader."""

import threading
from dataclasses import replace

import pytest

from runners import flags, uses
from runners.flags import flags_of
from runners.grade import report_text
from runners.grading import Grader
from runners.protocol import Outcome
from runners.suites import SUITES_FOLDER, load_suite
from runners.uses import sentences_about

ATTENTION = "torch.nn.functional.scaled_dot_product_attention"
LAYER = "torch.nn.MultiheadAttention"
NAMES = [LAYER, ATTENTION, "torch.autograd"]

WAYS = {
    "by its full name": (f"import torch\ntorch.nn.functional.linear\n{ATTENTION}(q, k, v)", ATTENTION, 3),
    "through a module under another name": ("import torch.nn as nn\nlayer = nn.MultiheadAttention(4, 2)", LAYER, 2),
    "through a module that was imported from another": (
        "from torch.nn import functional as F\nF.scaled_dot_product_attention(q, k, v)",
        ATTENTION,
        2,
    ),
    "under a name of its own": ("from torch.nn import MultiheadAttention as M", LAYER, 1),
    "as a base class": ("from torch import nn\nclass Mine(nn.MultiheadAttention): pass", LAYER, 2),
    "after an import of everything": ("from torch.nn import *\nMultiheadAttention(4, 2)", LAYER, 2),
    "through a variable": ("import torch\nF = torch.nn.functional\nF.scaled_dot_product_attention", ATTENTION, 3),
    "through two variables, upside down": (
        "import torch\ndef f():\n    G = F\n    return G.scaled_dot_product_attention\nF = torch.nn.functional",
        ATTENTION,
        4,
    ),
    "through getattr": ("from torch import nn\ngetattr(nn, 'MultiheadAttention')", LAYER, 2),
    "through importlib": ("import importlib\nimportlib.import_module('torch.nn').MultiheadAttention", LAYER, 2),
    "through __import__": ("__import__('torch').nn.MultiheadAttention", LAYER, 1),
    "inside a function": (
        "def f():\n    import torch.nn.functional as F\n    F.scaled_dot_product_attention",
        ATTENTION,
        3,
    ),
    "below a name that stands for all under it": ("import torch\ntorch.autograd.grad(y, x)", "torch.autograd", 2),
    "with letters that Python reads as others": ("from torch import nn\nnn.\U0001d40cultiheadAttention", LAYER, 2),
    "behind a coding cookie": ("# coding: utf-7\nimport torch.nn\ntorch.nn.Multihead+AEE-ttention", LAYER, 3),
}

HOSTILE = {
    "a null byte": b"x = 1\0",
    "a syntax error": b"def (",
    "a coding that does not exist": b"# coding: utf-99\nx",
    "bytes of no coding": b"\xff\xfe\xfa",
    "deep brackets": b"(" * 100_000,
    "deep signs": b"-" * 200_000 + b"1",
    "deep attributes": b"a" + b".b" * 90_000,
    "deep calls": b"a" + b"()" * 90_000,
    "a long sum": b"1" + b"+1" * 90_000,
    "deep negations": b"not " * 50_000 + b"x",
    "deep lambdas": b"lambda:" * 30_000 + b"1",
    "a long chain of conditions": b"if x:pass\n" + b"elif x:pass\n" * 16_000,
    "a number without end": b"1" * 200_000,
}


@pytest.mark.parametrize(("source", "name", "line"), WAYS.values(), ids=WAYS)
def test_a_ready_made_part_is_named_however_it_was_imported(source, name, line):
    assert f"layers.py uses {name} in line {line}." in sentences_about({"layers.py": source.encode()}, NAMES)


@pytest.mark.parametrize(
    "source",
    [
        "from torch import nn\nnn.Module, nn.Parameter",
        "class MultiheadAttention: pass\nMultiheadAttention()",
        "from torch.nn import *\nclass MultiheadAttention(Module): pass\nMultiheadAttention()",
        "# torch.nn.MultiheadAttention\ntext = 'torch.nn.MultiheadAttention'",
        "self.autograd.grad, mytorch.nn.MultiheadAttention",
        "import torch\ntorch.nn.MultiheadAttentionOfMine",
    ],
)
def test_what_a_student_wrote_or_only_mentions_is_not_flagged(source):
    assert sentences_about({"layers.py": source.encode()}, NAMES) == []


def test_a_ready_made_part_is_found_behind_a_module_of_the_submissions_own():
    files = {
        "layers.py": b"from parts.short import F\nF.scaled_dot_product_attention(q, k, v)",
        "parts/short.py": b"from torch.nn import functional as F",
    }

    assert flags_of(files, NAMES) == [f"layers.py uses {ATTENTION} in line 2."]


def test_several_uses_are_one_sentence():
    source = b"from torch import nn\n" + b"nn.MultiheadAttention\n" * 9

    assert flags_of({"layers.py": source}, NAMES) == [f"layers.py uses {LAYER} in lines 2, 3, 4, 5, 6, …."]


def test_modules_that_import_each_other_in_a_circle_are_no_trouble():
    files = {"a.py": b"from b import *\nfrom b import x as y\ny.z", "b.py": b"from a import *\nfrom a import y as x"}

    assert flags_of(files, NAMES) == []


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_cannot_be_read_is_said_and_the_others_are_still_read(source):
    found = flags_of({"hostile.py": source, "layers.py": b"from torch.nn import MultiheadAttention"}, NAMES)

    assert found == [
        "hostile.py could not be looked through: it is not Python that can be read.",
        f"layers.py uses {LAYER} in line 1.",
    ]


def test_a_file_that_is_too_large_is_said():
    large = b"#" * (flags.MAX_FILE_BYTES + 1)

    assert flags_of({"a.py": large, "b.py": large}, NAMES) == [
        "a.py and 1 more could not be looked through: too large for that."
    ]


def test_a_file_that_takes_too_long_is_said(monkeypatch):
    monkeypatch.setattr(flags, "WALL_SECONDS", 0.0)

    (sentence,) = flags_of({"layers.py": b"x = 1"}, NAMES)

    assert "could not be looked through" in sentence


def test_a_reader_that_crashes_is_said(monkeypatch, tmp_path):
    crashing = tmp_path / "crashing.py"
    crashing.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(uses, "__file__", str(crashing))

    (sentence,) = flags_of({"layers.py": b"x = 1"}, NAMES)

    assert "could not be looked through" in sentence


def test_nothing_is_read_where_no_name_is_asked_after():
    assert flags_of({"layers.py": b"\0"}, []) == []
    assert flags_of({"notes.txt": b"\0"}, NAMES) == []


def test_flags_are_bounded_and_fit_to_be_shown():
    files = {f"{'long' * 200}{number}\x1b[31m\u202e.py": b"\0" for number in range(50)}

    found = flags_of(files, NAMES)

    assert len(found) == flags.MAX_FLAGS
    assert all(len(each) <= flags.MAX_FLAG and "\x1b" not in each and "\u202e" not in each for each in found)


@pytest.mark.bubblewrap
def test_a_flag_is_reported_and_costs_no_points(bubblewrap):
    suite = load_suite(SUITES_FOLDER / "autodiff")
    suite = replace(suite, manifest=suite.manifest.model_copy(update={"flag_uses": ["numpy.exp"]}))

    report = Grader(bubblewrap, {}, pool_size=0).grade(
        suite,
        suite.reference_files,
        on_phase=lambda phase: None,
        on_check=lambda check: None,
        stopped=threading.Event(),
    )

    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    (flag,) = report.flags
    assert flag.startswith("needle.py uses numpy.exp in lines ")
    assert f"\nFor a person to look at:\n  {flag}\n" in report_text(report, suite.manifest)
