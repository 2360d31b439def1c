"""Filters that several resources share."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts import ids, moments


class IdFilter(filters.NumberFilter):
    """Rows by the id of another row. By number, not by choice: an id of another workspace, or one that no row can have,
    is looked for in vain, as one that does not exist."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        possible = value is None or (0 <= value < 10**ids.LONGEST and value == int(value))
        return super().filter(rows, value) if possible else rows.none()


class MomentFilter(filters.IsoDateTimeFilter):
    """Rows from or until a moment. One beyond all that happens means the same as the last one before it."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return super().filter(rows, moments.within(value) if value else value)
