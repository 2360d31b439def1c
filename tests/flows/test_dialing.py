"""The dial path with real processes: web server, dialers, and a carrier whose ledger is the judge."""

import signal

import pytest

from campaigns.models import Call, CampaignContact
from tests.flows.world import phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


def test_a_campaign_runs_from_start_to_completed_and_agrees_with_the_ledger(world):
    campaign = world.campaign(max_attempts=1)
    world.people(campaign, phones(40))
    world.fork_dialer()
    world.act(campaign, "start")

    world.until_status(campaign, "completed")

    assert campaign.status_reason == "All contacts are final."
    world.judged()
    ledger = world.ledger()
    assert len(ledger.rings) == 40
    assert Call.objects.exclude(outcome="cancelled").count() == 40  # a slow machine takes late claims back


def test_a_pause_holds_and_resume_goes_on_without_calling_anybody_twice(world):
    campaign = world.campaign(max_attempts=1)
    world.pace(10)
    world.people(campaign, phones(60))
    world.fork_dialer()
    world.act(campaign, "start")
    until(lambda: Call.objects.count() >= 10, 20)

    world.act(campaign, "pause")

    paused_at = campaign.__class__.objects.get(pk=campaign.pk).status_at
    until(lambda: not Call.objects.filter(ended_at=None).exists(), 20)
    assert world.ledger().placed_after(paused_at.timestamp() + 1) == []
    assert CampaignContact.objects.filter(status="pending").exists()
    world.act(campaign, "resume")
    world.until_status(campaign, "completed")
    world.judged()
    assert len(world.ledger().rings) == 60


def test_a_killed_dialer_is_replaced_and_nobody_is_rung_twice_or_forgotten(world):
    campaign = world.campaign(max_attempts=1)
    world.pace(20)
    world.people(campaign, phones(60))
    first = world.fork_dialer(0, 2)
    world.fork_dialer(1, 2)
    world.act(campaign, "start")
    until(lambda: Call.objects.count() >= 15, 20)

    first.send_signal(signal.SIGKILL)

    world.until_quiet()
    world.pass_time(minutes=3)  # what was told and not answered is asked for
    world.until_status(campaign, "completed", 60)
    world.judged()
