"""Who is due: short probes of one index, per open hours key and rank. SQL finds; the pure rules say what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts import statements
from campaigns import policies
from campaigns.choices import Rank
from campaigns.dialing import window
from campaigns.dialing.values import CampaignState, Hours, Person
from contacts.models import HoursKey

_COLUMNS = """cc.id, cc.contact_id, c.phone_number, cc.hours_key_id, cc.rank, cc.next_attempt_at, cc.status, cc.reason,
    c.held_until, c.hours_key_id"""
_DUE = """cc.campaign_id = %(campaign)s AND cc.hours_key_id = {key} AND cc.rank = {rank}
    AND cc.next_attempt_at IS NOT NULL AND cc.next_attempt_at <= %(now)s
    AND NOT EXISTS (SELECT 1 FROM campaigns_call live WHERE live.contact_id = cc.contact_id AND live.ended_at IS NULL)
    ORDER BY cc.next_attempt_at, cc.id LIMIT %(want)s"""
# One index probe per rank and key: LATERAL where there is one, a correlated list of ids where there is not.
# PostgreSQL takes the ranks in turn in one statement: they come sorted, so it stops at the one that has enough.
_POSTGRESQL = f"""SELECT q.* FROM (SELECT rank FROM unnest(%(ranks)s::int[]) rank ORDER BY rank) r CROSS JOIN LATERAL (
    SELECT p.* FROM unnest(%(keys)s::int[]) AS k(id) CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM campaigns_campaigncontact cc JOIN contacts_contact c ON c.id = cc.contact_id
        WHERE {_DUE.format(key="k.id", rank="r.rank")}) p
    ORDER BY next_attempt_at, id LIMIT %(want)s) q
    ORDER BY r.rank, q.next_attempt_at, q.id LIMIT %(want)s"""  # noqa: S608 - no value is pasted in
_SQLITE = f"""SELECT {_COLUMNS} FROM json_each(%(keys)s) k CROSS JOIN campaigns_campaigncontact cc
    ON cc.id IN (SELECT cc.id FROM campaigns_campaigncontact cc WHERE {_DUE.format(key="k.value", rank="%(rank)s")})
    CROSS JOIN contacts_contact c ON c.id = cc.contact_id
    ORDER BY cc.next_attempt_at, cc.id LIMIT %(want)s"""  # noqa: S608

# Which of many campaigns have anybody due: a probe of the same index per hours key and rank, however long the lists.
# As EXISTS, or for all ranks in one, PostgreSQL would rather walk past everybody of a key who is not due yet.
_ANYBODY = """(SELECT 1 FROM campaigns_campaigncontact cc WHERE cc.campaign_id = ch.campaign_id
        AND cc.hours_key_id = ch.hours_key_id AND cc.rank = {rank}
        AND cc.next_attempt_at IS NOT NULL AND cc.next_attempt_at <= %(now)s LIMIT 1) IS NOT NULL"""
_SOMEBODY = f"""SELECT DISTINCT ch.campaign_id FROM campaigns_campaign c
    JOIN campaigns_campaignhours ch ON ch.campaign_id = c.id
    WHERE c.workspace_id = %(workspace)s AND c.status = 'running'
    AND ({" OR ".join(_ANYBODY.format(rank=rank.value) for rank in Rank)})"""  # noqa: S608

_KEYS = """SELECT k.id, k.country, k.region, k.zones FROM campaigns_campaignhours ch
    JOIN contacts_hourskey k ON k.id = ch.hours_key_id WHERE ch.campaign_id = %(campaign)s"""


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
    found = statements.select(_KEYS, {"campaign": campaign_id})
    keys = [HoursKey(id=pk, country=country, region=region, zones=zones) for pk, country, region, zones in found]
    return {key.pk: policies.hours(key) for key in keys}


def somebody(workspace_id: int, now: datetime) -> set[int]:
    """The running campaigns of a workspace in which somebody is due, at whatever hours. One query."""
    return {pk for (pk,) in statements.select(_SOMEBODY, {"workspace": workspace_id, "now": now})}


def open_keys(state: CampaignState, keys: dict[int, Hours], now: datetime) -> list[int]:
    """Those of `keys` whose people may be called now."""
    if not state.policy.by_person:
        return sorted(keys) if window.is_open(state.policy, Hours(), now, state.day) else []
    return sorted(key for key, hours in keys.items() if window.is_open(state.policy, hours, now, state.day))


def due(campaign_id: int, keys: Sequence[int], hours: dict[int, Hours], now: datetime, want: int) -> list[Due]:
    """At most `want` due people of open keys in the order of their turn, without those who are in a call elsewhere."""
    found: list[Due] = []
    in_turn = [list(Rank)] if connection.vendor == "postgresql" else [[rank] for rank in Rank]
    for ranks in in_turn:
        if not keys or len(found) >= want:
            break
        found += [_due(row, hours) for row in _probe(campaign_id, keys, ranks, now, want - len(found))]
    return found


def _probe(campaign_id: int, keys: Sequence[int], ranks: Sequence[Rank], now: datetime, want: int) -> list[tuple]:
    """Of several ranks on PostgreSQL, of one on SQLite."""
    values = {
        "campaign": campaign_id,
        "rank": ranks[0].value,
        "ranks": [rank.value for rank in ranks],
        "now": now,
        "want": want,
        "keys": list(keys),
    }
    return statements.select(_POSTGRESQL if connection.vendor == "postgresql" else _SQLITE, values)


def _due(row: tuple, hours: dict[int, Hours]) -> Due:
    pk, contact, phone, key, rank, at, status, reason, held, present = row
    due_at = statements.moment(at)
    assert due_at is not None
    person = Person(pk, phone, hours[key], rank, due_at)
    return Due(person, contact, status, reason, statements.moment(held), present != key)
