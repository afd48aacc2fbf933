"""Look around from inside a jail, to see what a submission could reach.

The probe is a suite of its own with one case per question. It runs through the same sandbox, harness and wire as
every submission, and answers with data; what the answers mean is decided out here.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runners.conversation import CaseOrder, CaseRun, Ending, run_cases
from runners.sandboxes.base import Limits, NoSandbox, Sandbox

ENVIRONMENT = "numpy"
MODULE = "probe"
SUBMISSION = {
    f"{MODULE}.py": b"""
import ctypes, os, socket

def interfaces():
    try:
        return sorted(name for _, name in socket.if_nameindex())
    except OSError:
        return []

def reaches_network():
    try:
        with socket.socket() as line:
            line.settimeout(1)
            return line.connect_ex(("192.0.2.1", 80)) in (0, 11)
    except OSError:
        return False

def environment():
    return sorted(os.environ)

def environment_of_first_process():
    try:
        with open("/proc/1/environ", "rb") as file:
            return len(file.read())
    except OSError:
        return 0

def processes():
    return sum(name.isdigit() for name in os.listdir("/proc")) if os.path.isdir("/proc") else 0

def writable():
    found = []
    for folder in ("/", "/etc", "/usr", "/usr/lib", "/opt", "/var", "/home", "/root", "/sys", "/proc"):
        path = os.path.join(folder, "probe-was-here")
        try:
            with open(path, "w"):
                os.unlink(path)
                found.append(folder)
        except OSError:
            pass
    return found

def readable():
    found = []
    for path in ("/etc/shadow", "/root/.ssh", "/var/run/docker.sock", "/run/docker.sock", "/proc/1/root/etc"):
        try:
            os.close(os.open(path, os.O_RDONLY)) if not path.endswith(".sock") else os.stat(path)
            found.append(path)
        except OSError:
            pass
    return found

def status(field):
    with open("/proc/self/status") as file:
        return next((line.split()[1] for line in file if line.startswith(field + ":")), "")

def user():
    return os.getuid()

def new_namespace():
    return ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == 0

def traces():
    return ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0) == 0
"""
}
QUESTIONS = {
    "interfaces": "probe.interfaces()",
    "network": "probe.reaches_network()",
    "environment": "probe.environment()",
    "first_process": "probe.environment_of_first_process()",
    "processes": "probe.processes()",
    "writable": "probe.writable()",
    "readable": "probe.readable()",
    "capabilities": "probe.status('CapEff')",
    "privileges": "probe.status('NoNewPrivs')",
    "user": "probe.user()",
    "namespace": "probe.new_namespace()",
    "trace": "probe.traces()",
}
CASES = "from gpu_worker.harness.cases import case\n" + "".join(
    f'\n@case("{name}", points=1)\ndef {name}(probe, rng, record):\n    record.exact("answer", {question})\n'
    for name, question in QUESTIONS.items()
)
HARMLESS_VARIABLES = frozenset(
    {
        "HOME", "LANG", "LC_ALL", "LC_CTYPE", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH",
        "PWD", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "TMPDIR", "TZ", "HOSTNAME", "USER", "NUMEXPR_NUM_THREADS",
    }
)  # fmt: skip
MOST_PROCESSES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to one question, and whether it is as it must be."""

    question: str
    is_safe: bool
    sentence: str


def probe(sandbox: Sandbox, environment: str = ENVIRONMENT) -> list[Finding]:
    """Ask every question from inside a jail. Raises ``SandboxFault`` where there is no jail to ask from."""
    orders = [CaseOrder(id=name, seed=b"\0" * 16, seconds=10.0) for name in QUESTIONS]
    runs: dict[str, CaseRun] = {}
    found = run_cases(
        sandbox,
        environment=environment,
        limits=Limits(),
        suite_files={"cases.py": CASES.encode()},
        submission_files=SUBMISSION,
        module=MODULE,
        orders=orders,
        on_ready=lambda: None,
        on_case=lambda run: None,
        stopped=threading.Event(),
    )
    if found.refusal is not None:
        return [Finding(question="probe", is_safe=False, sentence=f"The probe was refused: {found.refusal}")]
    runs = {run.id: run for run in found.cases}
    answers = {name: _answer(runs.get(name)) for name in QUESTIONS}
    silent = [name for name, answer in answers.items() if answer is None]
    return [_finding(name, answer) for name, answer in answers.items() if answer is not None] + [
        Finding(question=name, is_safe=False, sentence=f"The probe did not answer: {_why(runs.get(name))}")
        for name in silent
    ]


def check_safe(sandbox: Sandbox, environment: str) -> None:
    """Ask every question before anything is graded. Raises ``NoSandbox`` where an answer shows a hole."""
    unsafe = [finding for finding in probe(sandbox, environment) if not finding.is_safe]
    if unsafe:
        sentence = "The sandbox of this machine is not safe, so nothing is graded. See: python -m runners.doctor"
        raise NoSandbox(sentence, "; ".join(finding.sentence for finding in unsafe))


def _answer(run: CaseRun | None) -> Any:
    if run is None or run.ending is not Ending.DONE or len(run.records) != 1:
        return None
    return run.records[0].value


def _why(run: CaseRun | None) -> str:
    return "no answer came" if run is None else f"{run.ending} {run.message}".strip()


def _finding(name: str, answer: Any) -> Finding:
    expected: Mapping[str, tuple[bool, str]] = {
        "interfaces": (set(_list(answer)) <= {"lo"}, f"network interfaces: {answer}"),
        "network": (answer is False, f"reaches the network: {answer}"),
        "environment": (set(_list(answer)) <= HARMLESS_VARIABLES, f"environment variables: {answer}"),
        "first_process": (answer == 0 or _is_small(answer, 400), f"bytes in the first process's environment: {answer}"),
        "processes": (_is_small(answer, MOST_PROCESSES), f"processes in sight: {answer}"),
        "writable": (answer == [], f"folders it can write outside its own: {answer}"),
        "readable": (answer == [], f"files of the host it can read: {answer}"),
        "capabilities": (answer == "0" * 16, f"capabilities: {answer}"),
        "privileges": (answer == "1", f"no new privileges: {answer}"),
        "user": (isinstance(answer, int) and answer != 0, f"user id: {answer}"),
        "namespace": (answer is False, f"can make a user namespace: {answer}"),
        "trace": (answer is False, f"can be traced or trace: {answer}"),
    }
    is_safe, sentence = expected[name]
    return Finding(question=name, is_safe=is_safe, sentence=sentence)


def _list(answer: Any) -> list[str]:
    return [str(each) for each in answer] if isinstance(answer, (list, tuple)) else ["not a list"]


def _is_small(answer: Any, most: int) -> bool:
    return isinstance(answer, int) and 0 <= answer <= most
