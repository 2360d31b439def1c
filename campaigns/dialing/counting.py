"""What launches count: a number's calls of the day, a pool number's of the run, a campaign's turn on a carrier.

One statement a table, prepared once, in the one order that everybody keeps: by number, then by campaign and number.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts import statements
from accounts.models import Workspace
from campaigns.dialing.board import Read
from campaigns.dialing.values import Launch
from campaigns.models import Call

_DAYS = '"telephony_numberday" ("number_id", "day", "calls", "last_launched_at")'
_DAY_KNOWN = """("number_id", "day") DO UPDATE
    SET "calls" = "telephony_numberday"."calls" + excluded."calls", "last_launched_at" = excluded."last_launched_at\""""
_POOL = """UPDATE "campaigns_poolnumber" SET "calls_in_run" = "calls_in_run" + %s WHERE "id" = %s"""
_TURNS = '"campaigns_carrierturn" ("campaign_id", "carrier_id", "last_launched_at")'
_TURN_KNOWN = """("campaign_id", "carrier_id") DO UPDATE SET "last_launched_at" = excluded."last_launched_at\""""
_DAYS_BACK = """UPDATE "telephony_numberday" SET "calls" = "calls" - %s
    WHERE "number_id" = %s AND "day" = %s AND "calls" >= %s"""
_POOL_BACK = """UPDATE "campaigns_poolnumber" SET "calls_in_run" = "calls_in_run" - %s
    WHERE "campaign_id" = %s AND "number_id" = %s AND "calls_in_run" >= %s"""


def count(launches: Sequence[Launch], read: Read) -> None:
    """Count these launches, in the caller's transaction."""
    time, day = connection.ops.adapt_datetimefield_value, _day(read.day)
    used = Counter(launch.number for launch in launches)
    last = {launch.number: launch.at for launch in launches}
    days = [[number, day, calls, time(last[number])] for number, calls in sorted(used.items())]
    statements.put(_DAYS, days, _DAY_KNOWN)
    pairs = Counter((launch.campaign, launch.number) for launch in launches)
    _write(_POOL, [[calls, read.pool[pair]] for pair, calls in sorted(pairs.items())])
    turns = {(launch.campaign, launch.carrier): launch.at for launch in launches}
    statements.put(_TURNS, [[*pair, time(at)] for pair, at in sorted(turns.items())], _TURN_KNOWN)


def count_back(calls: Sequence[Call]) -> None:
    """As if these calls of campaigns had never been launched, but for the turns: a withdrawn call had its turn."""
    zones = dict(Workspace.objects.filter(pk__in={c.workspace_id for c in calls}).values_list("pk", "timezone"))
    days = Counter(
        (call.number_id, call.launched_at.astimezone(ZoneInfo(zones[call.workspace_id])).date()) for call in calls
    )
    _write(_DAYS_BACK, [[n, number, _day(day), n] for (number, day), n in sorted(days.items())])
    pools = Counter((call.campaign_id or 0, call.number_id) for call in calls)
    _write(_POOL_BACK, [[n, *pair, n] for pair, n in sorted(pools.items())])


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _write(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))
