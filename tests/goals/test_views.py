import pytest
from django.urls import reverse

from campaigns.models import Campaign
from goals.models import Goal
from tests.factories import NOON, CampaignFactory, GoalFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace)


def goals(campaign):
    return {
        goal.name: (goal.kind, goal.target, bool(goal.archived_at)) for goal in Goal.objects.filter(campaign=campaign)
    }


def tab(client, campaign):
    return " ".join(client.get(reverse("campaigns:analytics", args=[campaign.pk])).content.decode().split())


def test_a_goal_is_added_and_the_first_is_offered_as_primary(operator, campaign):
    address = reverse("goals:add", args=[campaign.pk])
    assert operator.get(address).context["form"].initial["kind"] == "primary"
    operator.post(address, {"name": " Sell  a boat ", "kind": "primary", "target": "5"})
    assert goals(campaign) == {"Sell a boat": ("primary", 5, False)}
    assert operator.get(address).context["form"].initial["kind"] == "secondary"
    assert "Sell a boat" in tab(operator, campaign)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": "", "kind": "primary"}, "This field is required."),
        ({"name": "A", "kind": "tertiary"}, "tertiary is not one of the available choices"),
        ({"name": "A", "kind": "primary", "target": "0"}, "at least 1"),
        ({"name": "A" * 121, "kind": "primary"}, "at most 120 characters"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(operator, campaign, data, sentence):
    response = operator.post(reverse("goals:add", args=[campaign.pk]), data)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert goals(campaign) == {}


def test_naming_another_primary_demotes_the_present_one(operator, campaign):
    GoalFactory(campaign=campaign, name="One", kind="primary")
    two = GoalFactory(campaign=campaign, name="Two")
    operator.post(reverse("goals:edit", args=[campaign.pk, two.pk]), {"name": "Two", "kind": "primary", "target": ""})
    assert goals(campaign) == {"One": ("secondary", None, False), "Two": ("primary", None, False)}


def test_the_primary_that_goal_based_retry_needs_is_kept_with_a_sentence(operator, campaign):
    Campaign.objects.update(goal_based_retry=True)
    goal = GoalFactory(campaign=campaign, name="One", kind="primary")
    response = operator.post(reverse("goals:edit", args=[campaign.pk, goal.pk]), {"name": "One", "kind": "secondary"})
    assert response.status_code == 422 and "Goal-based retry needs a primary goal" in response.content.decode()
    response = operator.post(reverse("goals:act", args=[campaign.pk, goal.pk, "archive"]), follow=True)
    assert "Goal-based retry needs a primary goal" in response.content.decode()
    assert goals(campaign) == {"One": ("primary", None, False)}


@pytest.mark.parametrize("status", ["draft", "running", "completed"])
def test_a_goal_is_archived_and_restored_in_any_status(operator, workspace, status):
    campaign = CampaignFactory(workspace=workspace, status=status)
    goal = GoalFactory(campaign=campaign, name="One")
    operator.post(reverse("goals:act", args=[campaign.pk, goal.pk, "archive"]))
    assert goals(campaign) == {"One": ("secondary", None, True)}
    assert "1 archived" in tab(operator, campaign)
    operator.post(reverse("goals:act", args=[campaign.pk, goal.pk, "restore"]))
    assert goals(campaign) == {"One": ("secondary", None, False)}


def test_another_campaigns_goal_an_archived_one_and_an_unknown_act_are_not_there(operator, campaign, workspace):
    other = GoalFactory(campaign=CampaignFactory(workspace=workspace))
    gone = GoalFactory(campaign=campaign, archived_at=NOON)
    for goal in (other, gone):
        assert operator.get(reverse("goals:edit", args=[campaign.pk, goal.pk])).status_code == 404
    assert operator.post(reverse("goals:act", args=[campaign.pk, gone.pk, "delete"])).status_code == 404


def test_a_viewer_reads_the_tab_without_buttons(viewer, campaign):
    GoalFactory(campaign=campaign, name="One")
    page = tab(viewer, campaign)
    assert "One" in page and "Add Goal" not in page and "Archive" not in page
