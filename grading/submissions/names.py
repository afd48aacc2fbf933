"""Which file names are taken: one strict rule for names from browsers, programs and archives alike."""

import re
import unicodedata

from grading.submissions.errors import NameRefused, NameTwice, TooMuch

MAX_DEPTH = 16
MAX_PART_CHARACTERS = 128
MAX_PATH_CHARACTERS = 255
IGNORED_PARTS = frozenset({"__MACOSX", ".DS_Store", "__pycache__", ".git", ".ipynb_checkpoints", "Thumbs.db"})
ARCHIVE_ENDINGS = (".zip", ".tar.gz", ".tgz")

_RESERVED = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_path(name: str) -> str:
    """Return a relative path in its one normal form. Raises ``NameRefused`` or ``TooMuch`` naming the entry."""
    if not name:
        message = "One of the files has no name. Give it one and send your files again."
        raise NameRefused(message)
    for character in name:
        if unicodedata.category(character) in _INVISIBLE:
            what = "a character that cannot be seen" if character != "\0" else "a null character"
            raise _refusal(name, f"holds {what} (U+{ord(character):04X})")
    if "\\" in name:
        raise _refusal(name, "holds a backslash; folders are separated by /")
    if name.startswith("/"):
        raise _refusal(name, "starts at the root of a disk")
    if re.match(r"[A-Za-z]:", name):
        raise _refusal(name, "starts with the letter of a disk")
    path = unicodedata.normalize("NFC", name)
    while path.startswith("./"):
        path = path[2:]
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        message = f"“{shown(name)}” lies more than {MAX_DEPTH} folders deep. Use fewer folders."
        raise TooMuch(message)
    for part in parts:
        _check_part(name, part)
    if len(path) > MAX_PATH_CHARACTERS:
        message = f"“{shown(name)}” is longer than {MAX_PATH_CHARACTERS} characters. Shorten its name."
        raise TooMuch(message)
    return path


def is_ignored(path: str) -> bool:
    """Return whether a path is left by an operating system or a tool and never meant to be handed in."""
    parts = path.split("/")
    return not IGNORED_PARTS.isdisjoint(parts) or parts[-1].startswith("._")


def is_archive(name: str) -> bool:
    """Return whether a name says that this is an archive which is unpacked."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def shown(name: str) -> str:
    """Return a name fit for a sentence: printable, and not too long."""
    clean = "".join(
        character if unicodedata.category(character) not in _INVISIBLE else f"\\u{ord(character):04x}"
        for character in name[:200]
    )
    return clean if len(clean) <= 80 else f"{clean[:60]}…{clean[-16:]}"


class NameTable:
    """The paths taken so far; refuses those that would be one file on some computer."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, path: str) -> None:
        """Take a file's path. Raises ``NameTwice``."""
        key = _key(path)
        if key in self._files:
            if self._files[key] == path:
                message = f"“{shown(path)}” is there twice. Leave one out and send your files again."
            else:
                message = (
                    f"“{shown(self._files[key])}” and “{shown(path)}” differ only in capital letters or accents, "
                    "so they are one file on many computers. Rename one and send your files again."
                )
            raise NameTwice(message)
        if key in self._folders:
            raise self._both(path)
        self._files[key] = path
        parts = path.split("/")
        for depth in range(1, len(parts)):
            self._add_folder("/".join(parts[:depth]))

    def _add_folder(self, path: str) -> None:
        key = _key(path)
        if key in self._files:
            raise self._both(path)
        if self._folders.setdefault(key, path) != path:
            message = (
                f"The folders “{shown(self._folders[key])}” and “{shown(path)}” differ only in capital letters or "
                "accents, so they are one folder on many computers. Rename one and send your files again."
            )
            raise NameTwice(message)

    def _both(self, path: str) -> NameTwice:
        return NameTwice(f"“{shown(path)}” is both a file and a folder. Rename one and send your files again.")


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


def _check_part(name: str, part: str) -> None:
    if part == "..":
        raise _refusal(name, "leads out of its folder (..)")
    if part in {"", "."}:
        raise _refusal(name, "has an empty part between two slashes")
    if part.startswith("~"):
        raise _refusal(name, "starts with ~, which some programs take for a home folder")
    if part != part.strip() or part.endswith("."):
        raise _refusal(name, "has a part that begins or ends with a space, or ends with a dot")
    if found := _RESERVED.search(part):
        raise _refusal(name, f"holds {found.group()}, which not every computer can store")
    if _DEVICE.fullmatch(part):
        raise _refusal(name, "is the name of a device on some computers")
    if len(part) > MAX_PART_CHARACTERS:
        message = f"“{shown(name)}” has a part of more than {MAX_PART_CHARACTERS} characters. Shorten its name."
        raise TooMuch(message)


def _refusal(name: str, why: str) -> NameRefused:
    return NameRefused(f"“{shown(name)}” {why}. Rename it and send your files again.")
