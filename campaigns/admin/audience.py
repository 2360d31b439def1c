"""Campaign contacts: to be read, and moved by hand under the rules of `campaigns.audience`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action

from accounts.admin.exchange import Exported
from accounts.admin.scoped import ReadOnlyAdmin, ReadOnlyInline, by
from accounts.roles import Permission
from campaigns import audience
from campaigns.admin.history import OfCampaign
from campaigns.models import (
    Callback,
    Campaign,
    CampaignAction,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignUpload,
)
from campaigns.resources import CampaignContactResource
from campaigns.transitions import HandMove
from contacts.bulk import AT_ONCE

TOO_MANY = (
    f"At most {AT_ONCE:,} people at a time here. For all that match use the campaign's Contacts tab, where they go on "
    "in the background."
)


class DetailInline(ReadOnlyInline):
    model = CampaignContactDetail
    workspace_path = "campaign_contact__campaign__workspace"
    fields = ["variables", "upload", "line"]
    verbose_name_plural = "variables"


def by_hand(move: HandMove, told: str) -> Any:
    @action(description=told)
    def act(page: "CampaignContactAdmin", request: HttpRequest, rows: QuerySet[CampaignContact]) -> None:
        page.move(request, rows, move)

    act.__name__ = move.value
    return act


@admin.register(CampaignContact)
class CampaignContactAdmin(Exported, OfCampaign):
    resource_classes = [CampaignContactResource]
    list_display = ["contact", "campaign", "status", "reason", "attempts", "sequence", "next_attempt_at", "added_at"]
    list_filter = ["status", "reason", *by("campaign")]
    list_select_related = ["contact", "campaign"]
    search_fields = ["^contact__phone_number", "contact__name"]
    inlines = [DetailInline]
    actions = [
        by_hand(HandMove.RETRY, "Retry: due now"),
        by_hand(HandMove.SET_PENDING, "Set to pending"),
        by_hand(HandMove.SET_COMPLETED, "Set to completed"),
        by_hand(HandMove.EXCLUDE, "Exclude"),
    ]

    def move(self, request: HttpRequest, rows: QuerySet[CampaignContact], move: HandMove) -> None:
        if rows.order_by().values("pk")[: AT_ONCE + 1].count() > AT_ONCE:
            messages.error(request, TOO_MANY)
            return
        for campaign, ids in grouped(rows):
            if not self.allows(request, Permission.RUN, campaign_row(campaign)):
                messages.error(request, f"{campaign}: your role in its workspace does not allow this.")
                continue
            result = audience.by_hand(campaign, ids, move, now=timezone.now(), actor_name=str(request.user))
            if result.done:
                messages.success(request, f"{campaign}: {result.done} moved.")
            for sentence, count in result.skipped.items():
                messages.warning(request, f"{campaign}: {count} skipped. {sentence}")


def grouped(rows: Iterable[CampaignContact]) -> list[tuple[Campaign, list[int]]]:
    found: dict[int, tuple[Campaign, list[int]]] = {}
    for row in rows:
        found.setdefault(row.campaign_id, (row.campaign, []))[1].append(row.pk)
    return list(found.values())


def campaign_row(campaign: Campaign) -> CampaignContact:
    """Something that leads to the campaign's workspace as every row of this list does."""
    return CampaignContact(campaign=campaign)


@admin.register(CampaignAction)
class CampaignActionAdmin(OfCampaign):
    """Acts on many of a campaign's people: what, how far, and what came of it. The job itself stands in contacts."""

    list_display = ["campaign", "bulk", "status", "total", "done", "created_by", "created_at"]
    list_filter = ["bulk__status", "bulk__action", *by("campaign")]
    list_select_related = ["campaign", "bulk__created_by"]
    search_fields = ["campaign__name", "bulk__words"]
    date_hierarchy = "bulk__created_at"

    @admin.display(ordering="bulk__status")
    def status(self, action: CampaignAction) -> str:
        return str(action.bulk.state.label)

    @admin.display(ordering="bulk__total")
    def total(self, action: CampaignAction) -> int:
        return action.bulk.total

    @admin.display(ordering="bulk__done")
    def done(self, action: CampaignAction) -> int:
        return action.bulk.done

    @admin.display(ordering="bulk__created_by")
    def created_by(self, action: CampaignAction) -> str:
        return str(action.bulk.created_by or "")

    @admin.display(ordering="bulk__created_at")
    def created_at(self, action: CampaignAction) -> datetime:
        return action.bulk.created_at


@admin.register(CampaignContactDetail)
class DetailAdmin(ReadOnlyAdmin):
    workspace_path = "campaign_contact__campaign__workspace"
    list_display = ["campaign_contact", "upload", "line"]
    list_select_related = ["campaign_contact__contact", "campaign_contact__campaign", "upload"]
    search_fields = ["^campaign_contact__contact__phone_number"]


@admin.register(CampaignHours)
class HoursAdmin(OfCampaign):
    list_display = ["campaign", "hours_key"]
    list_filter = by("campaign")
    list_select_related = ["campaign", "hours_key"]
    search_fields = ["campaign__name"]


@admin.register(CampaignUpload)
class CampaignUploadAdmin(OfCampaign):
    list_display = ["campaign", "upload", "replaces", "created_at"]
    list_filter = ["replaces", *by("campaign")]
    list_select_related = ["campaign", "upload"]
    search_fields = ["campaign__name", "upload__file_name"]


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    workspace_path = "campaign_contact__campaign__workspace"
    list_display = ["due_at", "campaign_contact", "status", "words", "found_by", "done_at"]
    list_filter = ["status", "due_at"]
    list_select_related = ["campaign_contact__contact", "campaign_contact__campaign"]
    search_fields = ["^campaign_contact__contact__phone_number", "words"]
