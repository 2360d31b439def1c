"""Dialers frozen for three leases under load, and thawed: others go on meanwhile, and nothing old is sent afterwards.

Whatever a frozen process held is gone before it thaws: its leases, its calls without the mark, and on PostgreSQL the
transaction that it left open.
"""

import random
import sqlite3
import time
from contextlib import closing
from signal import SIGCONT, SIGSTOP

import pytest
from django.db import connection

from campaigns.lease import TTL
from campaigns.models import Call, Campaign, Lease
from tests.flows.deaths import Death
from tests.flows.dialer import Forked
from tests.flows.test_kills import finish
from tests.flows.world import World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

THREE_LEASES = 3 * TTL.total_seconds()
MOMENTS = [Death("after", step, signal=SIGSTOP) for step in ("claim", "mark")]


def test_dialers_that_thaw_after_three_leases_send_nothing_of_what_they_had_claimed(world):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    world.pace(8)
    campaign = world.campaign(max_attempts=2, retry_on=["busy"])
    world.people(campaign, phones(100))
    frozen = [world.fork_dialer(slot, 4, moment) for slot, moment in enumerate(MOMENTS)]
    world.act(campaign, "start")
    until(lambda: world.died.exists() and len(world.died.read_text().splitlines()) == len(MOMENTS), 30, world.logs)

    others = {dialer.pid: dialer for dialer in (world.fork_dialer(slot, 4) for slot in (2, 3))}
    until(lambda: dialing(world) in others, 20, world.logs)
    time.sleep(random.Random(seed).uniform(0, 1))
    frozen.append(others[dialing(world)])
    frozen[-1].send_signal(SIGSTOP)
    frozen_at = time.time()
    alone = only_writer()
    until(lambda: time.time() > frozen_at + THREE_LEASES, 30)

    if not alone:
        assert world.ledger().placed_after(frozen_at + TTL.total_seconds() + 1), "another goes on meanwhile"
        assert Call.objects.filter(reason="dialer_lost").exists(), "claimed, not marked, given back"
    thaw(world, campaign, frozen, frozen_at)


def dialing(world: World) -> int:
    """The process that may dial now; 0 when there is none."""
    owner = Lease.objects.values_list("owner", flat=True).get(name=f"dial:{world.workspace.pk}")
    return int(owner.split(":")[1]) if owner else 0


def thaw(world: World, campaign: Campaign, frozen: list[Forked], frozen_at: float) -> None:
    """Let them go on, and judge the whole: what was launched before they froze does not ring any more."""
    thawed_at = time.time()
    for dialer in frozen:
        dialer.send_signal(SIGCONT)
    world.pace(100)
    finish(world, campaign)
    assert [dialer.poll() for dialer in frozen] == [None] * len(frozen), "they live on, and serve what is left to them"
    launches = Call.objects.values_list("reference", "launched_at")
    old = {str(reference) for reference, at in launches if at.timestamp() <= frozen_at}
    assert [ring for ring in world.ledger().placed_after(thawed_at) if ring.reference in old] == []


def only_writer() -> bool:
    """Whether it froze inside a transaction on SQLite: it holds the only lock then, and all others wait for it."""
    if connection.vendor != "sqlite":
        return False
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=1)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False
