"""What becomes of an upload: the site's receiving code first, then the sandbox with whatever was let through."""

import importlib.util
import io
import tracemalloc
from types import ModuleType

from grading.submissions.errors import UploadRefused
from grading.submissions.uploads import UploadLimits, check_files, read_uploads
from tests.attacks.archives import Uploads
from tests.attacks.arena import Arena
from tests.attacks.catalogue import Attack

LIMITS = UploadLimits(required_files=("work.py",))
MOST_MEMORY = 120 << 20
GRADED = 3
"""How many of the uploads that were let through are graded for real."""


def check_uploads(attack: Attack, arena: Arena) -> str:
    """Send everything of an attack; return what came of it in a few words. Raises ``AssertionError``."""
    module = _module(attack)
    refused = taken = 0
    for files in module.uploads():
        found = _received(files)
        assert found is None, f"{attack.id}: {[name for name, _ in files][:3]} was let through: {list(found)[:5]}"
        refused += 1
    for number, files in enumerate(module.accepted() if hasattr(module, "accepted") else ()):
        if (found := _received(files)) is None:
            refused += 1
            continue
        taken += 1
        if hasattr(module, "check"):
            module.check(found)
        if number < GRADED:
            assert arena.grade(found).report is not None, "a fault of ours"
    inside = 0
    for files in module.inside() if hasattr(module, "inside") else ():
        graded = arena.grade({"work.py": b"", **files})
        assert graded.outcome == "refused", f"{attack.id}: the sandbox laid out {list(files)[:3]}: {graded.shown[:500]}"
        inside += 1
    words = [f"{refused} refused"]
    if hasattr(module, "accepted"):
        words = ["refused or harmless" if attack.id == "B13" else f"{refused} refused, {taken} taken and harmless"]
    if inside:
        words.append(f"{inside} refused inside")
    return ", ".join(words)


def _received(files: Uploads) -> dict[str, bytes] | None:
    """Return what the site takes, or None where it refuses with a sentence."""
    tracemalloc.start()
    try:
        uploads = read_uploads([(name, io.BytesIO(content)) for name, content in files], LIMITS)
        check_files(uploads, LIMITS)
    except UploadRefused as refusal:
        assert refusal.sentence.endswith(".")
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST_MEMORY, f"{peak >> 20} MB"
    return {upload.path: upload.content for upload in uploads}


def _module(attack: Attack) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"upload_{attack.id.lower()}", attack.path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
