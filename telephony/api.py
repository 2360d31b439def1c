"""/agents/, /carriers/ and /numbers/ for programs. What a carrier is reached with is never answered."""

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models, transaction
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts import audit
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.rest.errors import invalid
from accounts.rest.fields import InWorkspace, JsonObject
from accounts.rest.filters import IdFilter
from accounts.rest.views import Creating, Reading, Updating
from accounts.roles import Permission
from telephony import carriers, trail
from telephony.models import Agent, Carrier, Number
from telephony.numbers import set_spam_score
from telephony.providers import choices as providers


class Kept(serializers.ModelSerializer[Any]):
    """Saves under the model's own rules, in one transaction with a line in the audit trail."""

    def create(self, validated_data: dict[str, Any]) -> Any:
        model: Any = self.Meta.model
        return self._save(model(workspace=self.context["workspace"]), validated_data, "add")

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        return self._save(instance, validated_data, "edit")

    def _save(self, row: Any, values: dict[str, Any], word: str) -> Any:
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ModelValidationError as problem:
            raise invalid(problem) from None
        with transaction.atomic():
            before = trail.kept(row)
            row.save()
            self.after(row, values)
            detail: dict[str, object] = {"fields": sorted(values), **trail.changes(before, trail.kept(row))}
            audit.record(row.workspace_id, f"{row._meta.model_name}.{word}", row, detail=detail, **self.context["by"])
        return row

    def after(self, row: Any, values: dict[str, Any]) -> None:
        """What else a change brings about, in its transaction."""


class AgentSerializer(Kept):
    provider = serializers.ChoiceField(choices=providers())
    default_number = InWorkspace(queryset=Number.objects.all(), required=False, allow_null=True)
    default_variables = JsonObject(required=False)

    class Meta:
        model = Agent
        fields = [
            "id",
            "name",
            "provider",
            "provider_agent_id",
            "language",
            "timezone",
            "callback_enabled",
            "default_number",
            "default_variables",
            "notes",
            "cost_per_minute",
            "tested_at",
            "created_at",
        ]
        read_only_fields = ["tested_at", "created_at"]


class AgentViewSet(Reading, Creating, Updating):
    queryset = Agent.objects.all()
    serializer_class = AgentSerializer
    filterset_fields = ["name", "provider", "callback_enabled"]
    ordering_fields = ["id", "name", "created_at"]
    scopes = dict.fromkeys(["create", "partial_update"], Permission.SETUP)


class CarrierSerializer(Kept):
    class Meta:
        model = Carrier
        fields = [
            "id",
            "name",
            "provider",
            "max_cps",
            "max_channels",
            "cost_per_minute",
            "enabled",
            "disabled_at",
            "disabled_reason",
            "rest_until",
            "last_error",
            "created_at",
        ]
        read_only_fields = ["provider", "disabled_at", "disabled_reason", "rest_until", "last_error", "created_at"]

    def after(self, row: Carrier, values: dict[str, Any]) -> None:
        if "enabled" in values:
            (carriers.enable if values["enabled"] else carriers.disable)(row.pk)
            row.refresh_from_db()


class CarrierViewSet(Reading, Updating):
    """Made on the Carriers page, where its credentials are entered; its limits may be changed here."""

    queryset = Carrier.objects.defer("credentials")
    serializer_class = CarrierSerializer
    filterset_fields = ["name", "provider", "enabled"]
    ordering_fields = ["id", "name", "created_at"]
    scopes = {"partial_update": Permission.SETUP}


class NumberSerializer(Kept):
    phone_number = serializers.CharField(max_length=40, help_text="Kept as E.164.")
    carrier = InWorkspace(queryset=Carrier.objects.all())

    class Meta:
        model = Number
        fields = ["id", "phone_number", "label", "carrier", "direction", "country", "spam_score", "created_at"]
        read_only_fields = ["country", "created_at"]

    def validate_phone_number(self, text: str) -> str:
        try:
            return read_phone(text, self.context["workspace"].default_country).e164
        except NotAPhoneNumber as problem:
            raise serializers.ValidationError(str(problem)) from None

    def _save(self, row: Any, values: dict[str, Any], word: str) -> Any:
        if "phone_number" in values:
            values["country"] = read_phone(values["phone_number"], "").country
        score = values.pop("spam_score", row.spam_score)
        with transaction.atomic():
            super()._save(row, values, word)
            set_spam_score(row, score, source="API", at=self.context["now"], **self.context["by"])
        return row


class NumberFilter(filters.FilterSet):
    carrier = IdFilter(field_name="carrier_id")

    class Meta:
        model = Number
        fields = ["phone_number", "direction", "country"]


class NumberViewSet(Reading, Creating, Updating):
    queryset: models.QuerySet[Number] = Number.objects.all()
    serializer_class = NumberSerializer
    filterset_class = NumberFilter
    ordering_fields = ["id", "phone_number", "spam_score", "created_at"]
    scopes = dict.fromkeys(["create", "partial_update"], Permission.SETUP)
