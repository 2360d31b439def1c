"""The database goes away again and again under load: restarted, crashed; on SQLite every process of ours dies at once.

What was committed is there afterwards, so nobody is rung twice and nobody is forgotten. Events of that time are
delivered again by the carrier.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from campaigns.models import Call
from tests.flows import cluster
from tests.flows import world as worlds
from tests.flows.test_kills import finish
from tests.flows.world import Station, World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

POSTGRESQL = connection.vendor == "postgresql"
Fault = Callable[[World], None]


@pytest.fixture
def station(tmp_path, transactional_db, faults) -> Iterator[Station]:
    with worlds.station(tmp_path, "--speed", "80", "--set", "retry_seconds=0.1") as made:
        yield made


@pytest.fixture
def faults(transactional_db) -> Iterator[list[Fault]]:
    """What happens to the database, one after the other; then it is there again."""
    if not POSTGRESQL:
        yield [everybody_dies] * 3
        return
    if cluster.why_not():
        pytest.skip(cluster.why_not())
    with cluster.cluster() as server:
        yield [lambda _, fault=fault: fault() for fault in (server.restart, server.crash, server.kill)]


def everybody_dies(world: World) -> None:
    """kill -9 of web server and dialers at the same moment; then they are started anew."""
    for pid in [pid for process in (*world.station.processes, *world.processes) for pid in family(process.pid)]:
        os.kill(pid, 9)
    until(lambda: all(process.poll() is not None for process in (*world.station.processes, *world.processes)), 5)
    world.station.processes.clear()
    world.processes.clear()
    world.station.start_web()
    for slot in (0, 1):
        world.fork_dialer(slot, 2)


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())] if children.exists() else []


def test_a_database_that_goes_away_under_load_makes_nobody_rung_twice_or_forgotten(world, faults):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    world.pace(12)
    campaign = world.campaign(max_attempts=2, retry_on=["busy"])
    world.people(campaign, phones(110))
    for slot in (0, 1):
        world.fork_dialer(slot, 2)
    world.act(campaign, "start")
    until(lambda: Call.objects.count() >= 10, 20, world.logs)

    for fault in faults:
        time.sleep(chance.uniform(0.3, 1.2))
        connections.close_all()
        fault(world)
        back = time.time()
        until(lambda: world.ledger().placed_after(back), 20, world.logs)  # noqa: B023 - called here

    assert [dialer.poll() for dialer in world.processes] == [None, None], world.logs()
    world.pace(100)
    finish(world, campaign)
    ledger = world.ledger()
    assert [event for event, times in ledger.sent.items() if times > 1], "some came while nobody could take them"
    assert ledger.unacknowledged == set()
