"""Whose address an event came to: the carrier's row as the webhook needs it, remembered a moment by each web process.

A secret that was changed may thus be taken for so long: less than any carrier's clock may be off.
"""

from time import monotonic
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from telephony.models import Carrier

FRESH = 1.0  # seconds
REMEMBERED = 1_000  # carriers a process
_hooks: dict[UUID, tuple[float, "Hook"]] = {}


class Hook(NamedTuple):
    """`settings` is JSON as the database has it, `credentials` are locked."""

    provider: str
    carrier_id: int
    workspace_id: int
    settings: str
    credentials: str


# Plain SQL, for the reason that inbox.insert gives.
_SELECT = "SELECT provider, id, workspace_id, settings, credentials FROM telephony_carrier WHERE hook_key = %s"


def lately(key: UUID) -> Hook | None:
    """As it is, or was at most FRESH seconds ago; None: no such carrier."""
    at, hook = _hooks.get(key, (0.0, None))
    return hook if hook and monotonic() - at < FRESH else read(key)


def read(key: UUID) -> Hook | None:
    """As it is now. None: no such carrier, which is not remembered."""
    at = monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [Carrier._meta.get_field("hook_key").get_db_prep_value(key, connection)])
        row = cursor.fetchone()
    if row is None:
        _hooks.pop(key, None)
        return None
    if len(_hooks) >= REMEMBERED:
        _hooks.clear()
    _hooks[key] = at, Hook(*row)
    return Hook(*row)
