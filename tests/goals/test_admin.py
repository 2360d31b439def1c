"""Goals in the back office: archived and restored under the rules of `goals.goals`."""

from accounts.roles import Role
from goals.models import Goal
from tests.factories import CampaignFactory, GoalFactory


def do(client, action, goal):
    return client.post("/admin/goals/goal/", {"action": action, "_selected_action": [goal.pk]}, follow=True)


def test_a_goal_is_archived_and_restored(superuser):
    goal = GoalFactory()
    do(superuser, "archive", goal)
    assert Goal.objects.get().archived_at
    do(superuser, "restore", goal)
    assert Goal.objects.get().archived_at is None


def test_the_primary_goal_stays_while_it_is_needed(superuser):
    goal = GoalFactory(campaign=CampaignFactory(goal_based_retry=True), kind="primary")
    assert "Goal-based retry needs a primary goal" in do(superuser, "archive", goal).content.decode()
    assert Goal.objects.get().archived_at is None


def test_a_viewer_archives_nothing(staff, workspace):
    goal = GoalFactory(campaign=CampaignFactory(workspace=workspace))
    do(staff(Role.VIEWER), "archive", goal)
    assert Goal.objects.get().archived_at is None
