"""Answers that a browser saves and never shows."""

from urllib.parse import quote

from django.http import HttpResponse

BINARY = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
ZIP = "application/zip"


def attachment(content: bytes, *, name: str, kind: str = BINARY) -> HttpResponse:
    """Answer with a file to be saved under `name`, whatever characters it holds."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
