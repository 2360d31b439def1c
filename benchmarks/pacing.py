"""How exactly real dialers keep a carrier's calls per second: `./scripts/bench pacing [SECONDS]`, on both databases.

Real processes on a database of their own; the simulated carrier's ledger is the clock and the judge. Printed: the part
of the allowed CPS that was used, the most calls in any sliding second, how late calls left, the same while a large file
is imported and while all contacts are exported again and again, how long the carrier hears nothing after kill -9 of the
dialer that is at work, and the last call after Pause.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.claim import Figure, database, show

# isort: split
from django.conf import settings
from django.utils import timezone

from accounts.models import Workspace
from analytics.exporting import job
from analytics.models import Export, ExportFormat, ExportKind
from campaigns.models import Call, Campaign, Lease
from config.processes.background import stand_back
from contacts.models import Upload
from telephony import gateway
from telephony.models import Carrier
from tests.flows import world as worlds
from tests.flows.world import World, until

SECONDS = 20
RATES = (2, 10, 100)
IMPORTED = 500_000  # rows


def run(world: World, cps: int, seconds: float) -> tuple[float, int, list[float]]:
    """Dial so long at this rate: the used part of it, the most in a sliding second, each call's lateness."""
    campaign = begin(world, cps, int(cps * (seconds + 5)))
    until(lambda: sent(campaign), 30, world.logs)
    time.sleep(seconds + 1)
    stop(world, campaign)
    first = rings(world, campaign)[0]
    times = [at for at in rings(world, campaign) if at < first + seconds]
    most = max(sum(1 for other in times if at - 1 < other <= at) for at in times)
    return len(times) / (cps * seconds), most, lateness(world, campaign)


def begin(world: World, cps: int, people: int) -> Campaign:
    Carrier.objects.filter(pk=world.carrier.pk).update(max_cps=cps, max_channels=10_000)
    campaign = world.campaign(max_attempts=1, concurrency_limit=5_000)
    Campaign.objects.filter(pk=campaign.pk).update(max_calls_per_number_per_day=30_000)
    first = Call.objects.count() + 2_000 * campaign.pk
    world.people(campaign, [f"+1646{(2_000_000 + first + n) % 10_000_000:07d}" for n in range(people)])
    return world.act(campaign, "start")


def stop(world: World, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    if campaign.status == "running":
        world.act(campaign, "pause")
    live = Call.objects.filter(campaign=campaign, ended_at=None)
    until(lambda: not live.filter(sent_at=None).exists(), 10, world.logs)
    time.sleep(1.5)  # the next run's first second begins with none of this one's


def sent(campaign: Campaign, after: float = 0.0) -> int:
    """How many calls were given to the carrier after that time, as far as our rows tell."""
    since = datetime.fromtimestamp(after, UTC)
    return Call.objects.filter(campaign=campaign, sent_at__gt=since).count()


def rings(world: World, campaign: Campaign) -> list[float]:
    ours = {str(reference) for reference in Call.objects.filter(campaign=campaign).values_list("reference", flat=True)}
    return sorted(ring.placed for ring in world.ledger().rings if ring.reference in ours)


def lateness(world: World, campaign: Campaign) -> list[float]:
    """Milliseconds from each call's launch until the carrier had it."""
    calls = Call.objects.filter(campaign=campaign).values_list("reference", "launched_at")
    due = {str(reference): at.timestamp() for reference, at in calls}
    return sorted((ring.placed - due[ring.reference]) * 1000 for ring in world.ledger().rings if ring.reference in due)


def hole(world: World) -> float:
    """Two dialers; the one that holds the workspace is killed. Seconds until the carrier hears of us again."""
    dialers = [world.start_dialer(slot, 2) for slot in (0, 1)]
    campaign = begin(world, 20, 600)
    until(lambda: sent(campaign) > 20, 30, world.logs)
    owner = Lease.objects.get(name=f"dial:{world.workspace.pk}").owner
    pid = int(owner.split(":")[1])
    active = next(dialer for dialer in dialers if dialer.pid == pid)
    active.kill()
    killed = time.time()
    active.wait()
    until(lambda: sent(campaign, killed + 0.1), 30, world.logs)
    time.sleep(1)
    times = rings(world, campaign)
    longest = max(after - before for before, after in pairwise(times) if after > killed)
    stop(world, campaign)
    return longest


def after_pause(world: World) -> float:
    """Seconds from the operator's Pause until the last call that reached the carrier."""
    campaign = begin(world, 50, 600)
    until(lambda: sent(campaign) > 50, 30, world.logs)
    campaign.refresh_from_db()
    world.act(campaign, "pause")
    paused = time.time()
    time.sleep(2)
    return max(0.0, rings(world, campaign)[-1] - paused)


def begin_work(world: World, work: str, rows: int) -> "subprocess.Popen[bytes]":
    """A process that imports or exports again and again (WORK), and does so by now."""
    begun = {"import": Upload.objects.filter(rows_done__gt=0), "export": Export.objects.filter(rows_done__gt=0)}[work]
    process = world.station.start(["-m", "benchmarks.pacing", work, str(rows)], work)
    until(begun.exists, 300, world.logs)
    return process


def stand_apart() -> None:
    """As under the supervisor, where each cluster has a session of its own."""
    os.setsid()
    stand_back("work")


def keep_importing(rows: int) -> NoReturn:
    """Load a file of so many people into the workspace."""
    from benchmarks.files import rows as file_rows
    from benchmarks.importing import received, work

    stand_apart()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        file_rows.write(path, rows)
        while True:
            work(received(Workspace.objects.get(), path))


def keep_exporting(rows: int) -> NoReturn:
    """Write all contacts of the workspace, as many as there are by now, into files."""
    stand_apart()
    while True:
        given = {"filters": {}, "actor": None, "now": timezone.now(), "at_once": False}
        export = job.ask(Workspace.objects.get(), ExportKind.PEOPLE, ExportFormat.CSV, campaign=None, **given)
        job.make(export.pk, export.turn, seconds=3_600)


WORK = {"import": keep_importing, "export": keep_exporting}  # by the argument that makes this file such a process


def paced(name: str, cps: int, found: tuple[float, int, list[float]]) -> list[Figure]:
    used, most, late = found
    p99, goal = late[int(len(late) * 0.99)], "<= 50" if cps == max(RATES) else ""
    return [
        Figure(f"{name}: part of it used", used, ">= 0.95", used >= 0.95),
        Figure(f"{name}: most in a sliding second", most, f"<= {cps}", most <= cps),
        Figure(f"{name}: lateness, 99 of 100 calls, ms", p99, goal, not goal or p99 <= 50),
    ]


def measure(folder: Path, seconds: float, rates: tuple[int, ...], imported: int) -> list[Figure]:
    found: list[Figure] = []
    with worlds.station(folder, "--speed", "80", "--fixed", "off") as station:
        settings.PUBLIC_URL = station.url
        world = World(station)
        try:
            gap = hole(world)
            for cps in rates:
                found += paced(f"{cps} CPS", cps, run(world, cps, seconds))
            for work in WORK:
                working = begin_work(world, work, imported)
                found += paced(f"{cps} CPS during an {work}", cps, run(world, cps, seconds))
                working.kill()
            found.append(Figure("seconds without a call after kill -9", gap, "<= 3", gap <= 3))
            last = after_pause(world)
            found.append(Figure("seconds from Pause to the last call", last, "<= 1", last <= 1))
        finally:
            world.stop()
            gateway.close()
    return found


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in WORK:
        WORK[sys.argv[1]](int(sys.argv[2]))
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with database() as name, tempfile.TemporaryDirectory() as folder:
        from django.db import connection

        connection.settings_dict["NAME"] = name
        print(f"{connection.vendor}, {timedelta(seconds=seconds)} at each rate")
        show(measure(Path(folder), seconds, RATES, IMPORTED))


if __name__ == "__main__":
    main()
