"""Whether a suite is right: the table on the command line, and every way in which a suite may not be."""

import json
import shutil

import pytest

from runners.protocol import SuiteKind
from runners.scaffold import begin_suite
from runners.scaffold import main as begin
from runners.suites import main, make_manifest, manifest_text
from runners.validation import validate

pytestmark = pytest.mark.bubblewrap


@pytest.fixture
def folder(tmp_path, bubblewrap):
    """A suite as ``make suite`` begins it, with its manifest."""
    begin_suite("rows", SuiteKind.DIFFERENTIAL, folder=tmp_path)
    made = tmp_path / "rows"
    (made / "manifest.json").write_text(manifest_text(make_manifest(made, bubblewrap)))
    return made


def surprises(report):
    return [sentence for example in report.examples for sentence in example.surprises]


@pytest.mark.parametrize("kind", [SuiteKind.DIFFERENTIAL, SuiteKind.PYTEST, SuiteKind.VALUES])
def test_a_suite_that_was_just_begun_is_right(kind, tmp_path, bubblewrap):
    begin_suite("rows", kind, folder=tmp_path)

    report = validate(tmp_path / "rows", bubblewrap, makes_manifest=True)

    assert report.has_passed, (report.problem, report.detail, surprises(report))
    assert [(each.role, each.name) for each in report.examples] == [
        ("reference", ""),
        ("starter", ""),
        ("wrong", "wrong_axis"),
    ]
    assert report.notes == ()


@pytest.mark.docker
def test_an_autograder_that_was_just_begun_is_right(tmp_path, bubblewrap):
    begin_suite("rows", SuiteKind.GRADESCOPE, folder=tmp_path)

    report = validate(tmp_path / "rows", bubblewrap, makes_manifest=True)

    assert report.has_passed, (report.problem, report.detail, surprises(report))


def test_the_command_prints_a_line_for_each_submission(folder, capsys):
    assert main(["--validate", str(folder), "--sandbox", "bubblewrap"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "Rows (rows)",
        "2 cases, 10 points, in bubblewrap.",
        "",
        "✓ reference           10 / 10  2 of 2 passed",
        "✓ starter              0 / 10  0 of 2 passed",
        "✓ wrong/wrong_axis     4 / 10  fails mean",
        "",
        "rows is right.",
    ]


def test_the_command_fails_where_something_fares_otherwise(folder, capsys):
    (folder / "wrong/wrong_axis/expect.json").write_text('{"fails": ["largest"]}')

    assert main(["--validate", str(folder), "--sandbox", "bubblewrap"]) == 1

    printed = capsys.readouterr().out
    assert "✗ wrong/wrong_axis" in printed
    assert "✗ It should fail largest, but passes it." in printed
    assert "rows is not right yet." in printed


def test_the_command_can_look_at_the_manifest_as_well(folder, capsys):
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text().replace("Divide", "divide"))

    assert main(["--check", "--validate", str(folder), "--sandbox", "bubblewrap"]) == 1

    printed = capsys.readouterr().out
    assert "is out of date." in printed
    assert "rows is right." in printed


@pytest.mark.parametrize(
    ("path", "content", "sentence"),
    [
        ("starter/expect.json", '{"passes": ["mean"]}', "It should pass mean, but fails it."),
        ("starter/expect.json", '{"passes": ["median"]}', "expect.json names median, and the suite has no such case."),
        ("wrong/wrong_axis/expect.json", "{", "expect.json: Invalid JSON"),
        ("wrong/wrong_axis/expect.json", '{"fails": "mean"}', "expect.json: fails: "),
        ("wrong/wrong_axis/expect.json", '{"fails": ["mean", "largest"]}', "It should fail largest, but passes it."),
        ("wrong/wrong_axis/expect.json", '{"fails": []}', "It fails mean, which it should not."),
    ],
)
def test_every_way_to_fare_otherwise_is_named(path, content, sentence, folder, bubblewrap):
    (folder / path).write_text(content)

    report = validate(folder, bubblewrap)

    assert not report.has_passed
    assert any(each.startswith(sentence) for each in surprises(report)), surprises(report)


def test_a_reference_that_is_never_the_same_is_named_with_what_it_said(folder, bubblewrap):
    (folder / "reference/solution.py").write_text(
        "import os, numpy as np\n"
        "def mean(rows): return np.frombuffer(os.urandom(24), dtype=np.uint64).astype(float)\n"
        "def largest(rows): return rows.max(axis=1)\n"
    )

    report = validate(folder, bubblewrap)

    [sentence] = report.examples[0].surprises
    assert sentence.startswith("It should pass mean: ")


def test_a_submission_that_does_not_load_is_noted(folder, bubblewrap):
    (folder / "starter/solution.py").write_text("import nowhere\n")

    report = validate(folder, bubblewrap)

    assert report.has_passed
    assert "No check could run: " in report.examples[1].notes[0]


def test_what_does_not_come_with_it_is_noted(folder, bubblewrap):
    shutil.rmtree(folder / "wrong")
    shutil.rmtree(folder / "starter")

    report = validate(folder, bubblewrap)

    assert report.has_passed
    assert len(report.notes) == 2


def test_a_manifest_of_other_cases_is_a_problem(folder, bubblewrap):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["cases"][0]["id"] = "median"
    path.write_text(json.dumps(manifest))

    report = validate(folder, bubblewrap)

    assert not report.has_passed
    assert "it does not have the cases of the suite (mean, median)" in report.problem


def test_a_missing_manifest_is_a_problem_where_none_may_be_made(folder, bubblewrap):
    (folder / "manifest.json").unlink()

    assert "manifest.json is missing" in validate(folder, bubblewrap).problem
    assert not (folder / "manifest.json").exists()


def test_make_suite_says_what_to_do_next_and_overwrites_nothing(tmp_path, capsys):
    assert begin(["rows", "--folder", str(tmp_path)]) == 0
    assert "python -m runners.suites --validate" in capsys.readouterr().out

    assert begin(["rows", "--folder", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert begin(["../rows", "--folder", str(tmp_path)]) == 2
    assert "begin with a small letter" in capsys.readouterr().err
