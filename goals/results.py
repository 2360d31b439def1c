"""The only writer of goal results, and what counts of them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min

from campaigns.models import Call, Campaign
from goals.models import Goal, GoalKind, GoalResult, Result, ResultSource


def record(call: Call, goal: Goal, result: Result, source: ResultSource, now: datetime, quotation: str = "") -> None:
    """Keep what one conversation says of one goal; saying it again replaces what the same source said before."""
    assert call.campaign_contact_id is not None
    GoalResult.objects.update_or_create(
        goal=goal,
        call=call,
        source=source,
        defaults={
            "campaign_contact_id": call.campaign_contact_id,
            "result": result,
            "score": {Result.ACHIEVED: 100, Result.PARTIALLY_ACHIEVED: 50, Result.NOT_ACHIEVED: 0}.get(result),
            "quotation": quotation,
            "at": now,
        },
    )


def primary_goals(campaigns: Iterable[int | None]) -> dict[int, Goal]:
    """campaign id → its active primary goal."""
    rows = Goal.objects.filter(campaign__in=list(campaigns), kind=GoalKind.PRIMARY, archived_at__isnull=True)
    return {goal.campaign_id: goal for goal in rows}


def best(goal: Goal, campaign_contacts: Iterable[int | None]) -> dict[int, Result]:
    """campaign contact → its best result for the goal over all conversations."""
    rows = GoalResult.objects.filter(goal=goal, campaign_contact__in=list(campaign_contacts))
    return {pk: Result(least) for pk, least in rows.values_list("campaign_contact").annotate(Min("result")).order_by()}


def achieving_calls(campaign: Campaign) -> set[int]:
    """The calls whose conversation achieved the campaign's primary goal, for its audit."""
    goal = primary_goals([campaign.pk]).get(campaign.pk)
    found = GoalResult.objects.filter(goal=goal, result=Result.ACHIEVED) if goal else GoalResult.objects.none()
    return set(found.values_list("call", flat=True))
