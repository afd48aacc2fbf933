"""An autograder as a suite's folder holds it: ``autograder/`` as it was unzipped, or ``autograder.zip`` itself."""

import re
import stat
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

from runners.bundles import UNREADABLE
from runners.suite import SuiteInvalid, files_below

MAX_BYTES = 512 << 20
MAX_FILES = 20_000
SCRIPTS = ("setup.sh", "run_autograder")
PINNED = re.compile(r"^([a-z0-9][\w./:-]*@)?sha256:[0-9a-f]{64}$")
UNPINNED = "image must be pinned: write name@sha256:… or sha256:… and the 64 digits, so that it cannot change unseen"


def autograder_files(folder: Path) -> dict[str, bytes]:
    """Return the autograder below ``autograder/``, and ``wheels/`` where there are some. Raises ``SuiteInvalid``.

    Nothing, where ``suite.toml`` names a ready-made image.
    """
    if image := _image_in(folder / "suite.toml"):
        _check_image(folder, image)
        return {}
    archive = folder / "autograder.zip"
    if (folder / "autograder").is_dir():
        place, files = folder / "autograder", _unlinked(folder / "autograder")
    elif archive.is_file():
        place, files = archive, _unzipped(archive)
    else:
        message = (
            f"{folder} needs autograder.zip, the folder autograder/ with what is in it, or an image in suite.toml."
        )
        raise SuiteInvalid(message)
    for script in SCRIPTS:
        if script not in files:
            nested = next((path for path in files if PurePosixPath(path).name == script), "")
            hint = f"; it is at {nested}, one folder too deep" if nested else ""
            message = f"{place}: {script} must be at the very top of it{hint}."
            raise SuiteInvalid(message)
    wheels = files_below(folder / "wheels")
    return {
        **{f"autograder/{path}": content for path, content in files.items()},
        **{f"wheels/{path}": content for path, content in wheels.items()},
    }


def _image_in(path: Path) -> str:
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("image", ""))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise SuiteInvalid(message) from error


def _check_image(folder: Path, image: str) -> None:
    if not PINNED.match(image):
        message = f"{folder / 'suite.toml'}: {UNPINNED}."
        raise SuiteInvalid(message)
    if (folder / "autograder").exists() or (folder / "autograder.zip").exists():
        message = f"{folder} has an autograder and suite.toml names an image: keep one of them."
        raise SuiteInvalid(message)


def _unlinked(folder: Path) -> dict[str, bytes]:
    if link := next((path for path in sorted(folder.rglob("*")) if path.is_symlink()), None):
        message = f"{link} is a link, which an autograder must not hold: put the file itself there."
        raise SuiteInvalid(message)
    return files_below(folder)


def _unzipped(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES:
                message = f"{path} holds more than {MAX_FILES} files."
                raise SuiteInvalid(message)
            for entry in entries:
                name = _plain_name(path, entry)
                if name is None:
                    continue
                with archive.open(entry) as stream:
                    # The size that the archive states is not believed.
                    files[name] = stream.read(left + 1)
                left -= len(files[name])
                if left < 0:
                    message = f"{path} unpacks to more than {MAX_BYTES >> 20} MiB."
                    raise SuiteInvalid(message)
    except UNREADABLE as error:
        message = f"{path} is not a readable .zip: {error}."
        raise SuiteInvalid(message) from error
    return files


def _plain_name(path: Path, entry: zipfile.ZipInfo) -> str | None:
    """Return an entry's path, or None for what a Mac adds. Raises ``SuiteInvalid`` for a link or a path that leaves."""
    name = PurePosixPath(entry.filename)
    if name.parts[:1] == ("__MACOSX",) or name.name == ".DS_Store":
        return None
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or "\0" in entry.filename:
        message = f"{path}: {entry.filename!r} is no plain path."
        raise SuiteInvalid(message)
    if kind not in {0, stat.S_IFREG} or entry.flag_bits & 1:
        message = f"{path}: {entry.filename!r} is a link or encrypted, which an autograder must not hold."
        raise SuiteInvalid(message)
    return name.as_posix()
