"""Verdicts of several calls at once."""

from datetime import timedelta

import pytest

from campaigns import conclude
from campaigns.dialing.values import NO_FINDINGS
from campaigns.models import CampaignContact
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory

pytestmark = pytest.mark.django_db


def ended(campaign, row):
    CampaignContact.objects.filter(pk=row.pk).update(status="dialing", next_attempt_at=None, attempts=1, sequence=1)
    return CallFactory(workspace=campaign.workspace, campaign=campaign, campaign_contact=row, outcome="busy",
                       ended_at=NOW, concluded_at=None, conclude_by=NOW)  # fmt: skip


def test_a_verdict_that_cannot_be_given_is_tried_again_later_and_holds_up_nobody_elses(workspace):
    broken, sound = running(workspace, people=1), running(workspace, people=1)
    calls = [ended(campaign, campaign.audience.get()) for campaign in (broken, sound)]
    broken.window_end = "25:99"
    broken.save()

    concerned = conclude.conclude({call.pk: NO_FINDINGS for call in calls}, NOW)

    assert concerned == {sound.pk}
    assert sound.audience.get().status == "failed"
    calls[0].refresh_from_db()
    assert (calls[0].concluded_at, calls[0].conclude_by) == (None, NOW + conclude.AGAIN)
    assert conclude.due(workspace.pk, NOW) == {}

    broken.window_end = "18:00"
    broken.save()
    conclude.conclude(conclude.due(workspace.pk, NOW + timedelta(minutes=1)), NOW + timedelta(minutes=1))
    assert broken.audience.get().status == "failed"
