"""The back office of agents, carriers and numbers. Credentials are never shown: they are entered on the pages."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.admin.exchange import Exchanged
from accounts.admin.scoped import ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin, by
from accounts.roles import Permission
from telephony import carriers, trail
from telephony.models import Agent, Carrier, Number, NumberDay, ProviderEvent, SpamScore
from telephony.numbers import set_spam_score
from telephony.resources import NumberResource


class NumberInline(ReadOnlyInline):
    model = Number
    fields = ["phone_number", "label", "direction", "country", "spam_score"]


class SpamScoreInline(ReadOnlyInline):
    model = SpamScore
    workspace_path = "number__workspace"


def keep(row: Carrier | Number, actor: Any) -> None:
    """Save a row that a person edited here, with a line in the audit trail of what changed for dialing."""
    with transaction.atomic():
        before = trail.kept(row)
        row.save()
        changed = trail.changes(before, trail.kept(row))
        word = f"{row._meta.model_name}.{'edit' if before else 'add'}"
        audit.record(row.workspace_id, word, row, actor=actor, detail=changed)


@admin.register(Carrier)
class CarrierAdmin(ScopedAdmin):
    """Made on the Carriers page, where credentials are entered; limits and health are here."""

    changes = Permission.SETUP
    list_display = ["name", "workspace", "provider", "max_cps", "max_channels", "enabled", "rest_until", "last_error"]
    list_filter = ["enabled", "provider", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["name"]
    inlines = [NumberInline]
    fields = ["workspace", "name", "provider", "max_cps", "max_channels", "cost_per_minute", "enabled"]
    fields += ["settings", "disabled_at", "disabled_reason", "rest_until", "last_error", "created_at"]
    readonly_fields = [
        "provider",
        "settings",
        "disabled_at",
        "disabled_reason",
        "rest_until",
        "last_error",
        "created_at",
    ]

    def save_model(self, request: HttpRequest, obj: Carrier, form: Any, change: bool) -> None:
        keep(obj, request.user)
        if "enabled" in form.changed_data:
            (carriers.enable if obj.enabled else carriers.disable)(obj.pk)


@admin.register(Number)
class NumberAdmin(Exchanged, ScopedAdmin):
    resource_classes = [NumberResource]
    changes = adds = Permission.SETUP
    list_display = ["phone_number", "label", "carrier", "direction", "country", "spam_score", "workspace"]
    list_filter = ["direction", "country", *by("carrier", "workspace")]
    list_select_related = ["carrier", "workspace"]
    search_fields = ["phone_number", "label"]
    inlines = [SpamScoreInline]

    def save_model(self, request: HttpRequest, obj: Number, form: Any, change: bool) -> None:
        score, obj.spam_score = obj.spam_score, form.initial.get("spam_score") or 0
        keep(obj, request.user)
        set_spam_score(obj, score, source="By hand", at=timezone.now(), actor=request.user)  # type: ignore[arg-type]


@admin.register(Agent)
class AgentAdmin(ScopedAdmin):
    changes = adds = Permission.SETUP
    list_display = ["name", "workspace", "provider", "language", "callback_enabled", "cost_per_minute", "tested_at"]
    list_filter = ["provider", "language", "callback_enabled", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["name", "provider_agent_id"]
    autocomplete_fields = ["default_number"]


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "kind", "carrier", "reference", "provider_call_id", "at", "work_at"]
    list_filter = ["kind", ("work_at", admin.EmptyFieldListFilter), *by("carrier", "workspace")]
    list_select_related = ["carrier"]
    search_fields = ["reference", "=provider_call_id", "=event_key"]


@admin.register(SpamScore)
class SpamScoreAdmin(ReadOnlyAdmin):
    workspace_path = "number__workspace"
    list_display = ["at", "number", "score", "source"]
    list_filter = ["score"]
    list_select_related = ["number"]
    search_fields = ["number__phone_number", "source"]


@admin.register(NumberDay)
class NumberDayAdmin(ReadOnlyAdmin):
    workspace_path = "number__workspace"
    list_display = ["day", "number", "calls", "last_launched_at"]
    list_filter = ["day"]
    list_select_related = ["number"]
    search_fields = ["number__phone_number"]
