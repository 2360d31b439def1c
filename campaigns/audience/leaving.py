"""People leave a list again because the file that brought them is undone; whom it changed gets back what they had.

Whoever calls holds the transaction and the campaign's row. A call is never undone: who was called, or is being dialed,
stays.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts import rows as table
from campaigns.audience import families
from campaigns.audience.moves import finish, tell, write
from campaigns.choices import WAITING_STATUSES, ContactStatus
from campaigns.models import (
    Call,
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignUpload,
    ContactMove,
    FormerPlace,
    ListChange,
)

PIECE = 2_000
IN_A_CALL = (ContactStatus.DIALING, ContactStatus.CALLED)


def take_off(campaign: Campaign, link: CampaignUpload, now: datetime, most: int = PIECE) -> int:
    """The next people whom the file added leave the list, at most so many; how many, 0 at the end. Who waited for them
    takes their turn."""
    found = _leaving(campaign, link).order_by("id").select_for_update(of=("self",))
    people = list(found.values_list("pk", "contact_id")[:most])
    ids = [pk for pk, _ in people]
    for model in (ContactMove, FormerPlace, ListChange, CampaignContactDetail):
        _remove(model._default_manager.filter(campaign_contact__in=ids))
    _remove(CampaignContact.objects.filter(pk__in=ids))
    if people:
        families.release(campaign, now)
        families.follow(campaign, [contact for _, contact in people], now)
    return len(people)


def give_back(campaign: Campaign, link: CampaignUpload, now: datetime, most: int = PIECE) -> int:
    """The next people who were on the list before the file came have the variables they had, and who was excluded is
    excluded again, at most so many; how many, 0 at the end."""
    changes = {change.campaign_contact_id: change for change in _given_back(link).order_by("pk")[:most]}
    rows = CampaignContact.objects.filter(pk__in=changes, campaign=campaign).order_by("id")
    people = list(rows.select_for_update(of=("self",)).select_related("detail"))
    told, out = [], []
    for row in people:
        before = changes[row.pk].before
        if "variables" in before:
            row.detail.variables = before["variables"]
            told.append(row.detail)
        # The one move of a status that a file makes: an excluded person is pending again.
        if before.get("status") == ContactStatus.EXCLUDED and row.status in WAITING_STATUSES:
            finish(row, ContactStatus.EXCLUDED, str(before.get("reason", "by_hand")))
            out.append(row)
    table.update(told, ["variables"])
    write(out)
    if campaign.has_run:
        tell(out, "exclude", now)
    families.follow(campaign, [row.contact_id for row in out], now)
    _remove(ListChange.objects.filter(pk__in=[changes[row.pk].pk for row in people]))
    return len(people)


def staying(campaign: Campaign, link: CampaignUpload) -> int:
    """People of the file who stay on the list."""
    return CampaignContact.objects.filter(campaign=campaign, detail__upload=link.upload_id).count()


def _leaving(campaign: Campaign, link: CampaignUpload) -> "QuerySet[CampaignContact]":
    """Neither called nor dialed, nor in a later file, too."""
    mine = CampaignContact.objects.filter(campaign=campaign, detail__upload=link.upload_id).exclude(
        status__in=IN_A_CALL
    )
    called = Call.objects.filter(campaign_contact=OuterRef("pk"))
    later = ListChange.objects.filter(campaign_contact=OuterRef("pk")).exclude(link=link)
    return mine.filter(~Exists(called), ~Exists(later))


def _given_back(link: CampaignUpload) -> "QuerySet[ListChange]":
    """Changes that stand: nobody was called since, and no later file changed the person again."""
    begun = link.upload.started_at or link.created_at
    called = Call.objects.filter(campaign_contact=OuterRef("campaign_contact"), launched_at__gte=begun)
    later = ListChange.objects.filter(campaign_contact=OuterRef("campaign_contact"), link__gt=link.pk)
    changes = ListChange.objects.filter(link=link).exclude(campaign_contact__status__in=IN_A_CALL)
    return changes.filter(~Exists(called), ~Exists(later))


def _remove(rows: "QuerySet[Any]") -> None:
    """Not by cascade: the database refuses a row that has a call, where a cascade would take the call along."""
    rows.order_by()._raw_delete(rows.db)
