"""What a case leaves in the writable folders is gone before the next one, however it is made."""

import contextlib
import os
from pathlib import Path

import pytest

from gpu_worker.harness import files

MANY = 1_500


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that is wiped, beside one that is not."""
    (tmp_path / "wiped").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    monkeypatch.setattr(files, "WIPED_FOLDERS", (str(tmp_path / "wiped"),))
    return tmp_path / "wiped"


def deep(folder):
    with contextlib.chdir(folder):
        for _ in range(MANY):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("file").touch()


def links(folder):
    (folder / "to a folder").symlink_to(folder.parent / "kept")
    (folder / "inner").mkdir()
    (folder / "inner" / "to a folder").symlink_to(folder.parent / "kept")
    (folder / "inner" / "to itself").symlink_to("to itself")
    (folder / "inner" / "to nothing").symlink_to("nowhere")


def closed(folder):
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    for name in ("a/b/c", "a/b", "a"):
        (folder / name).chmod(0)


def named(folder):
    os.mkfifo(folder / "fifo")
    (folder / ".0").mkdir()
    (folder / ".0" / ".0").mkdir()
    (folder / ".0" / ".1").write_text("x")
    (folder / ".1").mkdir()
    (folder / ".1" / "x").write_text("x")
    for name in (b"\xff\xfe", b"new\nline", b"-rf", b" "):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()


def many(folder):
    for number in range(MANY):
        (folder / f"{number}").mkdir()
        (folder / f"{number}" / "file").touch()


@pytest.mark.parametrize("leave", [deep, links, closed, named, many], ids=lambda each: each.__name__)
def test_everything_is_gone_and_nothing_else_is(leave, folder):
    leave(folder)
    assert files.has_leftovers()

    files.wipe()

    assert not files.has_leftovers()
    assert (folder.parent / "kept" / "file").read_text() == "kept"
