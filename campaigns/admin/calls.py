"""Calls and what carriers said of them: to be read, never changed."""

from django.contrib import admin
from unfold.decorators import display

from accounts.admin.exchange import Exported
from accounts.admin.scoped import ReadOnlyAdmin, ReadOnlyInline, by
from campaigns.models import Call, CallReport
from campaigns.resources import CallResource


class ReportInline(ReadOnlyInline):
    model = CallReport
    workspace_path = "call__workspace"
    fields = ["disposition", "summary", "success", "do_not_call", "callback_words", "received_at"]
    verbose_name_plural = "said by the carrier"


@admin.register(Call)
class CallAdmin(Exported, ReadOnlyAdmin):
    resource_classes = [CallResource]
    list_display = [
        "launched_at",
        "phone_number",
        "campaign",
        "attempt",
        "cause",
        "status",
        "talk_seconds",
        "cost",
    ]
    list_display += ["number", "verdict"]
    list_filter = ["outcome", "state", "cause", "direction", "launched_at", *by("campaign", "carrier", "workspace")]
    list_select_related = ["campaign", "number"]
    search_fields = ["^phone_number", "=provider_call_id", "reference"]
    date_hierarchy = "launched_at"
    inlines = [ReportInline]

    @display(description="status", ordering="outcome")
    def status(self, call: Call) -> str:
        return call.status_word


@admin.register(CallReport)
class CallReportAdmin(ReadOnlyAdmin):
    workspace_path = "call__workspace"
    list_display = ["received_at", "call", "disposition", "success", "do_not_call", "callback_asked"]
    list_filter = ["success", "do_not_call", "callback_asked", "received_at"]
    list_select_related = ["call"]
    search_fields = ["^call__phone_number", "disposition", "summary"]
    exclude = ["recording_url"]
