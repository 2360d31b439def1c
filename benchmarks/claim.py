"""What a claim costs: `./scripts/bench claim [CONTACTS] [ROUNDS]`, on SQLite or on the server of DATABASE_URL.

A whole tick against the bare UPDATE and INSERT of as many rows, and against a guarded loop over single rows; a long
list against a short one; a list that begins in closed zones against a neutral one; a look at idle campaigns. Each
round takes all of them in turn; the figures are medians of the rounds' ratios. It works in a database of its own.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.apps import apps

if not apps.ready:  # a test that imports this has settings already, and the processes it starts would get ours
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("OUTDIAL_VAR", str(Path(tempfile.gettempdir(), f"outdial-benchmark-{os.getpid()}")))
    os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)
    django.setup()

from django.db import connection, transaction
from django.db.models import F, Model

from accounts.models import Workspace
from campaigns.choices import CallState, Rank
from campaigns.dialing import queue, tick
from campaigns.models import Call, Campaign, CampaignContact, CampaignHours, CampaignRun, PoolNumber
from campaigns.review import review_changed
from campaigns.runner import spare_the_collector
from contacts.hours import hours_key
from contacts.models import Contact
from telephony import credentials
from telephony.models import Agent, Carrier, Number

NOON = datetime(2026, 6, 1, 19, 0, tzinfo=UTC)  # a Monday: noon in Los Angeles, four in the morning in Tokyo
SHORT, CONTACTS, ROUNDS = 10_000, 1_000_000, 7
IDLE = 1_000  # campaigns
OPEN, CLOSED = ("US", "CA", ["America/Los_Angeles"]), ("JP", "", ["Asia/Tokyo"])


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: float
    goal: str
    reached: bool


# ── rows ──


def listed(name: str, *parts: tuple[int, tuple[str, str, list[str]]]) -> Workspace:
    """A workspace with one running campaign, whose list has so many people of each place, in this order."""
    workspace = Workspace.objects.create(name=name, safe_hours=False)
    campaign = _campaign(workspace, f"{name} list")
    first = 0
    for count, place in parts:
        key = hours_key(*place)
        CampaignHours.objects.create(campaign=campaign, hours_key=key)
        phone = f"'+' || ({2_000_000_000 + first} + n)"
        _many(Contact(workspace=workspace, phone_number="+1", hours_key=key), count, phone_number=phone)
        contacts = Contact.objects.filter(workspace=workspace, hours_key=key).order_by("id")
        people = CampaignContact(campaign=campaign, contact_id=0, hours_key=key, added_at=NOON, next_attempt_at=NOON)
        _many(people, count, contact_id=f"{contacts[0].pk} - 1 + n")
        first += count
    _analyze()
    return workspace


def idle(campaigns: int) -> Workspace:
    """A workspace of running campaigns, each with somebody who is due tomorrow."""
    workspace = Workspace.objects.create(name="Idle", safe_hours=False)
    key = hours_key(*OPEN)
    person = Contact.objects.create(workspace=workspace, phone_number="+14155550001", hours_key=key)
    later = {"contact": person, "hours_key": key, "added_at": NOON, "next_attempt_at": NOON + timedelta(days=1)}
    for n in range(campaigns):
        campaign = _campaign(workspace, f"Idle {n}")
        CampaignHours.objects.create(campaign=campaign, hours_key=key)
        CampaignContact.objects.create(campaign=campaign, **later)
    _analyze()
    return workspace


def _analyze() -> None:
    """As PostgreSQL does by itself within a minute or so. Until then it plans by a table without these rows."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _campaign(workspace: Workspace, name: str) -> Campaign:
    if not workspace.carriers.exists():
        locked = credentials.lock({"token": "t", "signing_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="})
        account = {"settings": {"base_url": "http://127.0.0.1:9"}, "credentials": locked}
        carrier = Carrier.objects.create(
            workspace=workspace, name="Carrier", provider="http", max_cps=1000, max_channels=10**6, **account
        )
        Agent.objects.create(workspace=workspace, name="Ada", provider="http", provider_agent_id="a")
        for n in range(10):
            number = f"+1415555{n:04}"
            Number.objects.create(workspace=workspace, carrier=carrier, phone_number=number, country="US")
    campaign = Campaign.objects.create(
        workspace=workspace,
        name=name,
        agent=Agent.objects.get(workspace=workspace),
        mode="multi_day",
        status="running",
        run=1,
        window_start="09:00",
        window_end="18:00",
        contact_local_time=True,
        concurrency_limit=10**6,
        max_calls_per_number_per_day=30_000,
    )
    CampaignRun.objects.create(campaign=campaign, run=1, started_at=NOON)
    numbers = Number.objects.filter(workspace=workspace).order_by("id")
    PoolNumber.objects.bulk_create(
        PoolNumber(campaign=campaign, number=number, position=position) for position, number in enumerate(numbers)
    )
    return campaign


def _many(row: Model, count: int, **changed: str) -> None:
    """So many copies of a row in one statement; `changed`: SQL of the columns that differ, with n from 1."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and not field.generated]
    columns, chosen, values = [], [], []
    for field in fields:
        columns.append(connection.ops.quote_name(str(field.column)))
        if field.attname in changed:
            chosen.append(changed[field.attname])
        else:
            value = field.pre_save(row, True)
            chosen.append(f"CAST(%s AS {field.cast_db_type(connection)})")
            values.append(field.get_db_prep_save(value, connection))
    sql = f"""WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {int(count)})
        INSERT INTO {row._meta.db_table} ({", ".join(columns)}) SELECT {", ".join(chosen)} FROM s"""  # noqa: S608
    if connection.vendor == "sqlite":  # one WITH before INSERT is not SQLite's
        head, tail = sql.split("INSERT INTO", 1)
        target, select = tail.split(" SELECT ", 1)
        sql = f"INSERT INTO{target} {head} SELECT {select}"
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


# ── what is timed ──


def whole_tick(workspace: Workspace, now: datetime) -> tuple[float, list[Call]]:
    begun = time.perf_counter()
    with transaction.atomic():
        calls = tick.claim(workspace, now).calls
    return time.perf_counter() - begun, calls


def bare(calls: list[Call], now: datetime) -> float:
    """As many people of the same list, known beforehand, and copies of the calls, ready as values."""
    people = list(_due(calls[0].campaign, now)[: len(calls)].values_list("pk", "contact_id", "contact__phone_number"))
    fields = [field for field in Call._meta.concrete_fields if not field.primary_key]
    values: list[Any] = []
    for call, (pk, contact, phone) in zip(calls, people, strict=True):
        copy = Call(**{field.attname: getattr(call, field.attname) for field in fields if field.attname != "reference"})
        copy.campaign_contact_id, copy.contact_id, copy.phone_number = pk, contact, phone
        values += [field.get_db_prep_save(getattr(copy, field.attname), connection) for field in fields]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    insert = f"INSERT INTO campaigns_call ({columns}) VALUES {', '.join([one] * len(calls))}"  # noqa: S608
    ids = f"({', '.join(['%s'] * len(people))})"
    update = f"""UPDATE campaigns_campaigncontact SET status = 'dialing', next_attempt_at = NULL,
        attempts = attempts + 1, sequence = sequence + 1 WHERE id IN {ids}"""  # noqa: S608
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(update, [pk for pk, _, _ in people])
        cursor.execute(insert, values)
    return time.perf_counter() - begun


def loop(like: list[Call], now: datetime) -> float:
    """Select who is due, take him if he still is, make the call: one transaction each."""
    campaign = like[0].campaign
    begun = time.perf_counter()
    for call in like:
        with transaction.atomic():
            row = _due(campaign, now).select_related("contact")[0]
            still = CampaignContact.objects.filter(pk=row.pk, next_attempt_at=row.next_attempt_at)
            assert still.update(status="dialing", next_attempt_at=None, sequence=F("sequence") + 1) == 1
            Call.objects.create(
                workspace_id=call.workspace_id,
                campaign=campaign,
                campaign_contact=row,
                contact=row.contact,
                agent_id=call.agent_id,
                carrier_id=call.carrier_id,
                number_id=call.number_id,
                phone_number=row.contact.phone_number,
                run=1,
                attempt=1,
                sequence=row.sequence + 1,
                cause="first",
                launched_at=now,
                check_at=now,
            )
    return time.perf_counter() - begun


def look(workspace: Workspace, now: datetime) -> float:
    """All that a dialer asks of campaigns in a second in which nothing happens."""
    begun = time.perf_counter()
    assert review_changed(workspace.pk, now) == 0
    assert not queue.somebody(workspace.pk, now)
    return time.perf_counter() - begun


def _due(campaign: Any, now: datetime) -> Any:
    rows = CampaignContact.objects.filter(campaign=campaign, hours_key=hours_key(*OPEN), rank=Rank.NORMAL)
    return rows.filter(next_attempt_at__isnull=False, next_attempt_at__lte=now).order_by("next_attempt_at", "id")


def over(now: datetime) -> None:
    """The calls under way end: nobody's round changes the next one's."""
    live = Call.objects.filter(ended_at=None)
    live.update(ended_at=now, concluded_at=now, state=CallState.ENDED, outcome="busy", check_at=None)


# ── figures ──


def measure(contacts: int, rounds: int, campaigns: int, short: int) -> list[Figure]:
    small, big = listed("Short", (short, OPEN)), listed("Long", (contacts, OPEN))
    shut = listed("Closed", (contacts * 9 // 10, CLOSED), (contacts - contacts * 9 // 10, OPEN))
    quiet = idle(campaigns)
    spare_the_collector()  # as at the beginning of every dialer's slice
    times: dict[str, list[float]] = {name: [] for name in ("small", "big", "shut", "bare", "loop", "quiet")}
    for turn in range(rounds + 1):  # the first warms caches and is not counted
        now = NOON + timedelta(seconds=2 * turn)
        took: dict[str, float] = {}
        for name, workspace in (("small", small), ("shut", shut), ("big", big)):
            took[name], calls = whole_tick(workspace, now)
            assert len(calls) == tick.BATCH, f"{name}: {len(calls)} calls"
        took["bare"], took["loop"] = bare(calls, now), loop(calls, now)
        took["quiet"] = look(quiet, now)
        over(now)
        for name, seconds in took.items():
            times[name] += [seconds] if turn else []
    return _figures(times, contacts, short, campaigns)


def _figures(times: dict[str, list[float]], contacts: int, short: int, campaigns: int) -> list[Figure]:
    def ratio(one: str, other: str) -> float:
        return median(a / b for a, b in zip(times[one], times[other], strict=True))

    of_bare, of_loop = ratio("bare", "big"), ratio("loop", "big")
    longer, closed, quiet = ratio("big", "small"), ratio("shut", "big"), median(times["quiet"]) * 1000
    tick_ms = median(times["big"]) * 1000
    return [
        Figure(f"a tick of {tick.BATCH} calls, ms", tick_ms, "", True),
        Figure("its speed as a part of the bare UPDATE + INSERT", of_bare, ">= 0.2", of_bare >= 0.2),
        Figure("times faster than a guarded loop", of_loop, ">= 8", of_loop >= 8),
        Figure(f"cost at {contacts:,} contacts in that at {short:,}", longer, "<= 1.5", longer <= 1.5),
        Figure("cost where nine tenths are in closed zones", closed, "<= 1.5", closed <= 1.5),
        Figure(f"a look at {campaigns:,} idle campaigns, ms", quiet, "<= 25", quiet <= 25),
    ]


@contextmanager
def database() -> Iterator[str]:
    """A database of its own beside the configured one, removed at the end. Its name."""
    Path(os.environ["OUTDIAL_VAR"]).mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(Path(os.environ["OUTDIAL_VAR"], "benchmark.sqlite3"))
    else:
        connection.settings_dict["TEST"]["NAME"] = f"outdial_benchmark_{os.getpid()}"
    before = connection.settings_dict["NAME"]
    made = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield made
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def show(figures: list[Figure], say: Callable[[str], None] = print) -> None:
    for figure in figures:
        goal = f"goal {figure.goal}: {'reached' if figure.reached else 'MISSED'}" if figure.goal else ""
        say(f"{figure.what:60} {figure.value:10.2f}  {goal}".rstrip())


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with database():
        print(f"{connection.vendor}, batch {tick.BATCH}, {rounds} rounds")
        show(measure(contacts, rounds, IDLE, min(SHORT, contacts)))


if __name__ == "__main__":
    main()
