"""Begin a suite: ``make suite NAME=… KIND=…`` writes a small one that is right, to be changed from there.

It has two cases, a reference, a starter and a wrong submission, so ``python -m runners.suites --validate`` has
something to say from the first minute on.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from runners.protocol import SuiteKind
from runners.suites import SUITES_FOLDER

TEMPLATES = Path(__file__).resolve().parent / "scaffolds"
SUFFIX = ".txt"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_RUNNABLE = frozenset({"run_autograder", "setup.sh"})


class ScaffoldRefused(Exception):
    """The suite was not begun; the sentence says what to change."""


def begin_suite(name: str, kind: SuiteKind, *, folder: Path = SUITES_FOLDER) -> list[Path]:
    """Write a new suite below a folder and return its files, in order. Raises ``ScaffoldRefused``."""
    if not _NAME.fullmatch(name):
        message = f"NAME={name}: begin with a small letter, then small letters, digits, dashes and underscores."
        raise ScaffoldRefused(message)
    place = folder / name
    if place.exists():
        message = f"{place} is there already; nothing was written."
        raise ScaffoldRefused(message)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    written = []
    for source in sorted((TEMPLATES / kind).rglob(f"*{SUFFIX}")):
        path = place / source.relative_to(TEMPLATES / kind).as_posix().removesuffix(SUFFIX)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text().replace("{{name}}", name).replace("{{title}}", title))
        if path.name in _RUNNABLE:
            path.chmod(0o755)
        written.append(path)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Begin the suite that the command line names, and say what to do next."""
    parser = argparse.ArgumentParser(prog="python -m runners.scaffold", description="Begin a new suite.")
    parser.add_argument("name", metavar="NAME", help="also the name of its folder")
    parser.add_argument("--kind", choices=list(SuiteKind), type=SuiteKind, default=SuiteKind.DIFFERENTIAL)
    parser.add_argument("--folder", type=Path, default=SUITES_FOLDER, help="where suites are")
    options = parser.parse_args(arguments)
    try:
        written = begin_suite(options.name, options.kind, folder=options.folder)
    except ScaffoldRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    place = options.folder / options.name
    sys.stdout.write("\n".join(str(path) for path in written))
    sys.stdout.write(
        f"\n\nChange it, then:\n  python -m runners.suites {place}             (writes manifest.json)\n"
        f"  python -m runners.suites --validate {place}  (grades what comes with it)\n"
        "and commit the folder, or upload it in the browser under Suites.\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
