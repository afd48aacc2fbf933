"""A run is repeated from a file: the same report, or a sentence for everything that differs."""

import json

import pytest

from runners import grade
from runners.protocol import folder_digest, to_json
from runners.replay import ReplayRefused, differences, made_differently, read_replay
from runners.suite_protocol import Replay
from runners.suites import SUITES_FOLDER, load_suite
from tests.runners.fake_site import zipped

AUTODIFF = SUITES_FOLDER / "autodiff"
WRONG = AUTODIFF / "wrong" / "no_accumulation" / "needle.py"


def graded(capsys):
    """Grade a wrong submission on the command line and return its report."""
    code = grade.main([str(WRONG.parent), "--suite", "autodiff", "--json", "--sandbox", "bubblewrap"])
    assert code == 0
    return json.loads(capsys.readouterr().out)


def exported(tmp_path, report, **changes):
    """Write the file that the site would export of this report."""
    files = {"needle.py": WRONG.read_bytes(), "expect.json": (WRONG.parent / "expect.json").read_bytes()}
    replay = Replay.model_validate(
        {
            "submission_id": 1,
            "job_id": 2,
            "suite_name": "autodiff",
            "suite_version": "v1",
            "suite_digest": report["suite_digest"],
            "bundle_sha256": folder_digest(files.items()),
            "seed": report["seed"],
            "provenance": {"sandbox": report["sandbox"], "image": report["image"], "packages": report["packages"]},
            "message": report["message"],
            "checks": report["checks"],
            **changes,
        }
    )
    path = tmp_path / "replay.zip"
    packed = {f"submission/{name}": content for name, content in files.items()}
    path.write_bytes(zipped({**packed, "replay.json": json.dumps(to_json(replay)).encode()}))
    return path


@pytest.fixture
def report():
    return {
        "suite_digest": load_suite(AUTODIFF).digest,
        "seed": "00" * 16,
        "sandbox": "bubblewrap",
        "image": "",
        "packages": {"numpy": "1"},
        "message": "",
        "checks": [],
    }


@pytest.mark.bubblewrap
def test_the_same_run_again_gives_the_same_report(tmp_path, capsys):
    path = exported(tmp_path, graded(capsys))

    code = grade.main(["--replay", str(path), "--sandbox", "bubblewrap"])

    printed = capsys.readouterr().out
    assert "The report is the same, but for times and memory." in printed, printed
    assert code == 0


@pytest.mark.bubblewrap
def test_what_differs_is_said(tmp_path, capsys):
    report = graded(capsys)
    report["checks"][0] |= {"outcome": "failed", "points": "0", "message": "It was wrong."}
    report["packages"] |= {"numpy": "1.0"}
    path = exported(tmp_path, report)

    code = grade.main(["--replay", str(path), "--sandbox", "bubblewrap"])

    printed = capsys.readouterr().out
    assert code == 1
    assert "its outcome is passed; it was failed." in printed
    assert "Made differently: numpy was 1.0 and is" in printed
    assert "The report is another one." in printed


def test_a_suite_that_is_not_here_is_named_with_what_to_do(tmp_path, capsys, report):
    path = exported(tmp_path, report | {"suite_digest": "ab" * 32})

    assert grade.main(["--replay", str(path)]) == 2
    assert "Download that version from its page on the site" in capsys.readouterr().err


def test_files_that_were_not_handed_in_are_refused(tmp_path, report):
    path = exported(tmp_path, report, bundle_sha256="0" * 64)

    with pytest.raises(ReplayRefused, match="not those that were handed in"):
        read_replay(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read"),
        (b"PK", "cannot be read"),
        (zipped({"other.json": b"{}"}), "holds no replay.json"),
        (zipped({"replay.json": b"{}"}), "replay.json: submission_id"),
        (zipped({"../replay.json": b"{}"}), "cannot be read"),
    ],
)
def test_a_file_that_is_no_replay_is_refused(tmp_path, content, sentence):
    path = tmp_path / "replay.zip"
    path.write_bytes(content)

    with pytest.raises(ReplayRefused, match=sentence):
        read_replay(path)


def test_another_format_is_refused(tmp_path, report):
    with pytest.raises(ReplayRefused, match="has the format 9"):
        read_replay(exported(tmp_path, report, format=9))


def test_times_and_memory_may_differ(report):
    check = {"id": "a", "outcome": "passed", "points": "1", "max_points": "1", "seconds": 1.0, "peak_bytes": 5}
    before = replayed(report, [check])
    after = before.model_copy(update={"checks": (before.checks[0].model_copy(update={"seconds": 9.0}),)})

    assert list(differences(before, after)) == []


def test_checks_that_came_and_went_are_named(report):
    check = {"id": "a", "outcome": "passed", "points": "1", "max_points": "1", "output": "x"}
    before, after = replayed(report, [check, check | {"id": "b"}]), replayed(report, [check | {"output": "y"}])

    assert set(differences(before, after)) == {"b: it is no longer reported.", "a: it prints other text."}
    assert set(differences(after, before)) == {"b: it was not reported.", "a: it prints other text."}


def test_what_the_run_was_made_with_is_compared(report):
    before = replayed(report, [])
    after = type("Report", (), {"sandbox": "docker", "image": "sha256:1", "packages": {"torch": "2"}})

    assert list(made_differently(before, after)) == [
        "The sandbox was bubblewrap and is docker.",
        "The image was none and is sha256:1.",
        "numpy was 1 and is absent.",
        "torch was absent and is 2.",
    ]


def replayed(report, checks):
    return Replay.model_validate(
        {
            "submission_id": 1,
            "job_id": 1,
            "suite_name": "autodiff",
            "suite_digest": report["suite_digest"],
            "bundle_sha256": "0",
            "seed": report["seed"],
            "provenance": {key: report[key] for key in ("sandbox", "image", "packages")},
            "checks": checks,
        }
    )
