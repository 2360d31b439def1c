"""Pages by key: the cursor is the last row's key, so the ten-thousandth page costs what the first does.

A cursor is text from the address bar: whatever does not read as one means the first page.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
PAGE = 50
COUNT_CAP = 1000  # a total above it is shown as “1 000+”: counting half a million rows costs more than the page


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """`previous` and `following` are cursors, empty at the ends."""

    rows: Sequence[M]
    previous: str = ""
    following: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    count: int
    capped: bool = False


def total(rows: "QuerySet[Any]", cap: int = COUNT_CAP, shown: "Page[Any] | None" = None) -> Total:
    """How many rows there are, counted no further than `cap`; not at all when the page `shown` holds them all."""
    if shown is not None and not shown.previous and not shown.following:
        return Total(len(shown.rows))
    found = rows.order_by().values("pk")[: cap + 1].count()
    return Total(min(found, cap), found > cap)


def page(rows: "QuerySet[M]", keys: Sequence[str], cursor: str = "", size: int = PAGE) -> "Page[M]":
    """One page of `rows` ordered by `keys` (field names, all with or all without a leading minus; the last one unique).

    The cursor says whether the page lies after a row or before it.
    """
    direction, values = _read(cursor, len(keys))
    back = direction == "before"
    found = list(reach(rows, keys, cursor, size))
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    before = more if back else values is not None
    after = values is not None if back else more
    return Page(
        rows=found,
        previous=_write("before", found[0], keys) if before and found else "",
        following=_write("after", found[-1], keys) if after and found else "",
    )


def reach(rows: "QuerySet[M]", keys: Sequence[str], cursor: str, size: int) -> "QuerySet[M]":
    """The rows that a page is cut from, nearest to the cursor first, and one more."""
    direction, values = _read(cursor, len(keys))
    keys = turned(keys) if direction == "before" else keys
    ordered = rows.order_by(*keys)
    return (ordered if values is None else ordered.filter(_beyond(keys, values)))[: size + 1]


def after(keys: Sequence[str], cursor: str) -> Q:
    """What holds of the rows that `page` takes its own from, in its direction: those beyond the cursor."""
    direction, values = _read(cursor, len(keys))
    if values is None:
        return Q()
    return _beyond(turned(keys) if direction == "before" else keys, values)


def is_back(keys: Sequence[str], cursor: str) -> bool:
    """Whether the page lies before a row, and is read backwards."""
    return _read(cursor, len(keys))[0] == "before"


def stretch(rows: "QuerySet[M]", keys: Sequence[str], cursor: str, width: int) -> Q:
    """What holds of the next `width` of these rows from the cursor on, in its direction; empty when there are fewer."""
    back = is_back(keys, cursor)
    ordered = rows.filter(after(keys, cursor)).order_by(*(turned(keys) if back else keys))
    last = ordered.values_list(*(key.lstrip("-") for key in keys))[width : width + 1]
    for values in last:
        return _beyond(keys if back else turned(keys), list(values))
    return Q()


def turned(keys: Sequence[str]) -> list[str]:
    """The same keys the other way round."""
    return [key[1:] if key.startswith("-") else f"-{key}" for key in keys]


def _beyond(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after `values`: beyond on the first key, or equal there and beyond on the next, and so on."""
    sign = "lt" if keys[0].startswith("-") else "gt"
    condition = Q()
    for place in range(len(keys)):
        equal = {keys[i].lstrip("-"): values[i] for i in range(place)}
        condition |= Q(**equal, **{f"{keys[place].lstrip('-')}__{sign}": values[place]})
    if len(keys) > 1:  # says the same once more, in a form that an index on the first key can start from
        condition &= Q(**{f"{keys[0].lstrip('-')}__{sign}e": values[0]})
    return condition


def _write(direction: str, row: Model, keys: Sequence[str]) -> str:
    values = []
    for key in keys:
        value: Any = row
        for name in key.lstrip("-").split("__"):
            value = getattr(value, name)
        values.append({"at": value.isoformat()} if isinstance(value, datetime) else value)
    packed = json.dumps([direction, *values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(cursor: str, length: int) -> tuple[str, list[Any] | None]:
    try:
        packed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        direction, *values = packed
        values = [datetime.fromisoformat(v["at"]) if isinstance(v, dict) else v for v in values]
    except (binascii.Error, ValueError, TypeError, KeyError):
        return "after", None
    fits = direction in {"after", "before"} and len(values) == length
    return (direction, values) if fits and all(isinstance(v, int | str | datetime) for v in values) else ("after", None)
