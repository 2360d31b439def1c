"""Carriers' events between arrival and being applied. The only writer of ProviderEvent.

Whoever applies events pulls them from here; nobody is called.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts import statements
from telephony.events import CallEvent
from telephony.models import ProviderEvent

Row = tuple[Any, ...]


class Taken(NamedTuple):
    """What working on an event needs of its row; the raw payload stays where it is. `ours`: it names a reference that
    may be one of ours."""

    pk: int
    carrier_id: int
    event_key: str
    ours: bool
    event: dict[str, Any]


_COLUMNS = (
    "carrier_id", "event_key", "workspace_id", "reference", "provider_call_id", "kind", "at", "event", "payload",
    "received_at", "work_at",
)  # fmt: skip
by_key = itemgetter(0, 1)


def store(carrier_id: int, workspace_id: int, events: Iterable[CallEvent], received_at: datetime) -> None:
    """One INSERT; an event that is there already stays as it is. Commits unless the caller holds a transaction."""
    insert([row(carrier_id, workspace_id, event, received_at) for event in events])


def row(carrier_id: int, workspace_id: int, event: CallEvent, received_at: datetime) -> Row:
    """An event as `insert` takes it."""
    reference = _uuid(event.reference)
    if reference and event.reference != str(reference):
        event = replace(event, reference=str(reference))  # in the one spelling that calls are found by
    time = connection.ops.adapt_datetimefield_value
    received = time(received_at)
    return (
        carrier_id,
        event.key,
        workspace_id,
        reference.hex if reference else None,
        event.provider_call_id,
        event.kind.value,
        time(event.at),
        json.dumps(event.to_json()),
        json.dumps(event.raw) if event.raw is not None else "{}",
        received,
        received,
    )


def insert(rows: Sequence[Row]) -> None:
    """One INSERT of rows of `row`; an event that is there already stays as it is. Commits unless the caller holds a
    transaction.

    In plain SQL: making the statement anew for every event takes the ORM longer than the database takes to run it.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_insert(len(rows)), [value for row in rows for value in row])


@cache
def _insert(rows: int) -> str:
    one = f"({', '.join(['%s'] * len(_COLUMNS))})"
    # Nothing but names of our own columns and placeholders is put into the text.
    return f"""INSERT INTO telephony_providerevent ({", ".join(_COLUMNS)}) VALUES {", ".join([one] * rows)}
        ON CONFLICT DO NOTHING"""  # noqa: S608


# The events' JSON comes as texts, to be read all at once.
_TAKE = """SELECT id, carrier_id, event_key, reference IS NOT NULL, CAST(event AS text) FROM telephony_providerevent
    WHERE workspace_id = %(workspace)s AND work_at <= %(now)s ORDER BY work_at, id LIMIT %(limit)s"""


def take(workspace_id: int, limit: int, now: datetime) -> list[Taken]:
    """Events to work on, oldest first. They stay until `done` or `park`."""
    rows = statements.select(_TAKE, {"workspace": workspace_id, "now": now, "limit": limit})
    told = json.loads(f"[{','.join(text for *_, text in rows)}]")
    return [
        Taken(pk, carrier, key, bool(ours), event)
        for (pk, carrier, key, ours, _), event in zip(rows, told, strict=True)
    ]


def waiting(workspace_id: int, now: datetime) -> bool:
    """Whether `take` would find anything."""
    return ProviderEvent.objects.filter(workspace_id=workspace_id, work_at__lte=now).order_by().exists()


def workspaces() -> set[int]:
    """Those with an event that is not applied yet, parked ones included."""
    rows = ProviderEvent.objects.filter(work_at__isnull=False).order_by()
    return set(rows.values_list("workspace_id", flat=True).distinct())


def older(ids: Sequence[int], than: datetime) -> set[int]:
    """Those of them that came at this time or before."""
    rows = ProviderEvent.objects.filter(pk__in=ids, received_at__lte=than).order_by()
    return set(rows.values_list("pk", flat=True))


def done(ids: Iterable[int]) -> None:
    """They are applied, or given up."""
    _work_at(ids, None)


def park(ids: Iterable[int], until: datetime) -> None:
    """They are looked at again then; nobody behind them waits."""
    _work_at(ids, until)


def _work_at(ids: Iterable[int], at: datetime | None) -> None:
    which = list(ids)
    if which:
        statement = f"UPDATE telephony_providerevent SET work_at = %(at)s WHERE {statements.among('id', 'ids')}"  # noqa: S608
        statements.select(statement, {"at": at, "ids": which})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
