"""Filters that several resources share."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES

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


class PageFilters(filters.FilterSet):
    """Filters of a list's page under their names there. Those with the method `unasked` are asked for together, by the
    page's own code: `asked_for`."""

    def unasked(self, rows: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
        return rows

    def asked_for(self, asked: dict[str, Any], rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `rows`, which are all of the list, that fit what is asked: name → value, only what is set."""
        raise NotImplementedError

    def filter_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        asked = {name: value for name, value in self.form.cleaned_data.items() if value not in EMPTY_VALUES}
        return super().filter_queryset(self.asked_for(asked, rows))
