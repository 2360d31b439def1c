"""The system gives up on a campaign in two cases only; everything else waits or pauses."""

from datetime import timedelta

import pytest

from campaigns.models import Campaign, CampaignUpload
from campaigns.review import review
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CarrierFactory, NumberFactory, PoolNumberFactory, UploadFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def reviewed(campaign) -> Campaign:
    review([campaign.pk], NOW)
    return Campaign.objects.get(pk=campaign.pk)


def switched_off(workspace, at) -> None:
    workspace.carriers.update(disabled_at=at, disabled_reason="401: the token was revoked")


def test_carriers_that_were_switched_off_a_day_ago_end_it(workspace):
    campaign = running(workspace)
    switched_off(workspace, NOW - DAY)
    found = reviewed(campaign)
    assert found.status == "failed"
    assert "401: the token was revoked" in found.status_reason


@pytest.mark.parametrize("since", [NOW - DAY + timedelta(seconds=1), None])
def test_a_shorter_trouble_is_waited_for(workspace, since):
    campaign = running(workspace)
    switched_off(workspace, since)
    assert reviewed(campaign).status == "running"


def test_one_carrier_that_works_is_enough(workspace):
    campaign = running(workspace)
    switched_off(workspace, NOW - DAY)
    number = NumberFactory(workspace=workspace, carrier=CarrierFactory(workspace=workspace))
    PoolNumberFactory(campaign=campaign, number=number, position=5)
    assert reviewed(campaign).status == "running"


def test_a_list_without_a_usable_row_fails(workspace):
    campaign = running(workspace, people=0)
    upload = UploadFactory(workspace=workspace, status="loaded", valid_rows=0)
    CampaignUpload.objects.create(campaign=campaign, upload=upload)
    found = reviewed(campaign)
    assert (found.status, found.status_reason.split(".")[0]) == ("failed", "The staged list held no usable row")


def test_an_always_on_campaign_goes_on_waiting_for_people(workspace):
    campaign = running(workspace, people=0, always_on=True)
    upload = UploadFactory(workspace=workspace, status="loaded", valid_rows=0)
    CampaignUpload.objects.create(campaign=campaign, upload=upload)
    assert reviewed(campaign).status == "running"
