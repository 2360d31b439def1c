import pytest

from accounts.models import AuditEvent
from campaigns.models import Campaign
from goals import goals
from goals.models import Goal
from tests.factories import NOON, CampaignFactory, GoalFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace)


def kinds(campaign):
    return dict(Goal.objects.filter(campaign=campaign, archived_at=None).values_list("name", "kind"))


def add(campaign, name, kind="secondary", target=None):
    return goals.add(campaign, name=name, description="", kind=kind, target=target, actor=UserFactory(), now=NOON)


def change(goal, kind):
    return goals.change(goal, name=goal.name, description="", kind=kind, target=7, actor=UserFactory(), now=NOON)


def test_a_new_primary_demotes_the_one_there_was(campaign):
    add(campaign, "One", "primary")
    add(campaign, "Two", "primary")
    assert kinds(campaign) == {"One": "secondary", "Two": "primary"}


def test_naming_another_primary_demotes_the_present_one(campaign):
    add(campaign, "One", "primary")
    two = add(campaign, "Two")
    assert change(two, "primary").target == 7
    assert kinds(campaign) == {"One": "secondary", "Two": "primary"}


def test_another_campaigns_primary_is_left_alone(campaign, workspace):
    other = GoalFactory(campaign=CampaignFactory(workspace=workspace), kind="primary")
    add(campaign, "One", "primary")
    other.refresh_from_db()
    assert other.kind == "primary"


def test_the_primary_that_goal_based_retry_needs_stays(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(goal_based_retry=True)
    one = add(campaign, "One", "primary")
    for attempt in (lambda: goals.archive(one, actor=UserFactory(), now=NOON), lambda: change(one, "secondary")):
        with pytest.raises(goals.Refused, match="Goal-based retry needs a primary goal"):
            attempt()
    assert kinds(campaign) == {"One": "primary"}


def test_a_secondary_may_be_archived_although_goal_based_retry_is_on(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(goal_based_retry=True)
    add(campaign, "One", "primary")
    goals.archive(add(campaign, "Two"), actor=UserFactory(), now=NOON)
    assert kinds(campaign) == {"One": "primary"}


def test_a_restored_primary_comes_back_as_primary_unless_another_has_the_place(campaign):
    one = add(campaign, "One", "primary")
    goals.archive(one, actor=UserFactory(), now=NOON)
    assert goals.restore(one, actor=UserFactory(), now=NOON).kind == "primary"
    goals.archive(one, actor=UserFactory(), now=NOON)
    add(campaign, "Two", "primary")
    assert goals.restore(one, actor=UserFactory(), now=NOON).kind == "secondary"
    assert kinds(campaign) == {"One": "secondary", "Two": "primary"}


def test_who_did_what_to_a_goal_is_kept(campaign):
    goal = add(campaign, "One")
    change(goal, "primary")
    goals.archive(goal, actor=UserFactory(), now=NOON)
    goals.restore(goal, actor=UserFactory(), now=NOON)
    kept = AuditEvent.objects.filter(object_type="goal").order_by("id").values_list("action", flat=True)
    assert list(kept) == ["goal.added", "goal.changed", "goal.archived", "goal.restored"]


def test_archiving_twice_and_restoring_twice_is_done_once(campaign):
    goal = add(campaign, "One")
    for _ in range(2):
        goals.archive(goal, actor=UserFactory(), now=NOON)
    for _ in range(2):
        goals.restore(goal, actor=UserFactory(), now=NOON)
    assert AuditEvent.objects.filter(object_type="goal").count() == 3
