"""Whether calls are made just now: what big work gives way to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import lifecycle
from campaigns.dialing.lately import LATELY, calls_are_made
from campaigns.models import Call, CampaignRun
from tests.campaigns.dialing.floor import running
from tests.factories import CallFactory, CampaignFactory, CarrierFactory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def campaign(workspace):
    """It has run for an hour, and nobody of it may be called now."""
    made = running(workspace)
    CampaignRun.objects.filter(campaign=made).update(started_at=timezone.now() - timedelta(hours=1), resumed_at=None)
    return made


def test_a_campaign_that_runs_and_calls_nobody_holds_up_nothing(campaign):
    assert not calls_are_made()


def test_a_call_of_the_last_seconds_counts_in_any_workspace(campaign):
    CarrierFactory()
    call = CallFactory(launched_at=timezone.now() - SECOND)
    assert calls_are_made()
    Call.objects.filter(pk=call.pk).update(launched_at=timezone.now() - LATELY - SECOND)
    assert not calls_are_made()


def test_the_first_calls_of_a_campaign_are_about_to_leave(campaign):
    runs = CampaignRun.objects.filter(campaign=campaign)
    runs.update(started_at=timezone.now())
    assert calls_are_made()
    runs.update(started_at=timezone.now() - timedelta(hours=1), resumed_at=timezone.now())
    assert calls_are_made()
    lifecycle.act(campaign, "pause", actor=None)
    assert not calls_are_made()


def test_an_installation_without_campaigns_makes_no_calls(db):
    CampaignFactory()
    assert not calls_are_made()
