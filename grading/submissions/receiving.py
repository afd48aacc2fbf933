"""Receive no more than is taken: what is over is read from the wire and thrown away, never stored."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from grading.assessments.models import Assessment

_FORM_ALLOWANCE = 256_000
_FILE_ALLOWANCE = 1_000


class QuotaHandler(FileUploadHandler):
    """Skips every file of a request that is longer than what is accepted in all."""

    def __init__(self, request: HttpRequest, quota_bytes: int) -> None:
        super().__init__(request)
        self.quota_bytes = quota_bytes
        self.is_over = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  # Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Compare the announced length with the quota, before anything is read."""
        self.is_over = content_length > self.quota_bytes

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse each file of a request that is too long."""
        super().new_file(*args, **kwargs)
        if self.is_over:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the storing to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def limit_upload(request: HttpRequest, assessment: Assessment) -> QuotaHandler:
    """Put an assessment's quota before the form is read. Must come before the first look at ``request.POST``."""
    return limit_files(request, max_files=assessment.max_files, max_total_bytes=assessment.max_total_bytes)


def limit_files(request: HttpRequest, *, max_files: int, max_total_bytes: int) -> QuotaHandler:
    """Put a quota before the form is read. Must come before the first look at ``request.POST``."""
    handler = QuotaHandler(request, max_total_bytes + _FORM_ALLOWANCE + _FILE_ALLOWANCE * max_files)
    request.upload_handlers = [handler, *request.upload_handlers]
    return handler
