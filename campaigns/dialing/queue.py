"""Who is due: short probes of one index, per open hours key and rank. SQL finds; the pure rules say what is open."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from campaigns import policies
from campaigns.choices import Rank
from campaigns.dialing import window
from campaigns.dialing.values import CampaignState, Hours, Person
from campaigns.models import CampaignHours

_COLUMNS = """cc.id, cc.contact_id, c.phone_number, cc.hours_key_id, cc.rank, cc.next_attempt_at, cc.status, cc.reason,
    c.held_until, c.hours_key_id"""
_DUE = """cc.campaign_id = %(campaign)s AND cc.hours_key_id = {key} AND cc.rank = %(rank)s
    AND cc.next_attempt_at IS NOT NULL AND cc.next_attempt_at <= %(now)s
    AND NOT EXISTS (SELECT 1 FROM campaigns_call live WHERE live.contact_id = cc.contact_id AND live.ended_at IS NULL)
    ORDER BY cc.next_attempt_at, cc.id LIMIT %(want)s"""
# One index probe per key: LATERAL where there is one, a correlated list of ids where there is not.
_POSTGRESQL = f"""SELECT p.* FROM unnest(%(keys)s::int[]) AS k(id) CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM campaigns_campaigncontact cc JOIN contacts_contact c ON c.id = cc.contact_id
    WHERE {_DUE.format(key="k.id")}) p ORDER BY next_attempt_at, id LIMIT %(want)s"""  # noqa: S608 - no value is pasted in
_SQLITE = f"""SELECT {_COLUMNS} FROM json_each(%(keys)s) k CROSS JOIN campaigns_campaigncontact cc
    ON cc.id IN (SELECT cc.id FROM campaigns_campaigncontact cc WHERE {_DUE.format(key="k.value")})
    CROSS JOIN contacts_contact c ON c.id = cc.contact_id
    ORDER BY cc.next_attempt_at, cc.id LIMIT %(want)s"""  # noqa: S608


# Which of many campaigns have anybody due: a probe of the same index per hours key and rank, however long the lists.
_SOMEBODY = f"""SELECT DISTINCT ch.campaign_id FROM campaigns_campaign c
    JOIN campaigns_campaignhours ch ON ch.campaign_id = c.id
    WHERE c.workspace_id = %(workspace)s AND c.status = 'running' AND EXISTS (
        SELECT 1 FROM ({" UNION ALL ".join(f"SELECT {rank.value} AS rank" for rank in Rank)}) r
        JOIN campaigns_campaigncontact cc ON cc.campaign_id = ch.campaign_id AND cc.hours_key_id = ch.hours_key_id
            AND cc.rank = r.rank AND cc.next_attempt_at IS NOT NULL AND cc.next_attempt_at <= %(now)s)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Due:
    """A due campaign contact: the person as the rules see it, and what its call keeps."""

    person: Person
    contact_id: int
    status: str
    reason: str
    held_until: datetime | None = None
    moved: bool = False  # lives elsewhere by now, and the campaign has not taken it over yet


def keys_of(campaign_id: int) -> dict[int, Hours]:
    """The hours keys that occur in a campaign's list."""
    rows = CampaignHours.objects.filter(campaign=campaign_id).select_related("hours_key")
    return {row.hours_key_id: policies.hours(row.hours_key) for row in rows}


def somebody(workspace_id: int, now: datetime) -> set[int]:
    """The running campaigns of a workspace in which somebody is due, at whatever hours. One query."""
    values = {"workspace": workspace_id, "now": connection.ops.adapt_datetimefield_value(now)}
    with connection.cursor() as cursor:
        cursor.execute(_SOMEBODY, values)
        return {pk for (pk,) in cursor.fetchall()}


def open_keys(state: CampaignState, keys: dict[int, Hours], now: datetime) -> list[int]:
    """Those of `keys` whose people may be called now."""
    if not state.policy.by_person:
        return sorted(keys) if window.is_open(state.policy, Hours(), now, state.day) else []
    return sorted(key for key, hours in keys.items() if window.is_open(state.policy, hours, now, state.day))


def due(campaign_id: int, keys: Sequence[int], hours: dict[int, Hours], now: datetime, want: int) -> list[Due]:
    """At most `want` due people of open keys in the order of their turn, without those who are in a call elsewhere."""
    found: list[Due] = []
    for rank in Rank:
        if not keys or len(found) >= want:
            break
        found += [_due(row, hours) for row in _probe(campaign_id, keys, rank, now, want - len(found))]
    return found


def _probe(campaign_id: int, keys: Sequence[int], rank: int, now: datetime, want: int) -> list[tuple]:
    postgresql = connection.vendor == "postgresql"
    values = {
        "campaign": campaign_id,
        "rank": int(rank),
        "now": connection.ops.adapt_datetimefield_value(now),
        "want": want,
        "keys": list(keys) if postgresql else json.dumps(list(keys)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL if postgresql else _SQLITE, values)
        return cursor.fetchall()


def _due(row: tuple, hours: dict[int, Hours]) -> Due:
    pk, contact, phone, key, rank, at, status, reason, held, present = row
    person = Person(pk, phone, hours[key], rank, _time(at))
    return Due(person, contact, status, reason, held and _time(held), present != key)


def _time(value: object) -> datetime:
    """SQLite hands raw datetimes back without a zone, some as text; they are UTC."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
