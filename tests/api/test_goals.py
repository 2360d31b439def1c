import pytest

from accounts.models import AuditEvent
from campaigns.models import Campaign
from goals.models import Goal
from tests.factories import CampaignFactory, GoalFactory


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace, status="running", run=1)


@pytest.fixture
def goals(campaign):
    return f"/api/v1/campaigns/{campaign.pk}/goals/"


def test_goals_may_change_while_a_campaign_runs(api, campaign, goals):
    made = api.post(goals, {"name": "Meeting", "kind": "primary", "target": 20})
    assert made.status_code == 201
    address = f"{goals}{made.json()['id']}/"
    assert api.patch(address, {"target": None}).json()["target"] is None
    goal = Goal.objects.get()
    assert (goal.campaign, goal.name, goal.kind) == (campaign, "Meeting", "primary")
    assert AuditEvent.objects.filter(actor_name="API token “Test program”", object_type="goal").count() == 2


def test_another_primary_demotes_the_first(api, campaign, goals):
    first = GoalFactory(campaign=campaign, kind="primary")
    api.post(goals, {"name": "Meeting", "kind": "primary"})
    assert Goal.objects.get(pk=first.pk).kind == "secondary"


def test_the_primary_goal_stays_while_it_is_needed(api, campaign, goals):
    goal = GoalFactory(campaign=campaign, kind="primary")
    Campaign.objects.filter(pk=campaign.pk).update(goal_based_retry=True)
    for answer in (api.post(f"{goals}{goal.pk}/archive/"), api.patch(f"{goals}{goal.pk}/", {"kind": "secondary"})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_allowed_now")
    Campaign.objects.filter(pk=campaign.pk).update(goal_based_retry=False)
    assert api.post(f"{goals}{goal.pk}/archive/").json()["archived_at"]
    assert api.post(f"{goals}{goal.pk}/restore/").json()["archived_at"] is None


def test_a_goal_of_another_campaign_is_not_found_under_this_one(api, workspace, goals):
    other = GoalFactory(campaign=CampaignFactory(workspace=workspace))
    assert api.get(f"{goals}{other.pk}/").status_code == 404
    assert api.post(f"{goals}{other.pk}/archive/").status_code == 404
