"""Reading a suite's folder: what it must hold, and the sentence for each thing that is wrong."""

import json
import shutil

import pytest

from runners.suites import SUITES_FOLDER, SuiteInvalid, load_suite, load_suites, main, make_manifest, manifest_text


@pytest.fixture
def folder(tmp_path):
    """A copy of the suite autodiff that a test may break."""
    copy = tmp_path / "autodiff"
    shutil.copytree(SUITES_FOLDER / "autodiff", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def edit_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_suites_of_a_folder_are_found_by_name(folder):
    suites = load_suites(folder.parent)

    assert list(suites) == ["autodiff"]
    assert suites["autodiff"].manifest.module == "needle"
    assert suites["autodiff"].limits.memory_bytes == suites["autodiff"].manifest.memory_bytes


def test_case_files_and_reference_are_kept_apart(folder):
    suite = load_suite(folder)

    assert list(suite.case_files) == ["cases.py"]
    assert list(suite.reference_files) == ["needle.py"]


def test_the_digest_names_cases_and_reference_and_not_the_starter(folder):
    before = load_suite(folder).digest
    (folder / "starter" / "needle.py").write_text("")
    after_starter = load_suite(folder).digest
    with (folder / "reference" / "needle.py").open("a") as reference:
        reference.write("\n# changed\n")
    after_reference = load_suite(folder).digest

    assert before == after_starter != after_reference


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SuiteInvalid, match="nowhere: there is no such folder of suites"):
        load_suites(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("suite.toml", "suite.toml is missing: a suite needs one."),
        ("manifest.json", r"manifest.json is missing: run python -m runners.suites .*autodiff$"),
        ("cases.py", "cases.py cannot be read: a suite needs its cases there."),
        ("reference/needle.py", "reference: the reference solution has no needle.py, which suite.toml requires."),
    ],
)
def test_a_missing_file_is_named(name, sentence, folder):
    (folder / name).unlink()

    with pytest.raises(SuiteInvalid, match=sentence):
        load_suite(folder)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "suite.toml cannot be read: "),
        ("\udcff", "suite.toml cannot be read: "),
        ('name = "autodiff"\ncases = []', "suite.toml: 'cases' is no setting of a suite."),
        ('name = "autodiff"\ncolour = 1', "suite.toml: 'colour' is no setting of a suite."),
        ('name = "another"', "suite.toml: name must be that of the folder, 'autodiff'."),
        ("", "suite.toml: name must be that of the folder, 'autodiff'."),
    ],
)
def test_a_wrong_setting_is_named(text, sentence, folder):
    (folder / "suite.toml").write_text(text, errors="surrogateescape")

    with pytest.raises(SuiteInvalid, match=sentence):
        load_suite(folder)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"module": ""}, "manifest.json: Value error, module is missing: say what the cases import"),
        ({"cases": []}, "manifest.json: Value error, cases must not be empty"),
        ({"surprise": 1}, "manifest.json: surprise: Extra inputs are not permitted."),
        ({"kind": "gradescope"}, "manifest.json: Value error, total_points is missing"),
        ({"title": "Another"}, "manifest.json: title is not what suite.toml says; run python -m runners.suites"),
        ({"case_seconds": 9.0}, "manifest.json: case_seconds is not what suite.toml says"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(changes, sentence, folder):
    edit_manifest(folder, **changes)

    with pytest.raises(SuiteInvalid, match=sentence):
        load_suite(folder)


def test_a_manifest_that_is_no_json_is_named(folder):
    (folder / "manifest.json").write_text("{")

    with pytest.raises(SuiteInvalid, match=r"manifest\.json: Invalid JSON"):
        load_suite(folder)


def test_two_cases_with_one_id_are_named(folder):
    case = {"id": "add", "title": "add", "points": "1"}
    edit_manifest(folder, cases=[case, case])

    with pytest.raises(SuiteInvalid, match="two cases have the id 'add'"):
        load_suite(folder)


@pytest.mark.bubblewrap
def test_a_manifest_holds_the_cases_in_the_order_of_their_file(folder, bubblewrap):
    (folder / "cases.py").write_text(
        "from gpu_worker.harness.cases import case\n\n"
        "@case('Second things first', points='2.5', hint='Look.', group='All', seconds=9, partial=True)\n"
        "def second(module, rng, record): ...\n\n"
        "@case('First', points=1)\n"
        "def first(module, rng, record): ...\n"
    )

    manifest = make_manifest(folder, bubblewrap)

    assert [case.model_dump(mode="json", exclude_defaults=True) for case in manifest.cases] == [
        {
            "id": "second",
            "title": "Second things first",
            "points": "2.5",
            "group": "All",
            "hint": "Look.",
            "partial": True,
            "seconds": 9.0,
        },
        {"id": "first", "title": "First", "points": "1"},
    ]


@pytest.mark.bubblewrap
def test_a_suite_without_a_title_gets_no_manifest(folder, bubblewrap):
    path = folder / "suite.toml"
    path.write_text(path.read_text().replace("title =", "# title ="))

    with pytest.raises(SuiteInvalid, match=r"suite.toml and cases.py: title: Field required"):
        make_manifest(folder, bubblewrap)


@pytest.mark.bubblewrap
def test_the_command_writes_a_manifest_and_checks_that_it_is_fresh(folder, capsys):
    wanted = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text("{}")

    codes = [main([str(folder), "--check"]), main([str(folder)]), main([str(folder), "--check"])]

    assert codes == [1, 0, 0]
    assert (folder / "manifest.json").read_text() == wanted == manifest_text(load_suite(folder).manifest)
    assert capsys.readouterr().out.splitlines() == [
        f"{folder / 'manifest.json'} is out of date.",
        f"{folder / 'manifest.json'} written.",
        f"{folder / 'manifest.json'} is up to date.",
    ]


@pytest.mark.bubblewrap
def test_the_command_says_what_is_wrong_with_a_suite(folder, capsys):
    (folder / "suite.toml").unlink()

    assert main([str(folder)]) == 2
    assert "suite.toml is missing" in capsys.readouterr().err
