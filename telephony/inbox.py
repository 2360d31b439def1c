"""Carriers' events between arrival and being applied. The only writer of ProviderEvent.

Whoever applies events pulls them from here; nobody is called.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection

from telephony.events import CallEvent
from telephony.models import ProviderEvent


def store(carrier_id: int, workspace_id: int, events: Iterable[CallEvent], received_at: datetime) -> None:
    """One INSERT; an event that is there already stays as it is. Commits unless the caller holds a transaction.

    In plain SQL: making the statement anew for every event takes the ORM longer than the database takes to run it.
    """
    rows = [_row(carrier_id, workspace_id, event, received_at) for event in events]
    if not rows:
        return
    fields = [field for field in ProviderEvent._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insert(connection.vendor, len(rows)), values)


@cache
def _insert(vendor: str, rows: int) -> str:
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in ProviderEvent._meta.concrete_fields if not field.primary_key]
    one = f"({', '.join(['%s'] * len(columns))})"
    table = quote(ProviderEvent._meta.db_table)
    # Nothing but names of our own columns and placeholders is put into the text.
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * rows)} ON CONFLICT DO NOTHING"  # noqa: S608


def take(workspace_id: int, limit: int, now: datetime) -> list[ProviderEvent]:
    """Events to work on, oldest first, without their raw payload. They stay until `done` or `park`."""
    due = ProviderEvent.objects.filter(workspace_id=workspace_id, work_at__lte=now)
    return list(due.order_by("work_at", "id").defer("payload")[:limit])


def waiting(workspace_id: int, now: datetime) -> bool:
    """Whether `take` would find anything."""
    return ProviderEvent.objects.filter(workspace_id=workspace_id, work_at__lte=now).order_by().exists()


def workspaces() -> set[int]:
    """Those with an event that is not applied yet, parked ones included."""
    rows = ProviderEvent.objects.filter(work_at__isnull=False).order_by()
    return set(rows.values_list("workspace_id", flat=True).distinct())


def done(ids: Iterable[int]) -> None:
    """They are applied, or given up."""
    ProviderEvent.objects.filter(pk__in=list(ids)).update(work_at=None)


def park(ids: Iterable[int], until: datetime) -> None:
    """They are looked at again then; nobody behind them waits."""
    ProviderEvent.objects.filter(pk__in=list(ids)).update(work_at=until)


def _row(carrier_id: int, workspace_id: int, event: CallEvent, received_at: datetime) -> ProviderEvent:
    reference = _uuid(event.reference)
    if reference:
        event = replace(event, reference=str(reference))  # in the one spelling that calls are found by
    return ProviderEvent(
        carrier_id=carrier_id,
        workspace_id=workspace_id,
        event_key=event.key,
        reference=reference,
        provider_call_id=event.provider_call_id,
        kind=event.kind,
        at=event.at,
        event=event.to_json(),
        payload=event.raw if event.raw is not None else {},
        received_at=received_at,
        work_at=received_at,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
