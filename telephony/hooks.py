"""Whose address an event came to: the carrier's row as the webhook needs it, remembered by each web process.

What is remembered may be out of date. Nothing is stored by it before the row was read again (telephony.arrivals).
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from telephony.models import Carrier

REMEMBERED = 1_000  # carriers a process
_hooks: dict[UUID, "Hook"] = {}


class Hook(NamedTuple):
    """`settings` is JSON as the database has it, `credentials` are locked."""

    key: UUID
    provider: str
    carrier_id: int
    workspace_id: int
    settings: str
    credentials: str


def remembered(key: UUID) -> Hook | None:
    """As it was when it was read last; None: not read yet, or no such carrier."""
    return _hooks.get(key)


def read(keys: Iterable[UUID]) -> dict[UUID, Hook]:
    """As they are now, in one query, and remembered so. In plain SQL, for the reason that inbox.insert gives."""
    wanted = list(set(keys))
    prepared = [Carrier._meta.get_field("hook_key").get_db_prep_value(key, connection) for key in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_select(len(wanted)), prepared)
        found = {hook.key: hook for hook in (Hook(_uuid(key), *rest) for key, *rest in cursor.fetchall())}
    if len(_hooks) + len(found) > REMEMBERED:
        _hooks.clear()
    _hooks.update(found)
    for key in wanted:
        if key not in found:
            _hooks.pop(key, None)
    return found


@cache
def _select(keys: int) -> str:
    # Nothing but placeholders is put into the text.
    return f"""SELECT hook_key, provider, id, workspace_id, settings, credentials FROM telephony_carrier
        WHERE hook_key IN ({", ".join(["%s"] * keys)})"""  # noqa: S608


def _uuid(value: UUID | str) -> UUID:
    """SQLite keeps it as a text."""
    return value if isinstance(value, UUID) else UUID(value)
