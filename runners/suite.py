"""A reference suite as a grading host holds it in memory."""

from dataclasses import dataclass
from pathlib import Path

from runners.protocol import SuiteManifest
from runners.sandboxes.base import RECORD_BYTES, Limits


class SuiteInvalid(Exception):
    """A suite's folder does not hold what it should; the sentence names the file and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite that is ready to grade with."""

    manifest: SuiteManifest
    digest: str
    folder: Path
    case_files: dict[str, bytes]
    """What its kind puts into jails; the kind knows which of it goes into which (`runners/kinds/parts.py`)."""
    reference_files: dict[str, bytes]
    """What goes into reference jails only."""

    @property
    def limits(self) -> Limits:
        """What one submission may use."""
        manifest = self.manifest
        largest = max([manifest.memory_bytes, *(case.memory_bytes or 0 for case in manifest.cases)])
        # The session inside holds the suite's data, and for a moment what a case records.
        data = sum(len(content) for path, content in self.case_files.items() if "/" in path)
        held = data + max(0, 2 * (manifest.record_bytes - RECORD_BYTES))
        return Limits(
            memory_bytes=largest + held,
            case_memory_bytes=manifest.memory_bytes,
            held_bytes=held,
            record_bytes=manifest.record_bytes,
        )


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its relative path, without byte code; nothing where there is no folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
