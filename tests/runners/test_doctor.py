"""The doctor says what is wrong with a grading host, and how to repair it."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from runners import doctor, examinations, limits_probe, probe
from runners.config import read_config
from runners.conversation import CaseRun, Ending, Record
from runners.examinations import Level, Line
from runners.protocol import Lane
from runners.sandboxes import NoSandbox, choose_sandbox
from runners.sandboxes.harness import harness_digest

ROOT = Path(__file__).resolve().parents[2]


def ask_doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "RUNNER_TOKEN": "none"}
    return subprocess.run(
        [sys.executable, "-m", "runners.doctor", *arguments],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_host_with_bubblewrap_is_well_and_its_jail_is_probed_from_inside():
    answer = ask_doctor(RUNNER_SANDBOX="bubblewrap", SITE_URL="http://127.0.0.1:1")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "PASS     bubblewrap" in answer.stdout
    assert f"all {len(probe.QUESTIONS)} probes from inside are safe" in answer.stdout
    assert f"all {len(limits_probe.CASES)} limits bite" in answer.stdout
    assert "FAIL" not in answer.stdout


def test_a_host_without_any_jail_fails_and_says_what_to_install(tmp_path):
    answer = ask_doctor(PATH=str(tmp_path), DOCKER_HOST="tcp://127.0.0.1:1")

    assert answer.returncode == 1
    assert "FAIL     bubblewrap" in answer.stdout
    assert "repair: sudo apt-get install bubblewrap" in answer.stdout
    assert "FAIL     jail" in answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_host_that_cannot_run_autograders_is_told_what_it_takes(tmp_path):
    answer = ask_doctor(RUNNER_AUTOGRADER_DOCKER=f"unix://{tmp_path}/no.sock", PATH=str(tmp_path))

    assert "CAUTION  autograders" in answer.stdout
    assert "repair: make autograder-engine" in answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_folder_without_suites_fails(tmp_path):
    config = read_config({"RUNNER_TOKEN": "t", "SUITES_DIR": str(tmp_path)})

    assert doctor._suites(config)[1].level is Level.FAIL


def test_the_suites_of_this_repository_are_readable():
    _, line = doctor._suites(read_config({"RUNNER_TOKEN": "t"}))

    assert (line.level, line.found) == (Level.PASS, "autodiff, nn, pytorch")


@pytest.mark.parametrize(("free", "level"), [(100 << 20, Level.FAIL), (1 << 30, Level.CAUTION), (50 << 30, Level.PASS)])
def test_little_disk_is_said_before_it_is_none(monkeypatch, free, level):
    monkeypatch.setattr(examinations.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))

    assert examinations.disk().level is level


@pytest.mark.parametrize(
    ("date", "level"),
    [("Thu, 01 Jan 2015 00:00:00 GMT", Level.CAUTION), ("now", Level.PASS), ("nonsense", Level.CAUTION)],
)
def test_the_clock_is_compared_with_that_of_the_site(date, level):
    class Site(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(503)
            self.send_header("Date", self.date_time_string() if date == "now" else date)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    config = read_config({"RUNNER_TOKEN": "t", "SITE_URL": f"http://127.0.0.1:{server.server_port}"})

    line = examinations.site(config)

    thread.join()
    server.server_close()
    assert line.level is level


def test_a_line_shows_its_repair_below_it():
    line = Line(level=Level.FAIL, subject="disk", found="is full", repair="empty it")

    assert str(line).splitlines() == ["FAIL     disk         is full", f"{'':22}repair: empty it"]


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_every_probe_is_answered_from_inside_the_jail():
    sandbox = choose_sandbox("bubblewrap")
    try:
        findings = probe.probe(sandbox)
    finally:
        sandbox.close()

    assert {finding.question for finding in findings} == set(probe.QUESTIONS)
    assert [finding.sentence for finding in findings if not finding.is_safe] == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("interfaces", ["eth0", "lo"]),
        ("network", True),
        ("environment", ["RUNNER_TOKEN"]),
        ("first_process", 5_000),
        ("processes", 120),
        ("writable", ["/etc"]),
        ("readable", ["/etc/shadow"]),
        ("capabilities", "000001ffffffffff"),
        ("privileges", "0"),
        ("user", 0),
        ("namespace", True),
        ("trace", True),
        ("environment", None),
        ("processes", "many"),
    ],
)
def test_an_answer_that_shows_a_hole_is_not_safe(question, answer):
    assert not probe._finding(question, answer).is_safe


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize(("templates", "name"), [("0", "docker"), ("1", "docker-template")])
def test_a_host_with_docker_is_well_in_both_modes_and_its_images_are_looked_at(templates, name):
    host = {"DOCKER_HOST": os.environ["DOCKER_HOST"]} if "DOCKER_HOST" in os.environ else {}

    answer = ask_doctor("--json", RUNNER_SANDBOX="docker", RUNNER_DOCKER_TEMPLATES=templates, **host)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    lines = json.loads(answer.stdout)
    assert f"{name}: all {len(limits_probe.CASES)} limits bite" in [line["found"] for line in lines]
    assert f"{name}: all {len(probe.QUESTIONS)} probes from inside are safe" in [line["found"] for line in lines]
    images = [line for line in lines if line["subject"] == "image"]
    assert len(images) == 2
    assert {(line["level"], line["repair"]) for line in images} == {("PASS", "")}


@pytest.mark.docker
def test_an_image_with_another_harness_is_told_with_the_command_that_renews_it(monkeypatch):
    suites, _ = doctor._suites(None)
    monkeypatch.setattr(doctor, "harness_digest", lambda: "0" * 64)

    lines = [line for line in doctor._images(suites, is_chosen=True) if line.subject == "image"]

    assert {(line.level, line.repair) for line in lines} == {(Level.CAUTION, "rebuild: make images")}


@pytest.mark.docker
@pytest.mark.parametrize(("is_chosen", "level"), [(True, Level.FAIL), (False, Level.CAUTION)])
def test_a_missing_image_fails_where_docker_was_chosen(monkeypatch, is_chosen, level):
    suites, _ = doctor._suites(None)
    monkeypatch.setattr(
        "runners.sandboxes.docker_engine.IMAGES", {"numpy": "coursehub/none", "torch": "coursehub/none"}
    )

    lines = [line for line in doctor._images(suites, is_chosen=is_chosen) if line.subject == "image"]

    assert {(line.level, line.repair) for line in lines} == {(level, "make images")}


def test_the_harness_is_named_alike_by_code_and_script():
    done = subprocess.run(
        [sys.executable, "-S", "-E", "runners/sandboxes/harness.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == harness_digest()


def test_another_harness_has_another_name(tmp_path):
    (tmp_path / "harness").mkdir()
    for name in ("__init__.py", "protocol.py", "harness/session.py"):
        (tmp_path / name).write_text("one")
    before = harness_digest(tmp_path)

    (tmp_path / "harness" / "session.py").write_text("two")

    assert harness_digest(tmp_path) != before


def test_core_dumps_that_start_a_program_of_the_hosts_are_a_caution(monkeypatch, tmp_path):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "core_pattern").write_text("|/usr/share/apport/apport %p %s\n")
    monkeypatch.setattr(examinations, "SETTINGS", tmp_path)

    line = examinations.core_dumps()

    assert line.level is Level.CAUTION
    assert "/usr/share/apport/apport" in line.found and "core_pattern=core" in line.repair


def test_ordinary_users_who_may_not_make_user_namespaces_are_a_caution(monkeypatch, tmp_path):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "apparmor_restrict_unprivileged_userns").write_text("1\n")
    monkeypatch.setattr(examinations, "SETTINGS", tmp_path)
    monkeypatch.setattr(examinations.os, "geteuid", lambda: 1000)

    line = examinations.namespaces()

    assert line.level is Level.CAUTION
    assert line.repair == "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"


@pytest.mark.parametrize(("state", "level"), [(0, Level.PASS), (5, Level.CAUTION), (-1, Level.PASS)])
def test_a_clock_that_nothing_keeps_right_is_a_caution(monkeypatch, state, level):
    kernel = type("Kernel", (), {"adjtimex": staticmethod(lambda buffer: state)})
    monkeypatch.setattr(examinations.ctypes, "CDLL", lambda name: kernel)

    assert examinations.clock().level is level


@pytest.mark.parametrize(("lane", "level"), [(Lane.CPU, Level.PASS), (Lane.GPU_SHARED, Level.FAIL)])
def test_a_missing_gpu_is_said_plainly_and_fails_where_the_lane_needs_one(monkeypatch, tmp_path, lane, level):
    monkeypatch.setenv("PATH", str(tmp_path))

    line = examinations.accelerator(lane)

    assert line.level is level
    assert "no GPU here" in line.found


def test_a_gpu_is_named(monkeypatch, tmp_path):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H100, 3 %, 512 MiB, 81559 MiB'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    line = examinations.accelerator(Lane.GPU_SHARED)

    assert line.level is Level.PASS
    assert "NVIDIA H100" in line.found and "PyTorch" in line.found


@pytest.mark.parametrize(
    ("name", "ending", "answer"),
    [
        ("memory", Ending.TIMEOUT, None),
        ("processes", Ending.DONE, 900),
        ("room", Ending.DONE, 100 << 20),
        ("files", Ending.DONE, 100_000),
        ("file", Ending.DONE, True),
        ("output", Ending.TIMEOUT, None),
        ("time_limit", Ending.DONE, 1),
        ("left", Ending.DONE, [9, 0]),
        ("left", Ending.DONE, [2, 5]),
        ("left", Ending.DONE, "nothing"),
    ],
)
def test_a_limit_that_does_not_bite_is_not_safe(name, ending, answer):
    records = () if answer is None else (Record(name="answer", rule={"kind": "exact"}, value=answer),)

    found = limits_probe._finding(name, CaseRun(id=name, ending=ending, message="so", records=records))

    assert not found.is_safe


@pytest.mark.bubblewrap
def test_nothing_is_graded_in_a_jail_with_a_hole(monkeypatch):
    monkeypatch.setattr(probe, "HARMLESS_VARIABLES", frozenset())
    sandbox = choose_sandbox("bubblewrap")
    try:
        with pytest.raises(NoSandbox, match=r"runners\.doctor.*environment variables"):
            probe.check_safe(sandbox, "numpy")
    finally:
        sandbox.close()
