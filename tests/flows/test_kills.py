"""Dialers killed at every step, and frozen: nobody is rung twice, nobody is forgotten.

The carrier's ledger is the judge. No kill needs luck: `deaths` says at which commit a process ends itself. Random kills
under load are in `test_kill_matrix`.
"""

import os
import time
from signal import SIGCONT, SIGSTOP

import pytest
from django.db import connection

from campaigns.models import Call, Campaign, CampaignContact, Lease
from tests.flows import judged
from tests.flows.deaths import Death
from tests.flows.world import PATIENCE, World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

EVERY_STEP = [
    Death(when, step)
    for step in ("claim", "withdraw", "mark", "ask", "withdraw", "answers", "events", "verdict")
    for when in ("before", "after")
]
TELLING = [Death("told", number=number) for number in (1, 2)]
TO_THE_END = [Death("before", "complete"), Death("after", "complete")]


def completed(*campaigns: Campaign) -> bool:
    left = Campaign.objects.filter(pk__in=[campaign.pk for campaign in campaigns]).exclude(status="completed")
    return not left.exists()


def finish(world: World, *campaigns: Campaign) -> None:
    """Let it come to its end, however long lost answers take, and judge."""
    ends = time.monotonic() + PATIENCE * 60
    while not completed(*campaigns):
        assert time.monotonic() < ends, world.logs()
        world.until_quiet()
        world.pass_time(minutes=3)
        time.sleep(0.3)
    world.judged()
    judged.audited(world.workspace)
    people = CampaignContact.objects.filter(campaign__in=campaigns)
    assert set(people.values_list("status", flat=True)) <= {"completed", "failed", "no_conversation", "excluded"}


def test_a_dialer_that_dies_at_any_step_rings_nobody_twice_and_forgets_nobody(world):
    world.pace(6)
    first, second = world.campaign(max_attempts=1), world.campaign(max_attempts=2, retry_on=["busy", "no_answer"])
    numbers = phones(120)
    world.people(first, numbers[:60])
    world.people(second, numbers[60:])
    world.act(first, "start")
    world.act(second, "start")

    for death in [*EVERY_STEP, *TELLING]:
        die(world, death)
    world.pace(100)
    for death in TO_THE_END:
        die(world, death)

    assert len(world.died.read_text().splitlines()) == len(EVERY_STEP + TELLING + TO_THE_END)
    world.fork_dialer()
    finish(world, first, second)


def die(world: World, death: Death) -> None:
    """A dialer that takes over, and dies there."""
    if death.step in ("ask", "withdraw", "complete"):
        world.pass_time(minutes=3)
    dialer = world.fork_dialer(0, 1, death)
    until(lambda: dialer.poll() is not None, 30, lambda: f"{death} {world.logs()}")
    assert os.WIFSIGNALED(dialer.poll()), world.logs()


FREEZES = [Death("after", step, signal=SIGSTOP) for step in ("claim", "mark")]
if connection.vendor == "postgresql":  # in a transaction a frozen process holds SQLite's only lock: nobody can go on
    FREEZES += [Death("before", step, signal=SIGSTOP) for step in ("claim", "mark")]


@pytest.mark.parametrize("freeze", FREEZES, ids=lambda freeze: f"{freeze.when} {freeze.step}")
def test_a_dialer_that_thaws_after_another_took_over_sends_nothing_and_changes_nothing(world, freeze):
    world.pace(20)
    campaign = world.campaign(max_attempts=1)
    world.people(campaign, phones(40))
    frozen = world.fork_dialer(0, 2, freeze)
    world.act(campaign, "start")
    until(world.died.exists, 20, world.logs)

    world.fork_dialer(1, 2)
    until(lambda: Lease.objects.filter(name__startswith="dial", epoch__gt=1).exists(), 15, world.logs)
    until(lambda: len(world.ledger().rings) >= 20, 20, world.logs)
    thawed_at = time.time()
    frozen.send_signal(SIGCONT)

    finish(world, campaign)
    assert frozen.poll() is None, "it lives on, and serves what is left to it"
    before = {str(r) for r in Call.objects.filter(outcome="cancelled").values_list("reference", flat=True)}
    assert not [ring for ring in world.ledger().placed_after(thawed_at) if ring.reference in before]
