"""The clock is set forward by an hour and back again while dialers work: nobody is rung twice or forgotten, no second
of the carrier's holds more calls than it allows, and a window is shut when either clock says so.

The dialers' clock is stepped, in all of them at the same moment; web server and carrier go on with the right time.
"""

import random
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns import auditing, dispatch, lease
from campaigns.models import Call, Campaign
from goals.results import achieving_calls
from tests.flows.dialer import Forked
from tests.flows.world import World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

CPS = 10
HOUR = 3600.0
BY_LAUNCHES = ("hours", "cps", "interval")  # rules of the audit


class Clock:
    """What dialers take for the time: the right one, and what is written in a file on top."""

    def __init__(self, file: Path):
        self.file = file
        self.set(0)

    def set(self, seconds: float) -> float:
        """When it was set, by the right time."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self.file)
        return time.time()

    def in_place(self) -> None:
        right = lease.clock
        lease.clock = lambda: right() + timedelta(seconds=float(self.file.read_text()))


@pytest.fixture
def clock(world) -> Clock:
    """Two dialers go by it."""
    clock = Clock(world.folder / f"clock-{world.began}")
    world.pace(CPS)
    world.processes += [Forked(slot, 2, world.folder / f"dialer-{slot}.log", clock.in_place) for slot in (0, 1)]
    return clock


def closing_in_half_an_hour(world: World) -> Campaign:
    """Its window is open, and shut in an hour; it lies in a zone where it is about noon."""
    hours = 12 - datetime.now(ZoneInfo("UTC")).hour
    zone = f"Etc/GMT{-hours:+d}"
    ends = datetime.now(ZoneInfo(zone)) + timedelta(minutes=30)
    return world.campaign(max_attempts=1, window_timezone=zone, window_end=f"{ends:%H:%M}")


def goes_on(world: World, since: float) -> None:
    until(lambda: len(world.ledger().placed_after(since)) >= CPS / 2, 20, world.logs)


def codes(campaign: Campaign) -> list[str]:
    return [reason.code for reason in dispatch.why(Campaign.objects.get(pk=campaign.pk), lease.clock())]


def test_a_clock_that_is_set_by_an_hour_rings_nobody_twice_too_fast_or_at_a_wrong_hour(world, clock):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    numbers = phones(160)
    campaign, closing = world.campaign(max_attempts=1), closing_in_half_an_hour(world)
    world.people(campaign, numbers[:110])
    world.people(closing, numbers[110:])
    world.act(campaign, "start")
    world.act(closing, "start")
    until(lambda: Call.objects.filter(campaign=closing).count() >= 3, 20, world.logs)
    time.sleep(chance.uniform(0, 1))

    forward = clock.set(HOUR)
    goes_on(world, forward + 1)
    time.sleep(chance.uniform(0, 1))

    back = clock.set(0)
    until(lambda: "clock_set_back" in codes(campaign), 5)
    time.sleep(2.5)
    assert world.ledger().placed_after(back + 1) == [], "it stands still: a time that has been is no time to call at"

    behind = clock.set(HOUR - (time.time() - back) - 3)
    goes_on(world, behind)
    first = world.ledger().placed_after(back + 1)[0]
    assert first.placed > behind + 2, "by itself, once the clock is where it was"
    late = {ring.to for ring in world.ledger().placed_after(forward + 1)}
    assert not late & set(numbers[110:]), "the window was shut by then"
    assert world.ledger().most_in_a_second() <= CPS
    world.act(closing, "cancel")
    world.pace(100)
    world.until_status(campaign, "completed")
    world.until_quiet()
    world.judged()
    for each in (campaign, closing):
        found = auditing.check(each, lease.clock() + timedelta(hours=1), achieving_calls)
        assert found.launches == each.calls.count()
        # The carrier tells ends by the right time, so that calls end before they began: what follows from ends is left
        # out here.
        assert [finding.sentence for finding in found.violations if finding.rule in BY_LAUNCHES] == []
