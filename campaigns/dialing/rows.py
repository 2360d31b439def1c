"""Locking calls in the order that everybody keeps: campaigns, campaign contacts by id, calls by id."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts import rows as table
from accounts.statements import among, select
from campaigns.models import Call, CampaignContact


def locked(calls: QuerySet[Call], *related: str) -> list[Call]:
    """These calls, their people locked first. Rows are read after the locks, so they are what they are now."""
    people = list(calls.exclude(campaign_contact=None).order_by().values_list("campaign_contact", flat=True))
    list(CampaignContact.objects.filter(pk__in=people).order_by("id").select_for_update().values_list("pk"))
    rows = calls.order_by("id").select_for_update(of=("self",))
    return list(rows.select_related(*related) if related else rows)


def locked_by_reference(
    workspace_id: int, references: Sequence[str], moving: Sequence[str], names: Sequence[str]
) -> list[Call]:
    """The calls of these references with these columns, all others unread; first of them, the people of the references
    `moving`, whom the caller may move."""
    alone = connection.vendor != "postgresql"  # SQLite's writer is
    lock = "" if alone else "FOR UPDATE"
    values = {"workspace": workspace_id, "all": [*map(UUID, references)]}
    # No value is pasted into the texts.
    people = f"""SELECT 1 FROM campaigns_campaigncontact WHERE id IN (SELECT campaign_contact_id FROM campaigns_call
        WHERE workspace_id = %(workspace)s AND {among("reference", "moving")}) ORDER BY id {lock}"""  # noqa: S608
    calls = f"""SELECT {table.columns(Call, names)} FROM campaigns_call
        WHERE workspace_id = %(workspace)s AND {among("reference", "all")} ORDER BY id {lock}"""  # noqa: S608
    if moving and not alone:
        select(people, values | {"moving": [*map(UUID, moving)]})
    return table.objects(Call, names, select(calls, values))
