"""Pause, Cancel, suppression and a disabled number in the middle of a batch hold within one second, by the carrier's
clock."""

import time

import pytest
from django.utils import timezone

from campaigns.models import Call, Campaign, CampaignContact, PoolNumber
from contacts import suppression
from contacts.models import SuppressionReason
from tests.flows.world import phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

WITHIN = 1.0  # seconds


@pytest.fixture
def dialing(world) -> Campaign:
    """A campaign whose dialer, a process of its own, is in the midst of it."""
    world.pace(15)
    campaign = world.campaign(max_attempts=1)
    world.people(campaign, phones(150))
    world.act(campaign, "start")
    world.fork_dialer()
    until(lambda: Call.objects.count() >= 12, 30, world.logs)
    return campaign


@pytest.mark.parametrize("action", ["pause", "cancel", "stop"])
def test_nothing_is_placed_a_second_after(world, dialing, action):
    world.act(dialing, action)
    done = time.time()

    time.sleep(WITHIN)
    until(lambda: not Call.objects.filter(concluded_at=None).exists(), 30, world.logs)
    assert world.ledger().placed_after(done + WITHIN) == []
    assert CampaignContact.objects.filter(status="pending").exists()
    world.judged()


def test_nobody_suppressed_is_rung_a_second_after_and_they_are_excluded(world, dialing):
    waiting = list(
        CampaignContact.objects.filter(status="pending").values_list("contact__phone_number", flat=True)[:80]
    )
    suppression.add(world.workspace.pk, waiting, SuppressionReason.ASKED, "A test", timezone.now())
    done = time.time()

    world.pace(100)
    world.until_status(dialing, "completed")
    rung = [ring.to for ring in world.ledger().placed_after(done + WITHIN)]
    assert set(rung) & set(waiting) == set()
    excluded = CampaignContact.objects.filter(status="excluded", reason="suppressed")
    assert excluded.count() >= len(waiting) - 15 * 2
    world.judged()


def test_a_disabled_number_calls_nobody_a_second_after(world, dialing):
    number = world.numbers[0]
    PoolNumber.objects.filter(number=number).update(status="disabled")
    done = time.time()

    world.pace(100)
    world.until_status(dialing, "completed")
    assert {ring.from_ for ring in world.ledger().placed_after(done + WITHIN)} == {
        other.phone_number for other in world.numbers[1:]
    }
    world.judged()
