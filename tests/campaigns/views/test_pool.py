import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from tests.factories import CampaignFactory, PoolNumberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["draft", "running", "completed"])
def test_a_number_is_switched_in_one_click_in_any_status(operator, workspace, status):
    entry = PoolNumberFactory(campaign=CampaignFactory(workspace=workspace, status=status))
    for word in ("disabled", "active"):
        operator.post(reverse("campaigns:switch_number", args=[entry.campaign_id, entry.pk, word]))
        entry.refresh_from_db()
        assert entry.status == word
    assert AuditEvent.objects.filter(action="campaign.number").count() == 2


def test_switching_to_what_it_is_leaves_no_trace(operator, workspace):
    entry = PoolNumberFactory(campaign=CampaignFactory(workspace=workspace))
    operator.post(reverse("campaigns:switch_number", args=[entry.campaign_id, entry.pk, "active"]))
    assert not AuditEvent.objects.filter(action="campaign.number").exists()


def test_another_campaigns_number_and_an_unknown_word_are_not_there(operator, workspace):
    one, two = (PoolNumberFactory(campaign=CampaignFactory(workspace=workspace)) for _ in range(2))
    for entry, word in ((two, "disabled"), (one, "excluded")):
        address = reverse("campaigns:switch_number", args=[one.campaign_id, entry.pk, word])
        assert operator.post(address).status_code == 404
