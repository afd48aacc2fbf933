"""The command-line door: what it prints, what it refuses and with which exit code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners import grade
from runners.protocol import Phase, RunReport
from runners.sandboxes import NoSandbox, SandboxFault
from runners.suites import SUITES_FOLDER, load_suite

AUTODIFF = SUITES_FOLDER / "autodiff"
SEED = "00000000000000000000000000000007"

GOLDEN = Path(__file__).with_name("golden_grade.txt")


@pytest.fixture
def homework(tmp_path):
    """The reference solution in a folder of its own."""
    folder = tmp_path / "homework"
    shutil.copytree(AUTODIFF / "reference", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def replace_in(folder, old, new):
    path = folder / "needle.py"
    source = path.read_text()
    assert source.count(old) == 1
    path.write_text(source.replace(old, new))


def run(*arguments):
    """Run the command in a process of its own, as one does."""
    command = [sys.executable, "-m", "runners.grade", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.bubblewrap
def test_the_reference_gets_full_points(homework):
    done = run(homework, "--suite", "autodiff", "--sandbox", "bubblewrap", "--seed", 7)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["Automatic differentiation: 100 of 100 points", "27 of 27 checks passed."]
    assert sum(line.startswith("  ✓ ") for line in lines) == 27
    assert re.fullmatch(rf"Seed {SEED}, bubblewrap, .*numpy \d.*\.", lines[-1])


@pytest.mark.bubblewrap
def test_a_report_says_what_failed_why_and_what_to_look_at(homework):
    replace_in(
        homework, "        return (out_grad * Tensor(a.data > 0),)", '        raise NotImplementedError("later")'
    )
    replace_in(
        homework, "        return (out_grad * node,)", '        print("here")\n        return (-(out_grad * node),)'
    )

    done = run(homework, "--suite", "autodiff", "--sandbox", "bubblewrap", "--seed", SEED)

    assert (done.returncode, done.stderr) == (0, "")
    assert "The first thing to look at: exp." in done.stdout
    assert "      Hint: The sign is the opposite one." in done.stdout
    assert "      It printed:\n      | here\n" in done.stdout


@pytest.mark.bubblewrap
def test_the_text_is_the_golden_one(homework, capsys):
    replace_in(
        homework, "        return (out_grad * Tensor(a.data > 0),)", '        raise NotImplementedError("later")'
    )
    replace_in(
        homework,
        "        return (sum_to_shape(out_grad, node.inputs[0].shape),)",
        '        print("stretched from", node.inputs[0].shape)\n        return (out_grad,)',
    )

    code = grade.main([str(homework), "--suite", "autodiff", "--sandbox", "bubblewrap", "--seed", "7"])

    printed = re.sub(r"bubblewrap, .*\.$", "bubblewrap, PACKAGES.", capsys.readouterr().out, flags=re.MULTILINE)
    assert code == 0
    assert printed == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.bubblewrap
def test_json_is_the_report_that_the_site_would_get(homework):
    done = run(homework, "--suite", "autodiff", "--sandbox", "bubblewrap", "--json")

    report = RunReport.model_validate(json.loads(done.stdout))
    suite = load_suite(AUTODIFF)
    assert (done.returncode, done.stderr) == (0, "")
    assert (report.suite_name, report.suite_digest, report.sandbox) == ("autodiff", suite.digest, "bubblewrap")
    assert "numpy" in report.packages
    assert "torch" not in report.packages
    assert sum(check.points for check in report.checks) == 100
    assert set(report.phase_seconds) == set(Phase)
    assert list(report.phase_seconds.values()) == sorted(report.phase_seconds.values())


@pytest.mark.bubblewrap
def test_a_submission_that_does_not_import_is_graded_with_that_reason(homework):
    (homework / "needle.py").write_text("import nowhere\n")

    done = run(homework, "--suite", "autodiff", "--sandbox", "bubblewrap")

    assert done.returncode == 0
    assert done.stdout.startswith("Automatic differentiation: 0 of 100 points\n0 of 27 checks passed.\n\n")
    assert "nowhere" in done.stdout
    assert "  · add " in done.stdout


@pytest.mark.docker
def test_docker_says_the_same(homework):
    done = run(homework, "--suite", "autodiff", "--sandbox", "docker")

    assert done.returncode == 0, done.stderr  # it may say that it removed what a killed runner left behind
    assert done.stdout.startswith("Automatic differentiation: 100 of 100 points\n")


def refusal(capsys, *arguments):
    code = grade.main([str(each) for each in arguments])
    printed = capsys.readouterr()
    assert printed.out == ""
    return code, printed.err.strip()


def test_a_missing_folder_is_refused(tmp_path, capsys):
    code, sentence = refusal(capsys, tmp_path / "nowhere", "--suite", "autodiff")

    assert (code, sentence) == (2, f"{tmp_path / 'nowhere'}: there is no such folder.")


def test_a_file_instead_of_a_folder_is_refused(homework, capsys):
    code, sentence = refusal(capsys, homework / "needle.py", "--suite", "autodiff")

    assert (code, sentence) == (2, f"{homework / 'needle.py'}: is a file; name the folder that it is in.")


def test_a_folder_without_the_required_file_is_refused(tmp_path, capsys):
    code, sentence = refusal(capsys, tmp_path, "--suite", "autodiff")

    assert (code, sentence) == (2, f"{tmp_path}: there is no needle.py in it, which the suite autodiff requires.")


def test_an_unknown_suite_is_refused_with_the_known_ones(homework, capsys):
    code, sentence = refusal(capsys, homework, "--suite", "autodif")

    assert code == 2
    assert sentence == f"--suite autodif: there is no such suite in {SUITES_FOLDER}; there is autodiff, nn, pytorch."


def test_a_folder_without_suites_is_refused(homework, tmp_path, capsys):
    code, sentence = refusal(capsys, homework, "--suite", "autodiff", "--suites", tmp_path / "none")

    assert (code, sentence) == (2, f"{tmp_path / 'none'}: there is no such folder of suites.")


@pytest.mark.parametrize("seed", ["-1", "x", "zz" * 16, str(2**128), "0x" + "f" * 33])
def test_a_seed_that_is_none_is_refused(seed, homework, capsys):
    code, sentence = refusal(capsys, homework, "--suite", "autodiff", f"--seed={seed}")

    assert code == 2
    assert sentence.startswith(f"--seed {seed}: write a whole number from 0 on")


def test_a_seed_is_a_number_or_what_a_report_names():
    assert grade.read_seed("7") == grade.read_seed("0x7") == grade.read_seed(SEED) == bytes(15) + b"\x07"


def test_without_a_jail_nothing_is_run_and_the_sentence_says_what_to_install(homework, capsys, monkeypatch):
    def refuse(kind):
        raise NoSandbox("Install bubblewrap: apt-get install bubblewrap.")

    monkeypatch.setattr(grade, "choose_sandbox", refuse)

    code, sentence = refusal(capsys, homework, "--suite", "autodiff")

    assert code == 2
    assert sentence == (
        "Nothing was run, because this machine has no jail for it. Install bubblewrap: apt-get install bubblewrap."
    )


def test_a_fault_of_ours_is_no_verdict(homework, capsys, monkeypatch):
    def break_down(kind):
        raise SandboxFault("The sandbox broke.", "No space left.")

    monkeypatch.setattr(grade, "choose_sandbox", break_down)

    code, sentence = refusal(capsys, homework, "--suite", "autodiff")

    assert (code, sentence) == (3, "This is no fault of the submission. The sandbox broke. No space left.")


def test_an_interruption_is_said(homework, capsys, monkeypatch):
    def interrupt(kind):
        raise KeyboardInterrupt

    monkeypatch.setattr(grade, "choose_sandbox", interrupt)

    code, sentence = refusal(capsys, homework, "--suite", "autodiff")

    assert (code, sentence) == (130, "Interrupted; nothing was graded.")


def test_hidden_files_links_and_byte_code_are_left_out(homework):
    (homework / "part").mkdir()
    (homework / "part" / "more.py").write_text("x = 1\n")
    (homework / ".git").mkdir()
    (homework / ".git" / "config").write_text("secret")
    (homework / "__pycache__").mkdir()
    (homework / "__pycache__" / "needle.pyc").write_bytes(b"code")
    (homework / "link.py").symlink_to("/etc/passwd")

    files = grade.read_folder(homework, load_suite(AUTODIFF).manifest)

    assert sorted(files) == ["needle.py", "part/more.py"]


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_BYTES"])
def test_a_folder_that_is_far_too_large_is_refused(limit, homework, monkeypatch):
    monkeypatch.setattr(grade, limit, 0)

    with pytest.raises(grade.FolderRefused, match="is it the right folder"):
        grade.read_folder(homework, load_suite(AUTODIFF).manifest)
