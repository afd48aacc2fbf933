"""The line to one jail: questions, deadlines, and answers that are read as an enemy's."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from gpu_worker.protocol import (
    WIRE_VERSION,
    Caps,
    Frame,
    FrameReader,
    ProtocolError,
    as_arrays,
    encode,
    encode_parts,
    files_digest,
)
from runners.answers import MAX_MESSAGE, MAX_NAME, CaseAnswer, judgement, refusal
from runners.cleaning import clean
from runners.runs import CaseOrder, CaseRun, Ending, Stopped
from runners.sandboxes.base import Jail, JailEnding, Limits, Sandbox, SandboxFault

HELLO_SECONDS = 60.0
GRACE_SECONDS = 8.0
NOTEBOOK_SECONDS = 10.0
LOOK_SECONDS = 0.25
ENDING_SECONDS = 5.0
# A little more than the session inside lets through, for one case and for all of a reference's.
CASE_RECORDS, CASE_FRAMES = 5, 700
REFERENCE_RECORDS, REFERENCE_FRAMES = 75, 60_000
CASE_ITEMS, REFERENCE_ITEMS = 210_000, 10_000_000


class Talk:
    """A jail from its opening to its end, and the conversation in between."""

    def __init__(self, sandbox: Sandbox, environment: str, limits: Limits, stopped: threading.Event) -> None:
        if stopped.is_set():
            raise Stopped
        self.is_over = False
        """Whether the jail is of no more use."""
        self._limits = limits
        self._stopped = stopped
        self._module = ""
        self._is_tried = True
        """Whether importing the submission has been tried; without it the first case does."""
        self._reader = FrameReader(self._caps(CASE_RECORDS, CASE_FRAMES))
        self._said: list[Frame] = []
        self._jail: Jail = sandbox.open(environment, limits)

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the jail. May be called again."""
        self._jail.close()

    def hello(self) -> dict[str, str]:
        """Greet the session; return the versions it works with. Raises ``SandboxFault``."""
        most = self._limits.memory_bytes - self._limits.held_bytes
        limits = {
            "memory_bytes": self._case_memory,
            "jail_memory_bytes": most,
            "record_bytes": self._limits.record_bytes,
            "processes": self._limits.processes,
            "file_bytes": self._limits.file_bytes,
            "output_bytes": self._limits.output_bytes,
            "load_seconds": float(self._limits.load_seconds),
            **self._jail.hello,
        }
        ready = self._ask("ready", HELLO_SECONDS, encode("hello", protocol=WIRE_VERSION, limits=limits))
        packages = {"python": ready.fields["python"], **ready.fields["packages"]}
        return {str(name)[:MAX_NAME]: str(version)[:MAX_NAME] for name, version in packages.items()}

    def describe(self, suite_files: Mapping[str, bytes]) -> list[dict[str, Any]]:
        """Ask which cases the suite's source registers. Raises ``SandboxFault``."""
        seconds = self._limits.load_seconds + GRACE_SECONDS
        answer = self._ask("described", seconds, encode("describe", suite=as_arrays(suite_files)))
        if answer.fields["ending"] != "done":
            sentence = "The suite's cases.py could not be read."
            raise SandboxFault(sentence, clean(answer.fields["message"]))
        return list(answer.fields["cases"])

    def load(
        self,
        suite_files: Mapping[str, bytes],
        submission_files: Mapping[str, bytes],
        module: str,
        *,
        trial: bool = True,
    ) -> str | None:
        """Send the bundle; return why it could not be loaded, or None. Raises ``SandboxFault``.

        Without a ``trial`` import, which costs a fork, the first case finds out whether it can be imported.
        """
        self._module, self._is_tried = module, trial
        bundle = encode_parts(
            "bundle",
            suite=as_arrays(suite_files),
            files=as_arrays(submission_files),
            module=module,
            sha256=files_digest(submission_files),
            trial=trial,
        )
        return self._load(bundle, module)

    def load_tests(
        self, kind: str, suite_files: Mapping[str, bytes], submission_files: Mapping[str, bytes]
    ) -> str | None:
        """Send a suite of pytest files and the submission, and have the tests collected; return as ``load`` does."""
        tests = encode_parts(
            "tests",
            of=str(kind),
            suite=as_arrays(suite_files),
            files=as_arrays(submission_files),
            sha256=files_digest({**submission_files, **suite_files}),
        )
        return self._load(tests, "The suite's tests")

    def items(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the tests that were collected, and the files that could not be. Raises ``SandboxFault``."""
        answer = self._ask("items", GRACE_SECONDS, encode("items"))
        return list(answer.fields["items"]), list(answer.fields["errors"])

    def convert(self, notebook: bytes) -> Frame | str:
        """Have a notebook turned into a module; return the answer, or why there is none. Raises ``SandboxFault``."""
        question = encode("notebook", content=np.frombuffer(notebook, np.uint8))
        try:
            self._begin()
            self._send(question, seconds=HELLO_SECONDS)
            return self._frame(time.monotonic() + NOTEBOOK_SECONDS + GRACE_SECONDS)
        except _Broken as broken:
            self.is_over = True
            return broken.message

    def _load(self, bundle: Sequence[bytes | memoryview], module: str) -> str | None:
        try:
            self._begin()
            self._send(*bundle, seconds=HELLO_SECONDS)
            frame = self._frame(time.monotonic() + self._limits.load_seconds + GRACE_SECONDS)
            if frame.kind == "loaded":
                return None
            if frame.kind != "refused":
                self._break_off()
        except _Broken as broken:
            self.is_over = True
            return f"{module} could not be imported. {broken.message}"
        return refusal(frame.fields, module)

    def run(self, order: CaseOrder) -> CaseRun:
        """Run one case; whatever happens to it, there is an answer.

        Raises ``Refused`` where the first one finds that the submission cannot be imported, ``SandboxFault`` and
        ``Stopped``.
        """
        started = time.monotonic()
        memory_bytes = order.memory_bytes or self._case_memory
        case = CaseAnswer(order.id, memory_bytes=memory_bytes)
        question = encode(
            "run",
            case=order.id,
            seed=order.seed.hex(),
            seconds=float(order.seconds),
            size=order.size,
            memory_bytes=memory_bytes,
        )
        try:
            self._begin()
            self._send(question, seconds=GRACE_SECONDS)
            if not self._is_tried:
                self._wait_until_imported()
                started = time.monotonic()
            # After a case the session may need a moment to kill and to wipe.
            deadline = started + order.seconds + GRACE_SECONDS
            while (done := case.take(self._frame(deadline))) is None:
                pass
            return done
        except _Broken as broken:
            self.is_over = True
            if not self._is_tried:
                message = f"{self._module} could not be imported. {broken.message}"
                raise Refused(message) from broken
            seconds = time.monotonic() - started
            return case.ended(broken.ending, broken.message, seconds=seconds, peak_bytes=0)
        except ProtocolError:
            self.is_over = True
            return case.ended(Ending.PROTOCOL, _FORGED, seconds=time.monotonic() - started, peak_bytes=0)

    def _wait_until_imported(self) -> None:
        frame = self._frame(time.monotonic() + self._limits.load_seconds + GRACE_SECONDS)
        if frame.kind == "refused":
            raise Refused(refusal(frame.fields, self._module))
        self._is_tried = True
        if frame.kind != "imported":
            # It ended in a good way without a word of the import; whatever it says is taken as any case's answer.
            self._said.insert(0, frame)

    def run_all(self, orders: Sequence[CaseOrder]) -> list[CaseRun] | None:
        """Run a reference's cases in one process of the jail, or return None where that did not work out.

        Raises ``Stopped`` and ``SandboxFault``. Only for code of ours: one case can spoil the next.
        """
        seconds = sum(order.seconds for order in orders)
        # Each answer names the place of its order: a case may be ordered more than once.
        cases = {str(place): CaseAnswer(str(place), order.id) for place, order in enumerate(orders)}
        asked = [[order.id, order.seed.hex(), order.size] for order in orders]
        question = encode("run_all", cases=asked, seconds=float(seconds))
        self.is_over = True
        try:
            self._begin(self._caps(REFERENCE_RECORDS, REFERENCE_FRAMES))
            self._send(question, seconds=GRACE_SECONDS)
            deadline = time.monotonic() + seconds + GRACE_SECONDS
            while (frame := self._frame(deadline)).kind == "record":
                cases[frame.fields["case"]].take(frame)
        except (_Broken, ProtocolError, KeyError):
            return None
        if frame.kind != "all_done" or frame.fields["ending"] != Ending.DONE:
            return None
        self.is_over = False
        each = float(frame.fields["seconds"]) / len(orders)
        return [case.ended(Ending.DONE, "", seconds=each, peak_bytes=0) for case in cases.values()]

    def compare(
        self, source: bytes, items: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> tuple[dict[str, dict[str, Any]], str]:
        """Have a suite's comparators look at values: what each said, by name, and why not all did, or nothing.

        Raises ``SandboxFault`` where ``compare.py`` itself is at fault, and ``Stopped``.
        """
        code = as_arrays({"compare.py": source})["compare.py"]
        question = encode_parts("compare", source=code, items=[dict(item) for item in items], seconds=float(seconds))
        judged: dict[str, dict[str, Any]] = {}
        names = {item["name"] for item in items}
        has_begun = False
        try:
            self._begin()
            self._send(*question, seconds=HELLO_SECONDS)
            deadline = time.monotonic() + seconds + GRACE_SECONDS
            while (frame := self._frame(deadline)).kind != "compared":
                if frame.kind == "judged":
                    judged |= judgement(frame.fields, names - judged.keys())
                has_begun = has_begun or frame.kind == "comparing"
        except _Broken as broken:
            self.is_over = True
            return judged, broken.message
        except ProtocolError:
            self.is_over = True
            return judged, _FORGED
        if not has_begun:
            sentence = "The suite's compare.py could not be run."
            raise SandboxFault(sentence, clean(str(frame.fields.get("message", "")))[:MAX_MESSAGE])
        return judged, "" if frame.fields.get("ending") == Ending.DONE else clean(str(frame.fields.get("message", "")))

    @property
    def _case_memory(self) -> int:
        return self._limits.case_memory_bytes or self._limits.memory_bytes

    def _caps(self, records: int, frames: int) -> Caps:
        most = self._limits.record_bytes
        items = CASE_ITEMS if frames == CASE_FRAMES else REFERENCE_ITEMS
        return Caps(payload_bytes=most, total_bytes=records * most, frames=frames, total_items=items)

    def _ask(self, kind: str, seconds: float, question: bytes) -> Frame:
        """Say something before a submission is there: whatever goes wrong is our fault."""
        deadline = time.monotonic() + seconds
        try:
            self._begin()
            self._send(question, seconds=seconds)
            frame = self._frame(deadline)
        except (_Broken, ProtocolError) as trouble:
            sentence = "A sandbox of this runner did not answer."
            raise SandboxFault(sentence, str(trouble)) from trouble
        if frame.kind != kind:
            sentence = "A sandbox of this runner gave an unexpected answer."
            raise SandboxFault(sentence, str(frame)[:500])
        return frame

    def _begin(self, caps: Caps | None = None) -> None:
        """Start a question with nothing unread: what was said unasked is nobody's answer."""
        if self._said or not self._reader.is_between_frames:
            self._break_off()
        self._reader = FrameReader(caps or self._caps(CASE_RECORDS, CASE_FRAMES))

    def _send(self, *parts: bytes | memoryview, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        try:
            for part in parts:
                self._jail.stream.send(part, deadline=deadline)
        except TimeoutError:
            self._give_up()
        except OSError:
            self._find_out()

    def _frame(self, deadline: float) -> Frame:
        """Return the next frame, or find out why there is none."""
        while not self._said:
            if self._stopped.is_set():
                raise Stopped
            now = time.monotonic()
            if now >= deadline:
                self._give_up()
            try:
                data = self._jail.stream.recv(deadline=min(deadline, now + LOOK_SECONDS))
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                self._find_out()
            try:
                self._said += self._reader.feed(data)
            except ProtocolError:
                self._break_off()
        frame = self._said.pop(0)
        if frame.kind == "fault":
            sentence = "A sandbox of this runner failed."
            raise SandboxFault(sentence, clean(str(frame.fields.get("sentence", "")))[:500])
        return frame

    def _break_off(self) -> NoReturn:
        raise _Broken(Ending.PROTOCOL, _FORGED)

    def _give_up(self) -> NoReturn:
        self._check_surroundings()
        raise _Broken(Ending.TIMEOUT, "It kept its sandbox from answering until the time was over.")

    def _find_out(self) -> NoReturn:
        deadline = time.monotonic() + ENDING_SECONDS
        while self._jail.ending() is JailEnding.ALIVE and time.monotonic() < deadline:
            time.sleep(0.005)
        self._check_surroundings()
        if self._jail.ending() is JailEnding.OOM:
            raise _Broken(Ending.MEMORY, "It used more memory than it may have.")
        raise _Broken(Ending.CRASHED, "It ended the sandbox that it ran in.")

    def _check_surroundings(self) -> None:
        if self._jail.ending() is JailEnding.TEMPLATE_DIED:
            sentence = "The sandbox of this runner has ended."
            raise SandboxFault(sentence)


_FORGED = "It sent something that is no answer to this check."


class Refused(Exception):
    """The submission cannot be imported; the sentence is for its author."""


class _Broken(Exception):
    """The conversation cannot go on, and it was the submission's doing."""

    def __init__(self, ending: Ending, message: str) -> None:
        super().__init__(message)
        self.ending = ending
        self.message = message
