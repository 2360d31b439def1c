"""The dial path with real processes: web server, dialers, and a carrier whose ledger is the judge."""

import signal

import pytest

from campaigns.models import Call, CampaignContact
from tests.flows.world import until, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


def phones(count: int) -> list[str]:
    return [f"+12125{n:05d}5" for n in range(count)]


@pytest.fixture
def installation(tmp_path):
    with world(tmp_path, "--speed", "40") as made:
        yield made


def test_a_campaign_runs_from_start_to_completed_and_agrees_with_the_ledger(installation):
    campaign = installation.campaign(max_attempts=1)
    installation.people(campaign, phones(40))
    installation.start_dialer()
    installation.act(campaign, "start")

    installation.until_status(campaign, "completed")

    assert campaign.status_reason == "all_final"
    installation.judged()
    ledger = installation.simulated.judge()
    assert len(ledger.rings) == 40
    of = dict(Call.objects.values_list("reference", "outcome"))
    assert len(of) == 40


def test_a_pause_holds_and_resume_goes_on_without_calling_anybody_twice(installation):
    campaign = installation.campaign(max_attempts=1)
    installation.carrier.__class__.objects.update(max_cps=10)
    installation.people(campaign, phones(60))
    installation.start_dialer()
    installation.act(campaign, "start")
    until(lambda: Call.objects.count() >= 10, 20)

    installation.act(campaign, "pause")

    paused_at = campaign.__class__.objects.get(pk=campaign.pk).status_at
    until(lambda: not Call.objects.filter(ended_at=None).exists(), 20)
    assert installation.simulated.judge().placed_after(paused_at.timestamp() + 1) == []
    assert CampaignContact.objects.filter(status="pending").exists()
    installation.act(campaign, "resume")
    installation.until_status(campaign, "completed")
    installation.judged()
    assert len(installation.simulated.judge().rings) == 60


def test_a_killed_dialer_is_replaced_and_nobody_is_rung_twice_or_forgotten(installation):
    campaign = installation.campaign(max_attempts=1)
    installation.carrier.__class__.objects.update(max_cps=20)
    installation.people(campaign, phones(60))
    first = installation.start_dialer(0, 2)
    installation.start_dialer(1, 2)
    installation.act(campaign, "start")
    until(lambda: Call.objects.count() >= 15, 20)

    first.send_signal(signal.SIGKILL)

    until(lambda: Call.objects.filter(sent_at__isnull=False).count() >= 55, 60)
    until(lambda: len(installation.simulated.judge().rings) >= 55, 20)
    installation.until_status(campaign, "completed", 60)
    installation.judged()
