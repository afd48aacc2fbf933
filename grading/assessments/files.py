"""The file store: each content once, under its SHA-256, below ``MEDIA_ROOT/sha256/``.

A file is written under another name, flushed to the disk, and only then renamed; the folder is flushed too. So a
name in the store always stands for whole content, whenever the power fails. Reading checks the hash.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from grading.assessments.errors import FileDamaged, FileGone, StoreFull
from grading.assessments.models import StoredFile


def keep(contents: Sequence[bytes]) -> list[StoredFile]:
    """Store contents and return their rows, in the same order. Raises ``StoreFull`` where the disk refuses."""
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    unique = dict(zip(digests, contents, strict=True))
    try:
        for digest, content in unique.items():
            _write(digest, content)
    except OSError as error:
        raise StoreFull from error
    rows = {digest: StoredFile(sha256=digest, size=len(content)) for digest, content in sorted(unique.items())}
    StoredFile.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return [rows[digest] for digest in digests]


def content_of(sha256: str) -> bytes:
    """Return stored content. Raises ``FileGone`` or ``FileDamaged``."""
    try:
        content = _place(sha256).read_bytes()
    except FileNotFoundError as error:
        message = f"The stored file {sha256} is missing from the disk."
        raise FileGone(message) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        message = f"The stored file {sha256} no longer has the content that was stored."
        raise FileDamaged(message)
    return content


def _place(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "sha256" / sha256[:2] / sha256


def _write(digest: str, content: bytes) -> None:
    path = _place(digest)
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    folder_is_new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    if folder_is_new:
        _flush_folder(path.parent.parent)
    aside = path.with_name(f".{digest[:16]}.{secrets.token_hex(8)}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
