"""How fast lists become files: `./scripts/bench exporting [ROWS] [ROUNDS]`, on SQLite or on the server of DATABASE_URL,
in a database of its own.

Printed: rows a second and ratios. In turn, each round: the same columns straight out of the database (COPY of the
unguarded SELECT on PostgreSQL, its rows through csv on SQLite), the usual way (the ORM's iterator and csv, with most of
our columns), and our four formats. Each of ours runs in a process of its own, so that its peak of memory is its own; a
watcher asks for the oldest transaction meanwhile.
"""

import csv
import io
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.apps import apps

if not apps.ready:  # a test that imports this has settings already, and the processes it starts would get ours
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("OUTDIAL_VAR", str(Path(tempfile.gettempdir(), f"outdial-benchmark-{os.getpid()}")))
    os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()

from django.db import connection, connections
from django.db.models import Count, Max, Sum
from django.utils import timezone

from accounts.models import Workspace
from analytics.exporting import job, people
from analytics.exporting.dialect import dialect
from analytics.exporting.writing import copy, fetched
from analytics.models import Export, ExportFormat
from benchmarks.claim import database
from benchmarks.importing import peak
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail
from contacts.hours import hours_key
from contacts.models import Contact
from telephony.models import Agent

VARIABLES = ["plan", "due_amount", "city", "adviser"]
MADE_AT_ONCE = 5_000
LOOK_SECONDS = 0.05


@dataclass
class Figure:
    """`grown`: memory above the process's own before it began, in MB; `oldest`: seconds of its longest transaction."""

    name: str
    rows_a_second: float
    grown: float = 0.0
    oldest: float = 0.0


class Sink(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def fill(rows: int) -> Campaign:
    """A campaign that is over, with so many people, four variables each."""
    workspace = Workspace.objects.create(name="Exports")
    agent = Agent.objects.create(workspace=workspace, name="Ada", provider="http")
    campaign = Campaign.objects.create(workspace=workspace, name="Large", agent=agent, status="completed", run=1)
    key, now = hours_key("US", "NY", ["America/New_York"]), timezone.now()
    for start in range(0, rows, MADE_AT_ONCE):
        made = [
            Contact(
                workspace=workspace, phone_number=f"+1212{n + 5_000_000}", name=f"First{n} Last{n}",
                first_name=f"First{n}", last_name=f"Last{n}", company=f"Company {n % 900}",
                email=f"p{n}@example.com", country="US", hours_key=key, tags="|vip|b2b|", external_id=f"C-{n}",
                variables={"plan": "pro", "due_amount": f"{n % 997}.00", "city": "New York", "adviser": "Ben"},
            )
            for n in range(start, min(rows, start + MADE_AT_ONCE))
        ]  # fmt: skip
        Contact.objects.bulk_create(made)
        listed = [
            CampaignContact(
                campaign=campaign, contact=contact, hours_key=key, added_at=now, status=("completed", "failed")[n % 2],
                reason=("human", "max_attempts")[n % 2], run=1, attempts=1,
            )
            for n, contact in enumerate(made)
        ]  # fmt: skip
        CampaignContact.objects.bulk_create(listed)
        details = [CampaignContactDetail(campaign_contact=r, variables=r.contact.variables) for r in listed]
        CampaignContactDetail.objects.bulk_create(details)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return campaign


def straight(campaign: Campaign) -> int:
    """The same columns without our guard and without pieces: what the database itself can do."""
    table = people.listed(VARIABLES, (), [(0, "", "", None)])
    d = dialect()
    piece = f"SELECT id, 0 AS mark FROM campaigns_campaigncontact WHERE campaign_id = {campaign.pk}"  # noqa: S608
    sql = table.cells(d, piece, guard=False)
    if connection.vendor == "postgresql":
        return copy(sql, d.bound, "FORMAT csv", Sink())
    writer, count = csv.writer(io.TextIOWrapper(io.BufferedWriter(Sink()))), 0
    for batch in fetched(sql, d.bound):
        writer.writerows(batch)
        count += len(batch)
    return count


def usual(campaign: Campaign) -> int:
    """What a project writes first: objects one by one with their figures, and csv; without the reasons, the numbers
    used and the last outcome, which it would ask for row by row."""
    writer, count = csv.writer(io.TextIOWrapper(io.BufferedWriter(Sink()))), 0
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("pk")
    rows = rows.select_related("contact__primary", "contact__hours_key", "detail", "campaign").annotate(
        made=Count("calls"), talked=Sum("calls__talk_seconds"), cost=Sum("calls__cost"), last=Max("calls__launched_at")
    )
    for row in rows.iterator(chunk_size=2_000):
        c = row.contact
        cells = [c.phone_number, c.name, c.first_name, c.last_name, c.company, c.email, c.country, c.tags, c.priority]
        cells += [c.external_id, *(row.detail.variables.get(name) for name in VARIABLES), row.status, row.reason]
        cells += [c.pk, c.timezone, c.consent_note, c.consent_source, c.primary and c.primary.phone_number]
        cells += [c.held_until, c.held_reason, c.hours_key.zones, c.created_at, row.campaign.name, row.next_attempt_at]
        cells += [row.run, row.attempts, row.voicemails, row.callbacks, row.made, row.talked, row.cost, row.last]
        writer.writerow(cells)
        count += 1
    return count


def timed(name: str, work: Callable[[], int]) -> Figure:
    begun = time.perf_counter()
    rows = work()
    return Figure(name, rows / (time.perf_counter() - begun))


def ours(campaign: Campaign, fmt: str) -> Figure:
    """One export, from the question to the whole file, in a process of its own."""
    given = {"campaign": campaign, "filters": {}, "actor": None, "now": timezone.now(), "at_once": False}
    export = job.ask(campaign.workspace, "contacts", fmt, **given)
    ends, told = multiprocessing.Pipe()
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=_worker, args=(export.pk, export.turn, told))
    begun = time.perf_counter()
    child.start()
    grown, oldest = ends.recv()
    child.join()
    took = time.perf_counter() - begun
    export.refresh_from_db()
    assert export.status == "done", export.problem
    job.discard(export, timezone.now(), actor=None)
    return Figure(f"ours, {ExportFormat(fmt).label}", export.rows / took, grown, oldest)


def _worker(pk: int, turn: int, told: object) -> None:
    base = peak()
    over, seen = threading.Event(), [0.0]
    watcher = threading.Thread(target=_watch, args=(over, seen))
    watcher.start()
    job.make(pk, turn, seconds=36_000)
    over.set()
    watcher.join()
    told.send((peak() - base, seen[0]))  # type: ignore[attr-defined]


def _watch(over: threading.Event, seen: list[float]) -> None:
    """The oldest transaction of the database; SQLite tells nobody."""
    sql = """SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database()"""
    while connection.vendor == "postgresql" and not over.wait(LOOK_SECONDS):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            seen[0] = max(seen[0], float(cursor.fetchone()[0]))
    connection.close()


def measure(rows: int, rounds: int = 3) -> list[list[Figure]]:
    """Round by round the same figures in the same order; the database must be migrated and is left filled."""
    campaign = fill(rows)
    return [
        [
            timed("straight from the database", lambda: straight(campaign)),
            timed("ORM iterator and csv", lambda: usual(campaign)),
            *(ours(campaign, fmt) for fmt in ExportFormat.values),
        ]
        for _ in range(rounds)
    ]


def first_byte() -> float:
    """Seconds from the question to a small export's whole file."""
    campaign = Campaign.objects.latest("pk")
    begun = time.perf_counter()
    few = {"q": ["First4999"]}
    made = job.ask(
        campaign.workspace, "contacts", "csv", campaign=campaign, filters=few, actor=None, now=timezone.now()
    )
    assert made.can_be_fetched
    return time.perf_counter() - begun


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with database():
        show(measure(rows, rounds), rows)
        made = first_byte()
        print(f"a small one: {made:.3f} s from the question to the file; exports left: {Export.objects.count()}")


def show(found: list[list[Figure]], rows: int) -> None:
    print(f"{connection.vendor}, {rows:,} contacts of a campaign, median of {len(found)} rounds")
    print(f"{'':<28}{'rows a second':>14}{'× straight':>12}{'× ORM':>8}{'MB more':>9}{'oldest s':>10}")
    for at, figure in enumerate(found[0]):
        speed = [figures[at].rows_a_second for figures in found]
        to = [[f[at].rows_a_second / f[base].rows_a_second for f in found] for base in (0, 1)]
        grown, oldest = (max(getattr(f[at], name) for f in found) for name in ("grown", "oldest"))
        print(
            f"{figure.name:<28}{median(speed):>14,.0f}{median(to[0]):>12.2f}{median(to[1]):>8.1f}"
            f"{grown:>9.0f}{oldest:>10.2f}"
        )


if __name__ == "__main__":
    main()
