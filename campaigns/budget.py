"""What campaigns may still spend, and what that means in words."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from accounts.figures import money
from campaigns import tallies
from campaigns.models import Call, Campaign

NOTHING = Decimal(0)


def left(campaigns: Iterable[Campaign]) -> dict[int, Decimal]:
    """For each of these campaigns that has a budget: the cap less what ended calls cost and live ones reserve."""
    caps = {campaign.pk: campaign.budget_cap for campaign in campaigns if campaign.budget_cap is not None}
    if not caps:
        return {}
    # In this order a call that ends in between counts twice for a moment; in the other it would not count at all.
    kept = _reserved(caps)
    spent = tallies.spent(caps)
    return {pk: cap - spent.get(pk, NOTHING) - kept.get(pk, NOTHING) for pk, cap in caps.items()}


def _reserved(campaign_ids: Iterable[int]) -> dict[int | None, Decimal]:
    live = Call.objects.filter(campaign__in=list(campaign_ids), concluded_at__isnull=True, ended_at__isnull=True)
    return dict(live.order_by().values_list("campaign").annotate(Sum("reserved")))


def reached(campaign: Campaign, left: Decimal, one_call: Decimal) -> str:
    """Why the campaign was paused, with its figures."""
    currency = campaign.workspace.currency
    cap, rest, wanted = (money(amount, currency) for amount in (campaign.budget_cap, max(left, NOTHING), one_call))
    return (
        f"The budget of {cap} is reached: {rest} is left, and one more call may cost {wanted}."
        " Raise the budget, then resume."
    )
