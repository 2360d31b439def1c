"""A campaign as programs read and write it: names and rules of the specification, section 2."""

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from rest_framework import serializers

from accounts.rest.errors import Conflict, invalid
from accounts.rest.fields import PRIORITY, InWorkspace, JsonObject, Tags, Whole, Word
from campaigns import editing
from campaigns.choices import CampaignStatus, PoolStatus
from campaigns.models import Campaign, Schedule
from telephony.models import Agent, Number

LOCKED = "Some of these fields may not be changed now."
WINDOW = ("start", "end", "timezone", "days")


class WindowSerializer(serializers.Serializer[Any]):
    """HH:MM, an IANA time zone, days from “mon” to “sun”. An end before the start runs past midnight; 24:00 is an end.

    The window as a whole is judged with the campaign's other fields."""

    start = serializers.CharField(source="window_start", max_length=5, required=False)
    end = serializers.CharField(source="window_end", max_length=5, required=False)
    timezone = serializers.CharField(source="window_timezone", max_length=64, required=False)
    days = serializers.ListField(source="window_days", child=serializers.CharField(max_length=3), required=False)


class PoolEntrySerializer(Whole):
    """A number of the pool; the first is the primary one."""

    number = InWorkspace(queryset=Number.objects.all())
    weight = serializers.IntegerField(min_value=1, max_value=100, default=1)
    status = serializers.ChoiceField(choices=PoolStatus.choices, default=PoolStatus.ACTIVE)


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """What may be set is set here; the status only moves by actions."""

    agent = InWorkspace(queryset=Agent.objects.all())
    priority = Word(PRIORITY, required=False)
    tags = Tags(required=False)
    window = WindowSerializer(source="*", required=False)
    schedule = InWorkspace(
        queryset=Schedule.objects.all(),
        required=False,
        allow_null=True,
        help_text="A shared schedule in place of `window`; null: the campaign's own window holds.",
    )
    pool = PoolEntrySerializer(many=True, required=False)
    retry_on = serializers.ListField(child=serializers.CharField(max_length=10), required=False)
    retry_dispositions = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    metadata = JsonObject(required=False)
    status = serializers.ChoiceField(choices=CampaignStatus.choices, read_only=True)

    class Meta:
        model = Campaign
        fields = [
            "id",
            "name",
            "agent",
            "notes",
            "priority",
            "tags",
            "status",
            "status_at",
            "status_reason",
            "run",
            "archived_at",
            "created_at",
            "trigger_mode",
            "starts_at",
            "mode",
            "always_on",
            "concurrency_limit",
            "call_interval_seconds",
            "ring_timeout_seconds",
            "amd_mode",
            "window",
            "schedule",
            "contact_local_time",
            "max_attempts",
            "retry_delay_minutes",
            "retry_on",
            "retry_dispositions",
            "max_voicemail_attempts",
            "goal_based_retry",
            "stop_after_connect",
            "stop_after_connect_seconds",
            "redial_short_connect",
            "redial_short_connect_seconds",
            "completion_timeout_minutes",
            "callback_detection",
            "sticky_exclusion",
            "secondary_contacts",
            "pool",
            "rotation_strategy",
            "prefer_country_match",
            "spam_threshold",
            "max_calls_per_number_per_day",
            "budget_cap",
            "pilot_size",
            "max_error_rate",
            "metadata",
        ]
        read_only_fields = ["status_at", "status_reason", "run", "archived_at", "created_at"]

    def create(self, validated_data: dict[str, Any]) -> Campaign:
        pool = entries(validated_data.pop("pool", []))
        try:
            return editing.create(self.context["workspace"], validated_data, pool, **self.context["by"])
        except ModelValidationError as problem:
            raise in_our_words(problem) from None

    def update(self, instance: Campaign, validated_data: dict[str, Any]) -> Campaign:
        given = validated_data.pop("pool", None)
        pool = None if given is None else entries(given)
        try:
            return editing.change(instance, validated_data, pool, **self.context["by"])
        except ModelValidationError as problem:
            raise in_our_words(problem) from None
        except editing.Locked as problem:
            raise Conflict(LOCKED, "locked", fields=outside(problem.fields)) from None


def entries(given: list[dict[str, Any]]) -> list[editing.PoolEntry]:
    return [editing.PoolEntry(**entry) for entry in given]


def in_our_words(problem: ModelValidationError) -> serializers.ValidationError:
    """A model's verdict with `window_start` told as `window.start`."""
    refusal = invalid(problem)
    assert isinstance(refusal.detail, dict)
    return serializers.ValidationError(outside(refusal.detail))


def outside(fields: dict[str, Any]) -> dict[str, Any]:
    inner = {f"window_{part}": part for part in WINDOW}
    told = {name: sentence for name, sentence in fields.items() if name not in inner}
    window = {inner[name]: sentence for name, sentence in fields.items() if name in inner}
    return {**told, "window": window} if window else told
