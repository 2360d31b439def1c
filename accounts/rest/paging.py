"""Pages that begin where the last one ended, however many rows come or go meanwhile."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 50
LARGEST_PAGE = 500
BAD_CURSOR = "This cursor is not one of ours. Take it from “next” or “previous” of an answer to the same request."


class CursorPaging(BasePagination):
    """Keyset paging over one sort field, with the id as tie-breaker.

    A cursor holds the sort values of the row at a page's edge and the direction; there are no page numbers and no
    totals, and page 10,000 costs as much as the first. The view's querysets must be ordered by columns without nulls.
    """

    cursor_parameter = "cursor"
    size_parameter = "page_size"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.url = request.build_absolute_uri()
        self.fields = total_order(queryset.query.order_by)
        size = self.size(request)
        edge, backwards = self.read(request)
        rows = list(after(queryset, self.fields, edge, backwards)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.has_next = bool(rows) and (more or backwards)
        self.has_previous = bool(rows) and (more if backwards else edge is not None)
        self.rows = rows
        return rows

    def size(self, request: Request) -> int:
        asked = request.query_params.get(self.size_parameter, str(PAGE_SIZE))
        if not (asked.isdecimal() and 1 <= int(asked) <= LARGEST_PAGE):
            raise ValidationError({self.size_parameter: [f"A whole number from 1 to {LARGEST_PAGE}."]})
        return int(asked)

    def read(self, request: Request) -> tuple[list[Any] | None, bool]:
        text = request.query_params.get(self.cursor_parameter)
        if not text:
            return None, False
        try:
            fields, edge, backwards = json.loads(urlsafe_b64decode(text.encode()))
        except (ValueError, TypeError):
            raise ValidationError({self.cursor_parameter: [BAD_CURSOR]}) from None
        if fields != self.fields or not isinstance(edge, list) or len(edge) != len(fields):
            raise ValidationError({self.cursor_parameter: [BAD_CURSOR]})
        return edge, bool(backwards)

    def link(self, row: models.Model, backwards: bool) -> str:
        edge = [getattr(row, field.lstrip("-")) for field in self.fields]
        text = json.dumps([self.fields, edge, backwards], default=str)
        cursor = urlsafe_b64encode(text.encode()).decode()
        return replace_query_param(self.url, self.cursor_parameter, cursor)

    def get_paginated_response(self, data: Any) -> Response:
        following = self.link(self.rows[-1], False) if self.has_next else None
        before = self.link(self.rows[0], True) if self.has_previous else None
        return Response({"next": following, "previous": before, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": "string", "nullable": True, "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}
        return [
            query_parameter(self.cursor_parameter, "From “next” or “previous” of an answer.", {"type": "string"}),
            query_parameter(self.size_parameter, "Rows on a page.", size),
        ]


def query_parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def total_order(order: Sequence[Any]) -> list[str]:
    """The first sort field, and the id in the same direction: no two rows are equal under it."""
    first = str(order[0]) if order else "id"
    if first.lstrip("-") in {"id", "pk"}:
        return [first.replace("pk", "id")]
    return [first, "-id" if first.startswith("-") else "id"]


def after(rows: QuerySet[Any], fields: Sequence[str], edge: Sequence[Any] | None, backwards: bool) -> QuerySet[Any]:
    """The rows beyond the edge in the order of `fields`, or before it, nearest first, where `backwards`."""
    down = fields[0].startswith("-") != backwards
    names = [field.lstrip("-") for field in fields]
    rows = rows.order_by(*(f"-{name}" if down else name for name in names))
    if edge is None:
        return rows
    beyond = "lt" if down else "gt"
    condition = Q(**{f"{names[-1]}__{beyond}": edge[-1]})
    if len(names) == 2:
        # The first condition is implied by the second; it is what an index can start from.
        tie = Q(**{f"{names[0]}__{beyond}": edge[0]}) | Q(**{names[0]: edge[0]}) & condition
        condition = Q(**{f"{names[0]}__{beyond}e": edge[0]}) & tie
    try:
        return rows.filter(condition)
    except (ValueError, TypeError, ModelValidationError):
        raise ValidationError({CursorPaging.cursor_parameter: [BAD_CURSOR]}) from None
