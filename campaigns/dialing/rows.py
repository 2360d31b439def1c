"""Locking calls in the order that everybody keeps: campaigns, campaign contacts by id, calls by id."""

from django.db.models import QuerySet

from campaigns.models import Call, CampaignContact


def locked(calls: QuerySet[Call], *related: str) -> list[Call]:
    """These calls, their people locked first. Rows are read after the locks, so they are what they are now."""
    people = list(calls.exclude(campaign_contact=None).order_by().values_list("campaign_contact", flat=True))
    list(CampaignContact.objects.filter(pk__in=people).order_by("id").select_for_update().values_list("pk"))
    rows = calls.order_by("id").select_for_update(of=("self",))
    return list(rows.select_related(*related) if related else rows)
