"""One page of a list: ?sort=, ?page= from the address, the same way on every list."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50
LONGEST = 200  # letters of a filter that are read
Sorts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Asked:
    """Filters as they stand in the address of a list: every field of a class of these is a text, "" for no filter."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What is none of ours is left out."""
        return cls(**{name: str(asked.get(name, "")).replace("\0", "").strip()[:LONGEST] for name in cls.names()})

    @property
    def any(self) -> bool:
        return bool(self.chosen())

    def chosen(self) -> dict[str, str]:
        """Those that are set: for an address, or a job's row."""
        return {name: value for name in self.names() if (value := getattr(self, name))}


@dataclass(frozen=True)
class Listing:
    """What `components/pager.html` and `sort_header` read. Iterating gives the rows of the page."""

    page: Page
    sort: str

    def __iter__(self) -> Any:
        return iter(self.page.object_list)

    def __len__(self) -> int:
        return len(self.page.object_list)

    @property
    def keep(self) -> list[tuple[str, str]]:
        """What a filter bar carries along, so that filtering keeps the order."""
        return [("sort", self.sort)]

    @property
    def count(self) -> int:
        return self.page.paginator.count


def listing(
    request: HttpRequest, rows: QuerySet[Any], sorts: Sorts, default: str, *, per_page: int = PER_PAGE
) -> Listing:
    """The page that the address asks for. An unknown sort means the default, a page beyond the end the last one.

    `sorts` maps a key to the fields it orders by; "-key" turns all of them round. The primary key breaks ties.
    """
    asked = request.GET.get("sort", default)
    sort = asked if asked.removeprefix("-") in sorts else default
    fields = sorts[sort.removeprefix("-")]
    if sort.startswith("-"):
        fields = tuple(field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields)
    ordered = rows.order_by(*fields, "-pk" if sort.startswith("-") else "pk")
    return Listing(Paginator(ordered, per_page).get_page(request.GET.get("page")), sort)
