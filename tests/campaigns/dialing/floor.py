"""A workspace in the midst of dialing, in rows: a running campaign, its numbers and its people."""

from datetime import timedelta

from django.db import transaction

from accounts.models import Workspace
from campaigns.dialing import place, tick
from campaigns.models import Call, Campaign, CampaignRun
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    CarrierFactory,
    NumberFactory,
    PoolNumberFactory,
)

NOW = NOON + timedelta(hours=6)


def running(workspace: Workspace, people: int = 3, **fields) -> Campaign:
    """A campaign in its first run with two numbers of one carrier."""
    carrier = workspace.carriers.first() or CarrierFactory(workspace=workspace, max_cps=50, max_channels=100)
    campaign = CampaignFactory(workspace=workspace, status="running", run=1, **{"max_attempts": 2, **fields})
    CampaignRun.objects.create(campaign=campaign, run=1, started_at=NOON)
    for position in range(2):
        number = NumberFactory(workspace=workspace, carrier=carrier)
        PoolNumberFactory(campaign=campaign, number=number, position=position)
    CampaignContactFactory.create_batch(people, campaign=campaign)
    return campaign


def claimed(workspace: Workspace, now=NOW) -> list[Call]:
    with transaction.atomic():
        return tick.claim(workspace, now).calls


def told(workspace: Workspace, now=NOW) -> list[Call]:
    """Claimed and marked: a carrier may have been told."""
    calls = claimed(workspace, now)
    with transaction.atomic():
        place.mark(calls, now)
    return list(Call.objects.filter(pk__in=[call.pk for call in calls]).order_by("id"))
