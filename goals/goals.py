"""Adding, changing, archiving and restoring a campaign's goals. They may change in any status of the campaign.

Each function commits, writes the audit trail, and raises Refused with one sentence when a rule forbids it.
"""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign
from goals.models import Goal, GoalKind

NEEDED = "Goal-based retry needs a primary goal. Name another one first, or switch goal-based retry off in Settings."


class Refused(Exception):
    """A rule forbids the change; `sentence` says which, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def add(
    campaign: Campaign,
    *,
    name: str,
    description: str,
    kind: str,
    target: int | None,
    actor: User | None,
    now: datetime,
    actor_name: str = "",
) -> Goal:
    """A new goal. A new primary demotes the one there was."""
    with transaction.atomic():
        campaign = _lock(campaign)
        _demote_primary(campaign, kind)
        goal = Goal.objects.create(campaign=campaign, name=name, description=description, kind=kind, target=target)
        audit.record(
            campaign.workspace_id,
            "goal.added",
            goal,
            actor=actor,
            actor_name=actor_name,
            detail={"campaign": campaign.pk},
            at=now,
        )
    return goal


def change(
    goal: Goal,
    *,
    name: str,
    description: str,
    kind: str,
    target: int | None,
    actor: User | None,
    now: datetime,
    actor_name: str = "",
) -> Goal:
    """Change a goal. Naming it primary demotes the present one; it keeps its results."""
    with transaction.atomic():
        campaign = _lock(goal.campaign)
        goal = Goal.objects.select_related("campaign").get(pk=goal.pk)
        if goal.kind != kind:
            _leave_primary(goal, campaign, stays=kind == GoalKind.PRIMARY)
            if goal.archived_at is None:
                _demote_primary(campaign, kind)
        before = {"name": goal.name, "kind": goal.kind, "target": goal.target}
        goal.name, goal.description, goal.kind, goal.target = name, description, kind, target
        goal.save(update_fields=["name", "description", "kind", "target"])
        audit.record(
            campaign.workspace_id,
            "goal.changed",
            goal,
            actor=actor,
            actor_name=actor_name,
            detail={"before": before},
            at=now,
        )
    return goal


def archive(goal: Goal, *, actor: User | None, now: datetime, actor_name: str = "") -> None:
    """Hide a goal; its results stay. Refused for the primary while goal-based retry needs it."""
    with transaction.atomic():
        campaign = _lock(goal.campaign)
        goal = Goal.objects.get(pk=goal.pk)
        if goal.archived_at is not None:
            return
        _leave_primary(goal, campaign, stays=False)
        goal.archived_at = now
        goal.save(update_fields=["archived_at"])
        audit.record(campaign.workspace_id, "goal.archived", goal, actor=actor, actor_name=actor_name, at=now)


def restore(goal: Goal, *, actor: User | None, now: datetime, actor_name: str = "") -> Goal:
    """Show an archived goal again. A former primary comes back as secondary when there is another primary by now."""
    with transaction.atomic():
        campaign = _lock(goal.campaign)
        goal = Goal.objects.get(pk=goal.pk)
        if goal.archived_at is None:
            return goal
        taken = campaign.goals.filter(kind=GoalKind.PRIMARY, archived_at__isnull=True).exists()
        if goal.kind == GoalKind.PRIMARY and taken:
            goal.kind = GoalKind.SECONDARY
        goal.archived_at = None
        goal.save(update_fields=["archived_at", "kind"])
        audit.record(campaign.workspace_id, "goal.restored", goal, actor=actor, actor_name=actor_name, at=now)
    return goal


def _lock(campaign: Campaign) -> Campaign:
    """The campaign's row, so that two people cannot both name a primary."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)


def _demote_primary(campaign: Campaign, kind: str) -> None:
    if kind == GoalKind.PRIMARY:
        campaign.goals.filter(kind=GoalKind.PRIMARY, archived_at__isnull=True).update(kind=GoalKind.SECONDARY)


def _leave_primary(goal: Goal, campaign: Campaign, *, stays: bool) -> None:
    active_primary = goal.kind == GoalKind.PRIMARY and goal.archived_at is None
    if active_primary and not stays and campaign.goal_based_retry:
        raise Refused(NEEDED)
