"""What campaigns may still spend, and what that means in words."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.figures import money
from campaigns.models import Call, Campaign

NOTHING = Decimal(0)


def left(campaigns: Iterable[Campaign]) -> dict[int, Decimal]:
    """For each of these campaigns that has a budget: the cap less what ended calls cost and live ones reserve."""
    caps = {campaign.pk: campaign.budget_cap for campaign in campaigns if campaign.budget_cap is not None}
    if not caps:
        return {}
    used = _used(caps)
    return {pk: cap - used.get(pk, NOTHING) for pk, cap in caps.items()}


def _used(campaign_ids: Iterable[int]) -> dict[int, Decimal]:
    calls = Call.objects.filter(campaign__in=list(campaign_ids)).order_by().values_list("campaign")
    sums = calls.annotate(spent=Sum("cost"), kept=Sum("reserved", filter=Q(ended_at__isnull=True)))
    return {pk: (cost or NOTHING) + (kept or NOTHING) for pk, cost, kept in sums if pk is not None}


def reached(campaign: Campaign, left: Decimal, one_call: Decimal) -> str:
    """Why the campaign was paused, with its figures."""
    currency = campaign.workspace.currency
    cap, rest, wanted = (money(amount, currency) for amount in (campaign.budget_cap, max(left, NOTHING), one_call))
    return (
        f"The budget of {cap} is reached: {rest} is left, and one more call may cost {wanted}."
        " Raise the budget, then resume."
    )
