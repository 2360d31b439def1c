import pytest

from campaigns.models import Call, CampaignContact
from campaigns.queries import not_reached, reached
from tests.campaigns.history import campaign_with_past
from tests.factories import CallFactory, CampaignContactFactory, CampaignFactory

pytestmark = pytest.mark.django_db


def people(campaign, keep):
    calls = Call.objects.filter(campaign=campaign).exclude(outcome="cancelled")
    return {call.campaign_contact_id for call in calls if keep(call)}


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_each_contact_counts_once(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    found = reached(campaign)
    assert found.dialed == len(people(campaign, lambda call: True))
    assert found.connected == len(people(campaign, lambda call: call.outcome == "human"))
    assert found.conversation == len(people(campaign, lambda call: call.outcome == "human" and call.spoke))


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_who_was_reached_and_who_was_not_are_the_whole_list(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed, people=20)
    groups = not_reached(campaign)
    assert sum(group.count for group in groups) + reached(campaign).connected == 20
    answered = people(campaign, lambda call: call.outcome == "human")
    called = people(campaign, lambda call: True)
    for group in groups:
        rows = CampaignContact.objects.filter(campaign=campaign, status=group.status, reason=group.reason)
        mine = [row for row in rows if row.pk not in answered and (row.pk in called) == group.called]
        assert group.count == len(mine)


def test_those_who_still_waited_are_told_apart_by_whether_they_were_called(workspace):
    campaign = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=campaign)
    for status, outcome in (("retry", "busy"), ("retry", "rnr"), ("pending", "cancelled")):
        row = CampaignContactFactory(campaign=campaign, status=status, sequence=1)
        CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row, outcome=outcome)
    assert sorted((group.words, group.count) for group in not_reached(campaign)) == [
        ("Called, and due again when it ended", 2),
        ("Never called", 2),
    ]
