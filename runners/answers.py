"""What a session says, read as an enemy's: one case's answer, a comparator's word, a refusal."""

import math
from typing import Any, NoReturn

from gpu_worker.protocol import Frame, ProtocolError
from runners.cleaning import clean
from runners.runs import CaseRun, Ending, Record

MAX_MESSAGE = 2_000
MAX_NAME = 120
MAX_JUDGEMENT = 1_200


class CaseAnswer:
    """What has been heard of one case."""

    def __init__(self, label: str, case_id: str = "", *, memory_bytes: int = 0) -> None:
        self._label = label
        """What the session calls it."""
        self._id = case_id or label
        self._memory_bytes = memory_bytes
        self._records: list[Record] = []
        self._output = ""

    def take(self, frame: Frame) -> CaseRun | None:
        """Take a frame; return the case's end when this was its last. Raises ``ProtocolError``."""
        fields = frame.fields
        if fields.get("case") != self._label:
            _refuse()
        match frame.kind:
            case "record" if fields.keys() == {"case", "name", "rule", "value"}:
                self._take_record(fields)
            case "output" if fields.keys() == {"case", "stream", "text"} and type(fields["text"]) is str:
                self._output = fields["text"]
            case "done" if fields.keys() == {"case", "ending", "message", "seconds", "peak_bytes"}:
                return self._take_end(fields)
            case _:
                _refuse()
        return None

    def ended(self, ending: Ending, message: str, *, seconds: float, peak_bytes: int) -> CaseRun:
        """Return what came of the case."""
        if ending is Ending.MEMORY:
            message = memory_sentence(self._memory_bytes, peak_bytes)
        return CaseRun(
            id=self._id,
            ending=ending,
            message=clean(message)[:MAX_MESSAGE],
            records=tuple(self._records),
            output=clean(self._output),
            seconds=seconds,
            peak_bytes=peak_bytes,
        )

    def _take_record(self, fields: dict[str, Any]) -> None:
        name, rule = fields["name"], fields["rule"]
        if type(name) is not str or not 0 < len(name) <= MAX_NAME or type(rule) is not dict:
            _refuse()
        if any(record.name == name for record in self._records):
            _refuse()
        self._records.append(Record(name=name, rule=rule, value=fields["value"]))

    def _take_end(self, fields: dict[str, Any]) -> CaseRun:
        seconds, peak_bytes, message = fields["seconds"], fields["peak_bytes"], fields["message"]
        if type(seconds) is not float or not 0 <= seconds < math.inf:
            _refuse()
        if type(peak_bytes) is not int or not 0 <= peak_bytes < 2**50 or type(message) is not str:
            _refuse()
        try:
            ending = Ending(fields["ending"])
        except ValueError:
            _refuse()
        return self.ended(ending, message, seconds=seconds, peak_bytes=peak_bytes)


def memory_sentence(limit_bytes: int, peak_bytes: int) -> str:
    """Say what may be used and what was, as far as the kernel counted it."""
    sentence = f"It needed more memory than the {limit_bytes / 2**20:,.0f} MiB that it may use"
    if not peak_bytes:
        return f"{sentence}."
    if peak_bytes < limit_bytes / 2:
        return f"{sentence}: it held {peak_bytes / 2**20:,.0f} MiB and asked for more at once than was left."
    return f"{sentence}; the most that its process held was {peak_bytes / 2**20:,.0f} MiB."


def judgement(fields: dict[str, Any], names: set[str]) -> dict[str, dict[str, Any]]:
    """Check what a comparator's jail says of one value. Raises ``ProtocolError``."""
    if fields.keys() != {"name", "share", "raised", "message"}:
        _refuse()
    name, share, message = fields["name"], fields["share"], fields["message"]
    if type(name) is not str or name not in names or type(message) is not str:
        _refuse()
    if type(share) is not float or not 0.0 <= share <= 1.0 or type(fields["raised"]) is not bool:
        _refuse()
    return {name: {**fields, "message": clean(message)[:MAX_JUDGEMENT]}}


def refusal(fields: dict[str, Any], module: str) -> str:
    """Return why a submission could not be loaded, as a sentence."""
    sentence = clean(str(fields.get("sentence", "")))[:MAX_MESSAGE]
    if fields.get("where") == "files":
        return sentence
    if fields.get("ending") == "raised":
        return f"{module} could not be imported: {sentence}"[:MAX_MESSAGE]
    return f"{module} could not be imported. {sentence}"[:MAX_MESSAGE]


def _refuse() -> NoReturn:
    message = "A case's answer has another form."
    raise ProtocolError(message)
