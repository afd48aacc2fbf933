"""Autograders in the shape of the documented samples, built and run in earnest."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from runners import suites as suite_tools
from runners.autograders import hosting, reading, runs
from runners.autograders.container_spec import LABEL
from runners.autograders.images import BuildFailed
from runners.autograders.no_jail import NoJail
from runners.capabilities import capabilities_of
from runners.config import read_autograder_config
from runners.kinds.gradescope import Gradescope
from runners.protocol import Outcome, Phase, SuiteKind, TextFormat, Visibility
from runners.runs import Stopped
from runners.sandboxes.base import SandboxFault
from runners.suite import Suite, SuiteInvalid, files_below
from runners.suites import load_suite, make_manifest
from tests.kinds.autograding import SOURCES, graded, laid_out, published, wrong
from tests.kinds.autograding import autograders as autograders
from tests.kinds.autograding import suites as suites

pytestmark = [pytest.mark.autograders, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parent.parent.parent
Suites = Callable[[str], Suite]


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    made = docker.DockerClient(base_url=read_autograder_config().docker_host)
    yield made
    made.close()


def left_behind(client: docker.DockerClient) -> list[str]:
    """Return what the runs of this process have not removed."""
    mine = f":{os.getpid()}:"
    containers = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    networks = client.networks.list(filters={"label": LABEL})
    named = [(one.name, one.labels) for one in containers] + [(one.name, one.attrs["Labels"]) for one in networks]
    return [name for name, labels in named if mine in labels[f"{LABEL}.lease"]]


def test_unittest_with_decorators_grades_the_reference_with_full_points(suites: Suites) -> None:
    suite = suites("python_unittest")
    told: list[object] = []

    report = graded(suite, suite.reference_files, told=told)

    assert report.score == suite.manifest.max_points == 10
    assert [(check.number, check.points, check.outcome) for check in report.checks] == [
        ("1.1", 2, Outcome.PASSED),
        ("1.2", 2, Outcome.PASSED),
        ("1.10", 3, Outcome.PASSED),
        ("2", 3, Outcome.PASSED),
        ("", 0, Outcome.PASSED),
    ]
    assert told[0] is Phase.SANDBOX_READY and told[-1] is Phase.LAST_CHECK
    assert told[2] == report.checks[0]


def test_metadata_goes_in_and_tags_visibilities_output_and_the_leaderboard_come_out(suites: Suites) -> None:
    suite = suites("python_unittest")
    before = {"submission_time": "2026-09-01T10:00:00.000000-04:00", "score": 3.0, "autograder_error": False}

    report = graded(suite, suite.reference_files, metadata={"previous_submissions": [before, before]})

    assert report.extra_data == {"attempts": 3}
    checks = {check.number: check for check in report.checks}
    assert checks["1.2"].tags == ["division", "floats"] and checks["1.2"].output == "dividing\n"
    assert checks["1.10"].visibility is Visibility.HIDDEN
    assert checks["2"].visibility is Visibility.AFTER_DUE_DATE
    (lead,) = report.leaderboard
    assert (lead.name, lead.value) == ("length", str(len(suite.reference_files["calculator.py"])))
    assert report.console_visibility is Visibility.HIDDEN


def test_a_wrong_submission_loses_what_it_should(suites: Suites) -> None:
    report = graded(suites("python_unittest"), wrong("python_unittest", "integer_division"))

    assert report.score == 8
    (failed,) = [check for check in report.checks if check.counts and check.outcome is not Outcome.PASSED]
    assert failed.number == "1.2" and failed.output == "dividing\nTest Failed: 3 != 3.5"


def test_the_manifest_lists_the_tests_of_the_references_run(suites: Suites) -> None:
    manifest = suites("python_unittest").manifest

    assert [(case.title, case.points, case.visibility) for case in manifest.cases] == [
        ("Evaluates 1 + 1", 2, Visibility.VISIBLE),
        ("Evaluates 7 / 2", 2, Visibility.VISIBLE),
        ("Evaluates 2 + 3 * 4", 3, Visibility.HIDDEN),
        ("Evaluates three more", 3, Visibility.AFTER_DUE_DATE),
    ]
    assert manifest.kind.is_self_reported and not manifest.needs_jail


def test_a_submission_that_keeps_the_tests_from_loading_is_shown_what_was_not_run(suites: Suites) -> None:
    report = graded(suites("python_unittest"), wrong("python_unittest", "crashes_on_import"))

    assert report.score == 0 and report.message == reading.NO_SCORE
    assert "not yet" in report.console or "ImportError" in report.checks[0].output
    assert sum(check.outcome is Outcome.NOT_RUN for check in report.checks) == 4


def test_a_submission_that_ends_the_run_gets_no_points_and_a_sentence(suites: Suites) -> None:
    report = graded(suites("python_unittest"), wrong("python_unittest", "leaves"))

    assert report.score == 0
    assert report.message == reading.KNOWN_GOOD
    assert {check.outcome for check in report.checks} == {Outcome.NOT_RUN}


def test_a_compiled_language_is_set_up_with_apt_and_graded_from_the_zip(suites: Suites) -> None:
    suite = suites("compiled")

    right = graded(suite, suite.reference_files)
    overflowing = graded(suite, wrong("compiled", "overflows"))

    assert (suite.folder / "autograder.zip").exists()
    assert (right.score, overflowing.score) == (6, 4)
    assert right.console == "compiled and run\n" and right.console_visibility is Visibility.VISIBLE
    assert overflowing.checks[2].output == "It prints -1581614984"


def test_what_does_not_compile_is_worth_what_the_autograder_says_although_it_ends_with_an_error(suites: Suites) -> None:
    report = graded(suites("compiled"), wrong("compiled", "no_semicolon"))

    assert report.score == 0
    assert report.output.startswith("It does not compile:\nfibonacci.c:9")
    assert [check.outcome for check in report.checks] == [Outcome.NOT_RUN] * 3


def test_a_background_service_and_another_user_work(suites: Suites) -> None:
    suite = suites("background_service")

    right = graded(suite, suite.reference_files)
    half = graded(suite, wrong("background_service", "one_answer"))

    assert (right.score, half.score) == (4, 2)
    assert right.output == "asked by user 1000"


@pytest.fixture(scope="module")
def odd(suites: Suites):
    return graded(suites("odd_results"), {"anything.txt": b"", "folder/more.txt": b""})


def test_scores_as_text_nan_unknown_keys_windows_line_ends_and_an_error_at_the_end_are_no_trouble(odd) -> None:
    checks = {check.title: check for check in odd.checks}

    assert str(odd.score) == "3.5000"
    assert [check.title for check in odd.checks] == ["says so itself", "text scores", "not a number", "Test 4"]
    assert (checks["text scores"].outcome, checks["text scores"].max_points) == (Outcome.PARTIAL, 3)
    assert checks["not a number"].outcome is Outcome.CRASHED and "no number" in checks["not a number"].message
    assert checks["says so itself"].outcome is Outcome.PASSED
    assert checks["Test 4"].output == "only words" and not checks["Test 4"].counts
    assert [row.value for row in odd.leaderboard] == ["*****", "12.5"]
    assert odd.extra_data == {"seen": 1, "ratio": None}
    assert odd.output_format is TextFormat.TEXT


def test_standard_output_and_error_are_one_console(odd) -> None:
    assert odd.console == "to stdout\nto stderr\n"
    assert odd.console_visibility is Visibility.AFTER_PUBLISHED


def test_root_of_the_container_is_nobody_on_the_host_and_has_no_network(odd) -> None:
    about = json.loads(odd.output)

    assert about["user"] == 0
    assert about["uid_map"][:2] != ["0", "0"]
    assert about["networks"] == ["lo"]
    assert about["memory"] == str(128 << 20)
    assert about["submission"] == ["anything.txt", "folder", "more.txt"]


def test_a_network_is_there_where_the_suite_asks_for_it_and_gone_afterwards(suites: Suites, client) -> None:
    report = graded(suites("odd_results"), {"anything.txt": b""}, network=True)

    assert json.loads(report.output)["networks"] == ["eth0", "lo"]
    assert left_behind(client) == []


def test_results_written_before_the_time_is_over_count_as_partial(suites: Suites, client) -> None:
    began = time.monotonic()

    report = graded(suites("times_out"), wrong("times_out", "sleeps"))

    assert 3 <= time.monotonic() - began < 60
    assert report.is_partial and report.score == 1
    assert "ended at its limit of 3 seconds" in report.message
    assert [(check.id, check.outcome) for check in report.checks] == [
        ("first", Outcome.PARTIAL),
        ("second", Outcome.NOT_RUN),
    ]
    assert report.console == "first is done\n"
    assert left_behind(client) == []


def test_a_time_out_without_results_says_so(suites: Suites) -> None:
    report = graded(suites("times_out"), wrong("times_out", "sleeps_without_results"))

    assert report.score == 0 and not report.is_partial
    assert report.message == "Your submission timed out. It took longer than 3 seconds to run."


def test_too_much_memory_is_named_as_the_reason(suites: Suites) -> None:
    hungry = {"calculator.py": b"x = bytearray(1 << 30)\nfor at in range(0, len(x), 4096):\n    x[at] = 1\n"}

    report = graded(suites("python_unittest"), hungry, memory_bytes=64 << 20)

    assert report.score == 0 and "64 MiB of memory" in report.message


def test_too_much_on_the_disk_ends_the_run(suites: Suites, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "DISK_BYTES", 16 << 20)
    monkeypatch.setattr(runs, "DISK_LOOK_SECONDS", 0.2)
    script = b"for n in 1 2 3; do head -c 10000000 /dev/zero >/var/tmp/$n; done; sleep 300\n"

    report = graded(suites("times_out"), {"work.sh": script}, run_seconds=120)

    assert report.is_partial and report.score == 1
    assert report.message == reading.NO_DISK


def test_a_run_that_is_stopped_leaves_nothing(suites: Suites, client) -> None:
    stopped = threading.Event()
    timer = threading.Timer(1.5, stopped.set)
    timer.start()

    with pytest.raises(Stopped):
        graded(suites("times_out"), wrong("times_out", "sleeps"), stopped=stopped, run_seconds=300)

    timer.join()
    assert left_behind(client) == []


def test_a_ready_made_image_is_run_without_its_entry_point(
    suites: Suites, autograders: Gradescope, client, tmp_path: Path
) -> None:
    built = autograders.harness.image_of(suites("odd_results"))
    container = client.containers.create(built.id)
    image = container.commit(changes='ENTRYPOINT ["/bin/false"]')
    container.remove()
    folder = tmp_path / "ready_made"
    folder.mkdir()
    (folder / "suite.toml").write_text(
        f'name = "ready_made"\ntitle = "x"\nkind = "gradescope"\ntotal_points = 5\nimage = "{image.id}"\n'
    )
    try:
        report = graded(published(folder), {"anything.txt": b""})
    finally:
        image.remove(force=True)

    assert str(report.score) == "3.5000"
    assert report.image == image.id


def test_an_image_without_an_autograder_is_our_fault(suites: Suites, client) -> None:
    base = client.images.get(read_autograder_config().base_image)

    with pytest.raises(SandboxFault, match="has no /autograder/run_autograder"):
        graded(replace(suites("odd_results"), case_files={}), {}, image=base.id)


def test_a_setup_that_fails_is_our_fault_and_its_log_is_kept(autograders: Gradescope, tmp_path: Path) -> None:
    folder = laid_out("times_out", tmp_path)
    (folder / "autograder" / "setup.sh").write_text("echo looking for the compiler\nexit 7\n")

    with pytest.raises(BuildFailed) as failure:
        make_manifest(folder, NoJail())

    assert "looking for the compiler" in failure.value.detail
    logs = read_autograder_config().logs_folder.glob("*.log")
    assert any("looking for the compiler" in log.read_text() for log in logs)


def test_an_autograder_without_results_for_its_own_reference_is_refused(
    autograders: Gradescope, tmp_path: Path
) -> None:
    folder = laid_out("times_out", tmp_path)
    (folder / "autograder" / "run_autograder").write_text("echo nothing is written\n")

    with pytest.raises(SuiteInvalid, match="nothing is written"):
        make_manifest(folder, NoJail())


def test_another_autograder_is_another_digest_and_another_image(
    suites: Suites, autograders: Gradescope, tmp_path: Path
) -> None:
    suite = suites("times_out")
    folder = laid_out("times_out", tmp_path)
    with (folder / "autograder" / "run_autograder").open("a") as script:
        script.write("# changed\n")
    changed = published(folder)

    assert changed.digest != suite.digest
    assert autograders.harness.image_of(changed).id != autograders.harness.image_of(suite).id
    assert autograders.harness.image_of(load_suite(suite.folder)).id == autograders.harness.image_of(suite).id


def test_an_image_that_somebody_cleaned_away_is_built_again(autograders: Gradescope, client, tmp_path: Path) -> None:
    folder = laid_out("times_out", tmp_path)
    (folder / "autograder" / "setup.sh").write_text("# of this test alone\n")
    suite = published(folder)
    client.images.remove(autograders.harness.image_of(suite).id, force=True)

    assert graded(suite, suite.reference_files).score == 4


def test_a_host_with_an_engine_serves_its_suites_and_one_without_leaves_them_to_others(
    suites: Suites, autograders: Gradescope, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    both = {"times_out": suites("times_out"), "other": replace(suites("times_out"), manifest=_differential(suites))}

    assert hosting.ready_for_autograders(both) == both
    assert SuiteKind.GRADESCOPE in capabilities_of(NoJail()).kinds

    autograders.harness.close()
    monkeypatch.setenv("RUNNER_AUTOGRADER_DOCKER", "unix:///nowhere/docker.sock")
    assert list(hosting.ready_for_autograders(both)) == ["other"]
    assert "not graded here: times_out" in caplog.text
    assert "make autograder-engine" in hosting.refusal()
    assert set(SuiteKind) - set(capabilities_of(NoJail()).kinds) == {SuiteKind.GRADESCOPE}


def _differential(suites: Suites):
    return suites("times_out").manifest.model_copy(update={"kind": SuiteKind.DIFFERENTIAL, "name": "other"})


def test_the_command_line_grades_with_an_autograder(suites: Suites) -> None:
    suite = suites("python_unittest")
    submission = SOURCES / "python_unittest" / "wrong" / "integer_division"
    command = [sys.executable, "-m", "runners.grade", str(submission)]

    done = subprocess.run(
        [*command, "--suite", "python_unittest", "--suites", str(suite.folder.parent)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "A calculator: 8 of 10 points" in done.stdout and "3 of 4 checks passed." in done.stdout
    assert "Test Failed: 3 != 3.5" in done.stdout


def test_the_manifest_is_written_from_the_command_line(suites: Suites) -> None:
    folder = suites("python_unittest").folder

    assert suite_tools.main([str(folder), "--check"]) == 0
    assert files_below(folder / "wheels")
