"""One fork with limits of its own: watched, bounded, and gone with all that it started."""

import contextlib
import fcntl
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gpu_worker.harness import casework, confinement
from gpu_worker.harness.confinement import RECORDS_DESCRIPTOR, CaseLimits
from gpu_worker.harness.line import PIECE_BYTES, send
from gpu_worker.harness.memory import MemorySampler
from gpu_worker.harness.output import BoundedOutput
from gpu_worker.protocol import Caps, Frame, FrameReader, ProtocolError

LOOK_SECONDS = 0.05
SWEEP_SECONDS = 3.0
FRAMES = 600
ITEMS = 200_000
"""Values of one case, in all its frames."""
RECORDS_PER_CASE = 4
"""How many of the largest records fit into what one case may send."""
OUTPUT_PIECE_BYTES = 1 << 16
PIPE_BYTES = 1 << 20
"""What the kernel holds for a reader that is not there yet; more of it means fewer turns."""

OnFrame = Callable[[Frame], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a fork ended."""

    ending: str
    message: str
    output: str
    seconds: float
    peak_bytes: int
    has_imported: bool
    """Whether it said that the submission was imported; so it was, or it took over the process."""


class Unsweepable(Exception):
    """Processes of the submission outlive SIGKILL: this jail is of no more use."""


class Fork:
    """A child process that does one piece of work with the submission."""

    def __init__(
        self,
        limits: CaseLimits,
        *,
        seconds: float,
        oom_kills: Callable[[], int] | None,
        caps: Caps | None = None,
        seconds_once_imported: float | None = None,
    ) -> None:
        self._limits = limits
        self._seconds = seconds
        self._seconds_once_imported = seconds_once_imported
        """A new time limit, from when the submission is imported; None for work that says nothing of it."""
        self._has_imported = False
        self._deadline = 0.0
        self._oom_kills = oom_kills or _nothing_counted
        # A cgroup is for the jail: a case that may use less than the largest one is looked at now and then.
        is_counted = oom_kills is not None and limits.memory_bytes >= limits.jail_memory_bytes
        self._memory = None if is_counted else MemorySampler(limits.memory_bytes)
        self._output = BoundedOutput(limits.output_bytes)
        self._reader = FrameReader(caps or case_caps(limits))
        self._finished: dict[str, Any] | None = None
        self._ending = ""
        self._confined = False
        self._resident_bytes = 0
        """What it began with, which is not the submission's."""
        self._on_frame: OnFrame = lambda frame: None

    def run(self, work: Callable[[], None], on_frame: OnFrame) -> Ended:
        """Do the work in a fork; hand every frame but its last to ``on_frame``, which may raise ``ProtocolError``."""
        self._on_frame = on_frame
        kills_before = self._oom_kills()
        started = time.monotonic()
        self._deadline = started + self._seconds
        records, output, child = self._start(work)
        try:
            status, usage = self._watch(child, records, output)
            self._sweep()
            self._drain(records, output)
        finally:
            os.close(records)
            os.close(output)
        seconds = time.monotonic() - started
        computed = usage.ru_utime + usage.ru_stime
        ending, message = self._judge(status, self._oom_kills() > kills_before, computed)
        peak = max(0, usage.ru_maxrss * 1024 - self._resident_bytes)
        return Ended(
            ending=ending,
            message=message,
            output=self._output.text(),
            seconds=seconds,
            peak_bytes=peak,
            has_imported=self._has_imported,
        )

    def _start(self, work: Callable[[], None]) -> tuple[int, int, int]:
        records, records_in = os.pipe()
        output, output_in = os.pipe()
        with contextlib.suppress(OSError):
            # Refused where this user has many pipes already, which costs a little time.
            fcntl.fcntl(records, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        child = os.fork()
        if child == 0:
            try:
                seconds = self._seconds + (self._seconds_once_imported or 0.0)
                confinement.confine(self._limits, output=output_in, records=records_in, seconds=seconds)
                send(RECORDS_DESCRIPTOR, "confined", resident_bytes=confinement.sizes_of_self()[1])
                casework.do(work)
            finally:
                # Only a failure to confine comes this far: no submission has been touched.
                os._exit(1)
        os.close(records_in)
        os.close(output_in)
        os.set_blocking(records, False)
        os.set_blocking(output, False)
        return records, output, child

    def _watch(self, child: int, records: int, output: int) -> tuple[int, resource.struct_rusage]:
        with _end_of(child) as end:
            return self._watch_until(end, child, records, output)

    def _watch_until(
        self, end: int | None, child: int, records: int, output: int
    ) -> tuple[int, resource.struct_rusage]:
        poll = select.poll()
        if end is not None:
            poll.register(end, select.POLLIN)
        open_descriptors = {records, output}
        for descriptor in open_descriptors:
            poll.register(descriptor, select.POLLIN)
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._ending = self._ending or "timeout"
            if self._memory is not None and self._memory.is_over():
                self._ending = self._ending or "memory"
            if self._ending:
                os.kill(child, signal.SIGKILL)
                _, status, usage = os.wait4(child, 0)
                return status, usage
            pause = LOOK_SECONDS if open_descriptors or end is not None else LOOK_SECONDS / 10
            for descriptor, _ in poll.poll(1000 * min(left, pause)):
                if descriptor != end and not self._take(descriptor, is_output=descriptor == output):
                    poll.unregister(descriptor)
                    open_descriptors.discard(descriptor)
            pid, status, usage = os.wait4(child, os.WNOHANG)
            if pid:
                return status, usage

    def _take(self, descriptor: int, *, is_output: bool) -> bool:
        """Read one piece; return False at the end of the pipe."""
        try:
            data = os.read(descriptor, OUTPUT_PIECE_BYTES if is_output else PIECE_BYTES)
        except BlockingIOError:
            return True
        if not data:
            return False
        if is_output:
            self._output.feed(data)
            if self._output.is_flood:
                self._ending = self._ending or "output"
        elif not self._ending:
            try:
                self._listen(data)
            except ProtocolError:
                self._ending = "protocol"
        return True

    def _listen(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            if self._finished is not None:
                message = "A case went on after its last word."
                raise ProtocolError(message)
            if not self._confined:
                self._confined = True
                self._resident_bytes = frame.fields["resident_bytes"]
            elif frame.kind == "imported" and self._seconds_once_imported is not None and not self._has_imported:
                self._has_imported = True
                self._seconds = self._seconds_once_imported
                self._deadline = time.monotonic() + self._seconds
                self._on_frame(frame)
            elif frame.kind != "finished":
                self._on_frame(frame)
            elif frame.fields.keys() == {"ending", "message"} and type(frame.fields["message"]) is str:
                self._finished = frame.fields
            else:
                message = "A case ended in another form."
                raise ProtocolError(message)

    def _drain(self, records: int, output: int) -> None:
        # Every writer is dead by now, so both pipes end.
        for descriptor in (records, output):
            os.set_blocking(descriptor, True)
            while self._take(descriptor, is_output=descriptor == output):
                pass

    def _sweep(self) -> None:
        """Kill and wait for everything in this pid namespace but the session (and a container's init)."""
        deadline = time.monotonic() + SWEEP_SECONDS
        while True:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            if time.monotonic() > deadline:
                raise Unsweepable
            time.sleep(0.001)

    def _judge(self, status: int, oom_killed: bool, computed: float) -> tuple[str, str]:
        match self._ending:
            case "timeout":
                return "timeout", _timeout_sentence(self._seconds, computed)
            case "memory":
                return "memory", _TOO_MUCH_MEMORY
            case "output":
                return "output", "It printed more than 8 MB, so it was stopped."
            case "protocol":
                return "protocol", "It sent something that is no answer to this check."
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGKILL and oom_killed:
            return "memory", _TOO_MUCH_MEMORY
        if not self._confined:
            # The child says so before it touches the submission: this is our failure, nobody can feign it.
            return "fault", "A case could not be confined."
        if code < 0:
            return "crashed", f"It crashed: {_signal_sentence(-code)}."
        if self._finished is None or not self._reader.is_between_frames:
            return "crashed", f"It ended the process by itself (exit status {code}), for example with os._exit()."
        ending = self._finished["ending"]
        if ending not in ("done", "raised", "memory", "missing"):
            return "protocol", "It sent something that is no answer to this check."
        return str(ending), self._finished["message"]


def case_caps(limits: CaseLimits) -> Caps:
    """Return how much one case may send."""
    return Caps(
        payload_bytes=limits.record_bytes,
        total_bytes=RECORDS_PER_CASE * limits.record_bytes,
        frames=FRAMES,
        total_items=ITEMS,
    )


def _timeout_sentence(seconds: float, computed: float) -> str:
    if computed < seconds / 2:
        return f"It did not end within {seconds:.3g} s, and computed for only {computed:.2g} s of them."
    return f"It did not end within {seconds:.3g} s."


_TOO_MUCH_MEMORY = "It used more memory than it may have."


@contextlib.contextmanager
def _end_of(child: int) -> Iterator[int | None]:
    """Yield a descriptor that becomes readable when the process has ended, or None where the kernel has none."""
    try:
        descriptor = os.pidfd_open(child)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _nothing_counted() -> int:
    return 0


def _signal_sentence(number: int) -> str:
    match number:
        case signal.SIGSEGV | signal.SIGBUS:
            return "it touched memory that is not its own, as endless recursion in C code does too"
        case signal.SIGXFSZ:
            return "it wrote a file that is too big"
        case signal.SIGXCPU:
            return "it used too much processor time"
        case signal.SIGSYS:
            return "it asked the system for something that is not allowed here"
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"killed by signal {number}"
