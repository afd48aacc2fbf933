"""Which of a suite's files goes into which jail.

Theory of operation
-------------------
``cases.py``, ``shared.py``, other files ``…_cases.py`` and the folder ``data/`` go into every jail of a submission.
What begins with ``hidden`` (``hidden_cases.py``, ``hidden_more_cases.py``, ``hidden_data/``) goes only into the jail
of hidden checks, which a submission's visible checks never see. ``compare.py`` goes into neither: it runs with data
only, in a jail where no submission ever is.
"""

from collections.abc import Mapping
from pathlib import Path

from runners.suite import SuiteInvalid, files_below

CASES = "cases.py"
COMPARE = "compare.py"
HIDDEN = "hidden"
DATA_FOLDERS = ("data", "hidden_data")
MAX_DATA_BYTES = 256 << 20


def read_case_files(folder: Path) -> dict[str, bytes]:
    """Return every file of a suite that some jail needs, but for the reference. Raises ``SuiteInvalid``."""
    path = folder / CASES
    sources = [path, *(each for each in sorted(folder.glob("*.py")) if each != path and is_case_source(each.name))]
    try:
        files = {source.name: source.read_bytes() for source in sources}
    except OSError as error:
        message = f"{path} cannot be read: a suite needs its cases there."
        raise SuiteInvalid(message) from error
    for name in DATA_FOLDERS:
        files |= {f"{name}/{inner}": content for inner, content in files_below(folder / name).items()}
    if sum(map(len, files.values())) > MAX_DATA_BYTES:
        message = f"{folder / DATA_FOLDERS[0]}: data files may have {MAX_DATA_BYTES >> 20} MiB together."
        raise SuiteInvalid(message)
    return files


def is_case_source(name: str) -> bool:
    """Whether a file at the top of a suite's folder is code that some jail runs."""
    return name in (CASES, COMPARE, "shared.py") or name.endswith("_cases.py")


def for_visible_checks(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what the jail of a submission's visible checks gets."""
    return {path: content for path, content in files.items() if not path.startswith(HIDDEN) and path != COMPARE}


def for_hidden_checks(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what the jail of hidden checks gets, and the reference's."""
    return {path: content for path, content in files.items() if path != COMPARE}
