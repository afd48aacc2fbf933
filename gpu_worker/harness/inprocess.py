"""The session's side of suites that are made of pytest files: laid out once, collected once, then a fork per test.

The session imports nothing of the suite or of the submission. What the collecting fork says is a stranger's word: it
is bounded and checked for its form, and used for nothing but to know which test a case's id stands for.
"""

from pathlib import Path
from typing import Any

from gpu_worker.harness import casework, files
from gpu_worker.harness.line import Line
from gpu_worker.protocol import Frame, ProtocolError, as_files, files_digest

SUITE = "/job/suite"
MAX_ITEMS = 500
MAX_ERRORS = 50
MAX_TEXT = 2_000
ITEM = frozenset({"id", "node", "title", "group", "points", "seconds", "number", "visibility", "is_skipped"})


class Tests:
    """The tests of one suite, as they were collected with one submission."""

    def __init__(self, kind: str, *, line: Line) -> None:
        self._kind = kind
        self._line = line
        self._items: list[dict[str, Any]] = []
        self._errors: list[dict[str, Any]] = []
        """Files that could not be imported: how the ids of their tests begin, and why."""
        self._nodes: dict[str, str] = {}

    def lay_out(self, frame: Frame) -> bool:
        """Write suite and submission, in folders of their own; say why, and return False, where that cannot be."""
        suite, submission = as_files(frame.fields["suite"]), as_files(frame.fields["files"])
        if frame.fields["sha256"] != files_digest({**submission, **suite}):
            self._line.say("fault", sentence="The submission did not arrive whole in its sandbox.")
            return False
        try:
            files.lay_out(suite, Path(SUITE))
            files.lay_out(submission, Path(casework.SUBMISSION))
        except files.BadBundle as refusal:
            self._line.say("refused", where="files", ending="raised", sentence=str(refusal), output="")
            return False
        return True

    def answers(self, frame: Frame) -> bool:
        """Answer what needs no fork: which tests there are, or why the one to run is not there."""
        if frame.kind == "items":
            self._line.say("items", items=self._items, errors=self._errors)
            return True
        case = frame.fields["case"]
        if case in self._nodes:
            return False
        message = self._why_missing(case)
        self._line.say("done", case=case, ending="missing", message=message, seconds=0.0, peak_bytes=0)
        return True

    def collect(self) -> None:
        """Collect, in a fork."""
        # pytest is there only in environments that are named for it.
        from gpu_worker.harness import pytest_work  # noqa: PLC0415

        pytest_work.collect(self._kind)

    def note(self, frame: Frame) -> None:
        """Take a frame of the collecting fork. Raises ``ProtocolError``."""
        fields = frame.fields
        if frame.kind == "item" and fields.keys() == ITEM and len(self._items) < MAX_ITEMS:
            if not (_is_text(fields["id"]) and _is_text(fields["node"])):
                _refuse()
            self._items.append(fields)
            self._nodes.setdefault(fields["id"], fields["node"])
        elif frame.kind == "error" and fields.keys() == {"prefix", "message"} and len(self._errors) < MAX_ERRORS:
            if not (_is_text(fields["prefix"]) and _is_text(fields["message"])):
                _refuse()
            self._errors.append(fields)
        else:
            _refuse()

    def run(self, case: str, seed: bytes) -> None:
        """Run one test, in a fork."""
        from gpu_worker.harness import pytest_work  # noqa: PLC0415 - as above

        pytest_work.run(self._kind, self._nodes[case], seed)

    def _why_missing(self, case: str) -> str:
        for error in self._errors:
            if case.startswith(error["prefix"]):
                return f"It could not be collected: {error['message']}"[:MAX_TEXT]
        return "It was not collected with this submission."


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= MAX_TEXT


def _refuse() -> None:
    message = "The collection sent something that is no test."
    raise ProtocolError(message)
