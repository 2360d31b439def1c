"""A campaign's contact as programs read it, and what they send to add some."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import PRIORITY, InWorkspace, JsonObject, Word
from campaigns.choices import ContactStatus
from campaigns.models import CampaignContact
from campaigns.queries.people import Talks
from contacts.intake import Variables
from contacts.models import Contact


class PersonInCampaign(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ["id", "phone_number", "name", "first_name", "last_name", "company", "external_id"]


class WhyNotSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    until = serializers.DateTimeField(
        allow_null=True, help_text="When they will be eligible next, where that is known."
    )


class CampaignContactSerializer(serializers.ModelSerializer[CampaignContact]):
    contact = PersonInCampaign(read_only=True)
    status = serializers.ChoiceField(choices=ContactStatus.choices)
    priority = Word(PRIORITY)
    variables = JsonObject(source="detail.variables")
    calls = serializers.SerializerMethodField(help_text="Calls ever, without those that were withdrawn.")
    conversations = serializers.SerializerMethodField()
    talk_seconds = serializers.SerializerMethodField()
    last_called_at = serializers.SerializerMethodField()
    blocker = serializers.SerializerMethodField(help_text="Why this person is not being called now.")

    class Meta:
        model = CampaignContact
        fields = [
            "id",
            "contact",
            "status",
            "reason",
            "priority",
            "next_attempt_at",
            "attempts",
            "calls",
            "conversations",
            "talk_seconds",
            "last_called_at",
            "blocker",
            "variables",
            "added_at",
        ]
        read_only_fields = fields

    def talks(self, row: CampaignContact) -> Talks:
        return self.context.get("talks", {}).get(row.pk) or Talks()

    def get_calls(self, row: CampaignContact) -> int:
        return self.talks(row).calls

    def get_conversations(self, row: CampaignContact) -> int:
        return self.talks(row).count

    def get_talk_seconds(self, row: CampaignContact) -> int:
        return self.talks(row).seconds

    @extend_schema_field(WhyNotSerializer)
    def get_blocker(self, row: CampaignContact) -> dict[str, Any]:
        return dict(WhyNotSerializer(self.context["blockers"][row.pk]).data)

    def get_last_called_at(self, row: CampaignContact) -> datetime | None:
        return self.talks(row).last_called


class AddSerializer(serializers.Serializer[Any]):
    """Either `contact`, or `phone_number` with any further field of a contact."""

    contact = InWorkspace(queryset=Contact.objects.all(), required=False)
    phone_number = serializers.CharField(max_length=40, required=False)
    variables = Variables(required=False, help_text="This campaign's variables for the person.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("contact" in attrs) == ("phone_number" in attrs):
            raise serializers.ValidationError("Name a known person by “contact”, or a new one by “phone_number”.")
        return attrs


class PlacedSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in the request, from 0.")
    status = serializers.ChoiceField(
        choices=["added", "updated", "unchanged", "suppressed", "excluded", "duplicate", "invalid"],
        help_text="About the campaign's list: a known person who is new to it is added.",
    )
    contact = serializers.IntegerField(allow_null=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        help_text="Sentences by field; empty unless invalid, duplicate or suppressed."
    )
