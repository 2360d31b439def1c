"""Schedules, and what is worked out or counted beside the calls."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.admin.scoped import ReadOnlyAdmin, ScopedAdmin, ScopedForm, by
from accounts.roles import Permission
from campaigns import schedules
from campaigns.admin.history import OfCampaign
from campaigns.models import Audit, ContactMove, Forecast, FormerPlace, Schedule, Standing, Tally


class ScheduleForm(ScopedForm):
    class Meta:
        model = Schedule
        fields = ["workspace", "name", "timezone", "days", "exceptions"]
        help_texts = {
            "days": 'Spans by day: {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}. A missing day is closed.',
            "exceptions": 'Spans of one date: [{"date": "2026-12-25", "spans": [], "note": "Christmas"}].',
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        workspace = cleaned.get("workspace") or getattr(self.instance, "workspace", None)
        if not self.errors and workspace is not None:
            row = Schedule(pk=self.instance.pk, workspace=workspace, **schedules.values(cleaned))
            try:
                schedules.check(row)
            except ValidationError as problem:
                self.add_error(None, problem)
        return cleaned


@admin.register(Schedule)
class ScheduleAdmin(ScopedAdmin):
    form = ScheduleForm
    changes = adds = deletes = Permission.SETUP
    list_display = ["name", "timezone", "workspace", "created_at"]
    list_filter = by("workspace")
    list_select_related = ["workspace"]
    search_fields = ["name", "timezone"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while campaigns dial in it."""
        return super().has_delete_permission(request, obj) and (obj is None or not schedules.users(obj).exists())

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        schedules.save(obj, actor=request.user)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Schedule) -> None:
        schedules.remove(obj, actor=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for schedule in queryset:
            try:
                schedules.remove(schedule, actor=request.user)  # type: ignore[arg-type]
            except schedules.StillUsed as refusal:
                messages.error(request, f"{schedule}: {refusal}")


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    list_display = ["campaign", "run", "attempt", "number", "weekday", "hour", "direction", "outcome", "calls", "cost"]
    list_filter = ["outcome", "direction", *by("campaign")]
    list_select_related = ["campaign", "number"]
    search_fields = ["campaign__name", "^number__phone_number"]


@admin.register(Standing)
class StandingAdmin(OfCampaign):
    list_display = ["campaign", "status", "contacts"]
    list_filter = ["status", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name"]


@admin.register(ContactMove)
class MoveAdmin(ReadOnlyAdmin):
    workspace_path = "campaign_contact__campaign__workspace"
    list_display = ["at", "campaign_contact", "run", "action", "status", "reason", "actor_name"]
    list_filter = ["action", "status", "at"]
    list_select_related = ["campaign_contact__contact", "campaign_contact__campaign"]
    search_fields = ["^campaign_contact__contact__phone_number", "action", "actor_name"]


@admin.register(FormerPlace)
class FormerPlaceAdmin(ReadOnlyAdmin):
    workspace_path = "campaign_contact__campaign__workspace"
    list_display = ["until", "campaign_contact", "priority", "hours_key"]
    list_filter = ["priority", "until"]
    list_select_related = ["campaign_contact__contact", "campaign_contact__campaign", "hours_key"]
    search_fields = ["^campaign_contact__contact__phone_number"]


@admin.register(Forecast)
class ForecastAdmin(OfCampaign):
    list_display = ["campaign", "asked_at", "made_at", "error"]
    list_filter = ["made_at", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name"]


@admin.register(Audit)
class AuditAdmin(OfCampaign):
    list_display = ["campaign", "at", "launches", "violations"]
    list_filter = ["at", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name"]
