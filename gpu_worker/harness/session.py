"""The conversation about one submission, inside its jail.

Theory of operation
-------------------
The session is the only process here that holds the line to the runner. It never imports the submission: every
case, and before them one trial import, is a fork with limits of its own, another user where there are users, and
two pipes: one for what is recorded, one for what is printed. The session relays both, bounded and checked, kills
everything but itself after each fork, and wipes what was left in the writable folders.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpu_worker.harness import casework, comparators, confinement, files, linux, notebook_work, seccomp
from gpu_worker.harness.cases import SuiteCode, compile_cases
from gpu_worker.harness.confinement import CaseLimits
from gpu_worker.harness.fork import Ended, Fork, Unsweepable
from gpu_worker.harness.inprocess import Tests
from gpu_worker.harness.line import Line
from gpu_worker.protocol import WIRE_VERSION, Caps, Frame, ProtocolError, as_files, as_views, files_digest

WIPE_SECONDS = 3.0
MAX_RECORD_NAME = 120
# A reference's cases together send what they would send one by one.
REFERENCE_RECORDS = 64
REFERENCE_FRAMES = 50_000


def serve(line: Line, *, oom_kills: Callable[[], int] | None, packages: Mapping[str, str]) -> None:
    """Answer the runner until it hangs up or says ``end``."""
    Session(line, oom_kills=oom_kills, packages=packages).serve()


def harden() -> None:
    """Give up what neither the session nor a case needs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    linux.forbid_new_privileges()
    if seccomp.is_supported():
        seccomp.install()
    linux.hide_from_equals()
    linux.adopt_orphans()
    linux.share_heaps()


class Session:
    """One submission, from hello to end."""

    def __init__(self, line: Line, *, oom_kills: Callable[[], int] | None, packages: Mapping[str, str]) -> None:
        self._line = line
        self._oom_kills = oom_kills
        self._packages = dict(packages)
        self._limits: CaseLimits | None = None
        self._suite: SuiteCode | None = None
        self._module = ""
        self._tests: Tests | None = None
        """Where the suite is made of pytest files."""
        self._is_tried = True
        """Whether the submission was imported once, and what it compiles to kept."""

    def serve(self) -> None:
        """Answer frame after frame."""
        for frame in self._line.frames():
            match frame.kind:
                case "hello":
                    self._hello(frame)
                case "describe":
                    self._describe(frame)
                case "bundle":
                    self._bundle(frame)
                case "tests":
                    self._lay_out_tests(frame)
                case "items" | "run" if self._tests is not None and self._tests.answers(frame):
                    continue
                case "notebook":
                    notebook_work.answer(frame, line=self._line, fork=self._fork)
                case "run":
                    self._run(**frame.fields)
                case "run_all":
                    self._run_all(**frame.fields)
                case "compare":
                    self._compare(**frame.fields)
                case "end":
                    return

    def _hello(self, frame: Frame) -> None:
        if frame.fields["protocol"] != WIRE_VERSION:
            self._line.say("fault", sentence=f"The sandbox speaks protocol {WIRE_VERSION}; the runner does not.")
            return
        self._limits = CaseLimits(**frame.fields["limits"])
        self._line.say(
            "ready",
            python=sys.version.split()[0],
            packages=self._packages,
            # Nothing here touches an accelerator; a lane with one says so through its image.
            devices=[],
            filtered=seccomp.is_supported(),
        )

    def _describe(self, frame: Frame) -> None:
        suite = as_views(frame.fields["suite"])
        said: list[Any] = []

        def note(frame: Frame) -> None:
            said.append(frame.fields.get("cases"))

        ended = self._fork(lambda: casework.describe(suite), note, self._checked_limits.load_seconds)
        if ended is not None:
            self._line.say("described", ending=ended.ending, message=ended.message, cases=said[0] if said else [])

    def _bundle(self, frame: Frame) -> None:
        # Compiled once for all cases, and run in none but their forks. Data stays where it arrived.
        self._suite = compile_cases(as_views(frame.fields["suite"]))
        self._module = frame.fields["module"]
        submission = as_files(frame.fields["files"])
        if frame.fields["sha256"] != files_digest(submission):
            self._line.say("fault", sentence="The submission did not arrive whole in its sandbox.")
            return
        try:
            files.lay_out(submission, Path(casework.SUBMISSION))
        except files.BadBundle as refusal:
            self._line.say("refused", where="files", ending="raised", sentence=str(refusal), output="")
            return
        if not frame.fields["trial"]:
            # The first case tries it, which saves a fork.
            self._is_tried = False
            self._line.say("loaded", seconds=0.0)
            return
        seconds = self._checked_limits.load_seconds
        ended = self._fork(self._load, _only_imported, seconds, once_imported=seconds)
        if ended is not None:
            self._say_loaded(ended)

    def _lay_out_tests(self, frame: Frame) -> None:
        """Lay out a suite of pytest files and the submission, and collect."""
        self._tests = tests = Tests(frame.fields["of"], line=self._line)
        if not tests.lay_out(frame):
            return

        def note(frame: Frame) -> None:
            if frame.kind == "imported":
                _keep_compiled(frame)
            else:
                tests.note(frame)

        seconds = self._checked_limits.load_seconds
        ended = self._fork(tests.collect, note, seconds, once_imported=seconds)
        if ended is not None:
            self._say_loaded(ended)

    def _say_loaded(self, ended: Ended) -> None:
        if ended.ending == "done":
            self._line.say("loaded", seconds=ended.seconds)
        else:
            self._line.say("refused", where="import", ending=ended.ending, sentence=ended.message, output=ended.output)

    def _load(self) -> None:
        casework.load(self._checked_suite, self._module)

    def _run(self, *, case: str, seed: str, seconds: float, size: int | None, memory_bytes: int) -> None:
        is_first, self._is_tried = not self._is_tried, True

        def relay(frame: Frame) -> None:
            if is_first and frame.kind == "imported":
                # The runner's clock first.
                self._line.say("imported", case=case)
                _keep_compiled(frame)
            else:
                self._line.say("record", case=case, **_checked_record(frame))

        def work() -> None:
            if self._tests is not None:
                self._tests.run(case, bytes.fromhex(seed))
            else:
                casework.run(self._checked_suite, self._module, case, bytes.fromhex(seed), size, is_first=is_first)

        if is_first:
            first_seconds = self._checked_limits.load_seconds
            ended = self._fork(work, relay, first_seconds, once_imported=seconds, memory_bytes=memory_bytes)
        else:
            ended = self._fork(work, relay, seconds, memory_bytes=memory_bytes)
        if ended is None:
            return
        if is_first and not ended.has_imported and ended.ending != "done":
            self._is_tried = False
            self._line.say("refused", where="import", ending=ended.ending, sentence=ended.message, output=ended.output)
            return
        if ended.output:
            self._line.say("output", case=case, stream="both", text=ended.output)
        self._line.say(
            "done",
            case=case,
            ending=ended.ending,
            message=ended.message,
            seconds=ended.seconds,
            peak_bytes=ended.peak_bytes,
        )

    def _run_all(self, *, cases: list[Any], seconds: float) -> None:
        """Run a reference's cases in one fork, which costs a tenth of a fork each."""
        place = -1

        def relay(frame: Frame) -> None:
            nonlocal place
            if frame.kind == "case":
                place = int(frame.fields["place"])
            else:
                self._line.say("record", case=str(place), **_checked_record(frame))

        def work() -> None:
            orders = [(case, bytes.fromhex(seed), size) for case, seed, size in cases]
            casework.run_all(self._checked_suite, self._module, orders)

        most = self._checked_limits.record_bytes
        caps = Caps(payload_bytes=most, total_bytes=REFERENCE_RECORDS * most, frames=REFERENCE_FRAMES)
        ended = self._fork(work, relay, seconds, caps=caps)
        if ended is not None:
            self._line.say("all_done", ending=ended.ending, message=ended.message, seconds=ended.seconds)

    def _compare(self, *, source: Any, items: list[dict[str, Any]], seconds: float) -> None:
        """Run a suite's own comparators, in a jail where no submission has ever been."""

        def relay(frame: Frame) -> None:
            if frame.kind not in ("comparing", "judged"):
                _nothing_expected(frame)
            self._line.say(frame.kind, **frame.fields)

        ended = self._fork(lambda: comparators.judge_all(source.tobytes(), items), relay, seconds)
        if ended is not None:
            self._line.say("compared", ending=ended.ending, message=ended.message)

    def _fork(
        self,
        work: Callable[[], None],
        on_frame: Callable[[Frame], None],
        seconds: float,
        *,
        caps: Caps | None = None,
        memory_bytes: int | None = None,
        once_imported: float | None = None,
    ) -> Ended | None:
        limits = self._checked_limits
        if memory_bytes is not None:
            limits = replace(limits, memory_bytes=memory_bytes)
        fork = Fork(limits, seconds=seconds, oom_kills=self._oom_kills, caps=caps, seconds_once_imported=once_imported)
        ended = fork.run(work, on_frame)
        if files.has_leftovers():
            self._wipe()
            if files.has_leftovers():
                # No case may find what another one left: this jail is of no more use.
                raise Unsweepable
        if ended.ending == "fault":
            self._line.say("fault", sentence=ended.message)
            return None
        return ended

    @property
    def _checked_limits(self) -> CaseLimits:
        if self._limits is None:
            message = "The runner has not said hello."
            raise ProtocolError(message)
        return self._limits

    @property
    def _checked_suite(self) -> SuiteCode:
        if self._suite is None:
            message = "The runner has sent no bundle."
            raise ProtocolError(message)
        return self._suite

    def _wipe(self) -> None:
        uid = self._checked_limits.student_uid
        child = os.fork()
        if child == 0:
            try:
                if uid is not None:
                    confinement.become(uid)
                files.wipe()
            finally:
                os._exit(0)
        deadline = time.monotonic() + WIPE_SECONDS
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return
            time.sleep(0.001)


def _only_imported(frame: Frame) -> None:
    if frame.kind != "imported":
        _nothing_expected(frame)
    _keep_compiled(frame)


def _keep_compiled(frame: Frame) -> None:
    if frame.fields.keys() != {"compiled"}:
        message = "A case said of its import what nobody asked."
        raise ProtocolError(message)
    files.keep_compiled(as_files(frame.fields["compiled"]))


def _nothing_expected(frame: Frame) -> None:
    message = "A record came where none was asked for."
    raise ProtocolError(message)


def _checked_record(frame: Frame) -> dict[str, Any]:
    fields = frame.fields
    if frame.kind != "record" or fields.keys() != {"name", "rule", "value"}:
        message = "A case sent something that is no record."
        raise ProtocolError(message)
    if type(fields["name"]) is not str or not 0 < len(fields["name"]) <= MAX_RECORD_NAME:
        message = "A record's name is too long."
        raise ProtocolError(message)
    if type(fields["rule"]) is not dict:
        message = "A record's rule is no map."
        raise ProtocolError(message)
    return fields
