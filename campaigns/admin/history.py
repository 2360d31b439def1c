"""What happened to campaigns, and the rows that dialing keeps: to be read, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.scoped import ReadOnlyAdmin, by
from campaigns.models import CampaignRun, CampaignTransition, CarrierTurn, Lease, PoolNumber


class OfCampaign(ReadOnlyAdmin):
    workspace_path = "campaign__workspace"


@admin.register(CampaignTransition)
class TransitionAdmin(OfCampaign):
    list_display = ["at", "campaign", "actor_name", "action", "from_status", "to_status", "reason"]
    list_filter = ["action", "to_status", "at", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name", "actor_name", "reason"]


@admin.register(CampaignRun)
class RunAdmin(OfCampaign):
    list_display = ["campaign", "run", "started_at", "first_launch_at", "day", "ended_at", "reason"]
    list_filter = ["started_at", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name", "reason"]


@admin.register(PoolNumber)
class PoolNumberAdmin(OfCampaign):
    """Pools are changed on their campaign's page."""

    list_display = ["campaign", "number", "position", "status", "weight", "calls_in_run", "joined_at"]
    list_filter = ["status", *by("campaign")]
    list_select_related = ["campaign", "number"]
    search_fields = ["campaign__name", "number__phone_number"]


@admin.register(CarrierTurn)
class CarrierTurnAdmin(OfCampaign):
    list_display = ["campaign", "carrier", "last_launched_at"]
    list_filter = by("campaign", "carrier")
    list_select_related = ["campaign", "carrier"]
    search_fields = ["campaign__name", "carrier__name"]


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    """Who may dial: the installation's own matter, so superusers only."""

    list_display = ["name", "owner", "epoch", "until", "last_now"]
    search_fields = ["name", "owner"]

    def allows(self, request: HttpRequest, permission: Any, row: Any) -> bool:
        return permission is not None and request.user.is_superuser
