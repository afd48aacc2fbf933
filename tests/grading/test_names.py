"""Which file names are taken."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.submissions.errors import NameTwice, UploadRefused
from grading.submissions.names import NameTable, is_ignored, safe_path, shown

REFUSED = [
    "",
    "..",
    "../x",
    "../../etc/passwd",
    "a/../b",
    "a/..",
    "./../x",
    "/etc/passwd",
    "//server/share",
    "C:\\Windows\\x",
    "C:/x",
    "c:x",
    "Z:",
    "a\\b",
    "..\\x",
    "~/x",
    "~root/x",
    "a/~b",
    "a//b",
    "a/",
    "a/./b",
    ".",
    "needle.py\0.png",
    "needle\n.py",
    "needle\r\nSet-Cookie: x",
    "needle\x1b[31m.py",
    "needle\x7f.py",
    "needle\u202eyp.exe",
    "needle\u2066.py",
    "needle\u200b.py",
    "needle\ufeff.py",
    "needle\u2028.py",
    "needle\udc80.py",
    "needle\ue000.py",
    "needle.py.",
    "needle.py ",
    " needle.py",
    "a /b",
    "a./b",
    "needle?.py",
    "needle*.py",
    'needle".py',
    "<script>.py",
    "a|b",
    "needle.py:stream",
    "con",
    "NUL.txt",
    "a/com1",
    "Lpt9.py",
    "a" * 129,
    "/".join("a" * 20 for _ in range(14)),
    "/".join("a" for _ in range(17)),
    "/".join("d" for _ in range(5000)),
]
TAKEN = [
    ("needle.py", "needle.py"),
    ("./needle.py", "needle.py"),
    ("src/needle.py", "src/needle.py"),
    ("my homework.py", "my homework.py"),
    (".gitignore", ".gitignore"),
    ("...py", "...py"),
    ("cafe\u0301.py", "caf\u00e9.py"),
    ("日本語.py", "日本語.py"),
    ("=cmd().py", "=cmd().py"),
    ("a" * 128, "a" * 128),
    ("/".join("abcdefghijklmnop"), "/".join("abcdefghijklmnop")),
    ("'; drop table x; --.py", "'; drop table x; --.py"),
    ("console.py", "console.py"),
]


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: shown(name) or "empty")
def test_a_dangerous_name_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(UploadRefused) as refusal:
        safe_path(name)

    sentence = refusal.value.sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in sentence)


@pytest.mark.parametrize(("name", "path"), TAKEN, ids=lambda name: shown(name))
def test_an_honest_name_is_taken(name: str, path: str) -> None:
    assert safe_path(name) == path


@given(st.text(max_size=300))
def test_what_is_taken_is_always_a_plain_relative_path(name: str) -> None:
    try:
        path = safe_path(name)
    except UploadRefused:
        return

    assert safe_path(path) == path
    assert not path.startswith(("/", "~", "./"))
    assert not {"", ".", ".."} & set(path.split("/"))
    assert not set(path) & set('\0\\<>:"|?*')
    path.encode()


@pytest.mark.parametrize(
    "paths",
    [
        ("a.py", "a.py"),
        ("a.py", "A.py"),
        ("a.py", "a.PY"),
        ("stra\u00dfe.py", "STRASSE.py"),
        ("\ufb01t.py", "fit.py"),
        ("a", "a/b"),
        ("a/b", "a"),
        ("a/b", "A"),
        ("a/b.py", "A/c.py"),
        ("x/a/b.py", "x/A/c.py"),
    ],
)
def test_names_that_are_one_file_on_some_computer_are_refused(paths: tuple[str, str]) -> None:
    table = NameTable()
    table.add(paths[0])

    with pytest.raises(NameTwice) as refusal:
        table.add(paths[1])

    assert paths[1].split("/")[0] in refusal.value.sentence


def test_different_names_live_side_by_side() -> None:
    table = NameTable()

    for path in ("a/b.py", "a/c.py", "b.py", "ab.py", "c/a/b.py"):
        table.add(path)


@pytest.mark.parametrize("path", ["__MACOSX/._needle.py", "a/.DS_Store", "__pycache__/needle.cpython-311.pyc", "._x"])
def test_what_an_operating_system_leaves_is_ignored(path: str) -> None:
    assert is_ignored(path)
