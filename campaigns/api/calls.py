"""/calls/: every call with what was checked when it was claimed, and what the carrier said of it."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.rest.fields import JsonObject
from accounts.rest.filters import IdFilter, MomentFilter
from accounts.rest.views import Reading
from campaigns.choices import CallState, Cause, Direction, Outcome
from campaigns.models import Call, CallReport

STATES = {state.value: state.name.lower() for state in CallState}


class ReportSerializer(serializers.ModelSerializer[CallReport]):
    """Said by the carrier, kept as said."""

    transcript = serializers.ListField(child=serializers.DictField(), help_text="speaker, text, at (seconds).")

    class Meta:
        model = CallReport
        fields = [
            "transcript",
            "summary",
            "disposition",
            "success",
            "do_not_call",
            "callback_asked",
            "callback_words",
            "callback_at",
            "received_at",
        ]
        read_only_fields = fields


class CallRowSerializer(serializers.ModelSerializer[Call]):
    state = serializers.SerializerMethodField()
    disposition = serializers.CharField(source="report.disposition", default="")

    class Meta:
        model = Call
        fields = [
            "id",
            "reference",
            "campaign",
            "campaign_contact",
            "contact",
            "agent",
            "carrier",
            "number",
            "phone_number",
            "direction",
            "cause",
            "run",
            "attempt",
            "state",
            "outcome",
            "reason",
            "disposition",
            "launched_at",
            "ringing_at",
            "answered_at",
            "ended_at",
            "talk_seconds",
            "spoke",
            "continues",
            "cost",
            "verdict",
        ]
        read_only_fields = fields

    def get_state(self, call: Call) -> str:
        return STATES[call.state]


class CallSerializer(CallRowSerializer):
    clearance = JsonObject(help_text="What was checked when the call was claimed, with the values.")
    report = ReportSerializer(read_only=True, allow_null=True, default=None)

    class Meta(CallRowSerializer.Meta):
        fields = [*CallRowSerializer.Meta.fields, "provider_call_id", "due_at", "sent_at", "clearance", "report"]
        read_only_fields = fields


class CallFilter(filters.FilterSet):
    campaign = IdFilter(field_name="campaign_id")
    campaign_contact = IdFilter(field_name="campaign_contact_id")
    contact = IdFilter(field_name="contact_id")
    agent = IdFilter(field_name="agent_id")
    carrier = IdFilter(field_name="carrier_id")
    number = IdFilter(field_name="number_id")
    outcome = filters.MultipleChoiceFilter(choices=Outcome.choices)
    cause = filters.ChoiceFilter(choices=Cause.choices)
    direction = filters.ChoiceFilter(choices=Direction.choices)
    live = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    disposition = filters.CharFilter(field_name="report__disposition")
    launched_after = MomentFilter(field_name="launched_at", lookup_expr="gte")
    launched_before = MomentFilter(field_name="launched_at", lookup_expr="lt")

    class Meta:
        model = Call
        fields = ["phone_number", "reference"]


class CallViewSet(Reading):
    queryset = Call.objects.select_related("report")
    filterset_class = CallFilter
    ordering_fields = ["id", "launched_at"]
    ordering = ["-launched_at"]

    def get_queryset(self) -> QuerySet[Call]:
        rows = super().get_queryset()
        return rows.defer("report__transcript", "clearance") if self.action == "list" else rows

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return CallRowSerializer if self.action == "list" else CallSerializer
