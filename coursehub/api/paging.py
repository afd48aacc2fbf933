"""Long answers come in pages."""

from collections.abc import Callable
from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response


def paged(request: Request, rows: Any, read: Callable[[Any], Any]) -> Response:
    """Return one page of `rows`, each as `read` makes it."""
    paginator = LimitOffsetPagination()
    paginator.max_limit = 200
    page = paginator.paginate_queryset(rows, request)
    return paginator.get_paginated_response([read(row) for row in page or []])
