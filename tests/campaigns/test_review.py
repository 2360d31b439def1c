"""Whether a campaign is over is decided once more when nobody can change it."""

import pytest

from campaigns import audience, lifecycle
from campaigns.models import Campaign, CampaignContact
from campaigns.review import review
from tests.campaigns.dialing.floor import NOW, running

pytestmark = pytest.mark.django_db


def test_a_campaign_whose_contacts_are_all_final_completes(workspace):
    campaign = running(workspace, people=2)
    CampaignContact.objects.update(status="completed", next_attempt_at=None)
    assert review([campaign.pk], NOW) == 1
    assert Campaign.objects.get().status == "completed"


def test_somebody_brought_back_by_hand_between_the_look_and_the_lock_keeps_the_campaign_going(workspace, monkeypatch):
    campaign = running(workspace, people=2)
    CampaignContact.objects.update(status="completed", next_attempt_at=None)
    complete = lifecycle.complete

    def after_a_move_by_hand(*asked):
        audience.by_hand(campaign, [CampaignContact.objects.first().pk], "retry", now=NOW)
        return complete(*asked)

    monkeypatch.setattr(lifecycle, "complete", after_a_move_by_hand)
    assert review([campaign.pk], NOW) == 0
    assert Campaign.objects.get().status == "running"


def test_nobody_is_brought_back_in_a_campaign_that_ended_while_the_page_was_open(workspace):
    campaign = running(workspace, people=1)
    CampaignContact.objects.update(status="completed", next_attempt_at=None)
    review([campaign.pk], NOW)

    result = audience.by_hand(campaign, [CampaignContact.objects.get().pk], "retry", now=NOW)

    assert campaign.status == "running", "as the page had read it"
    assert (result.done, sum(result.skipped.values())) == (0, 1)
    assert CampaignContact.objects.get().status == "completed"
