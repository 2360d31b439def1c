"""What /imports/ takes, and how a file is shown."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import InWorkspace
from campaigns import files
from campaigns.models import Campaign
from contacts.importing.detection import BadFile
from contacts.importing.mapping import chosen
from contacts.models import COUNTS, Purpose, Upload

DELIMITERS = [",", ";", "\t"]
ENCODINGS = ["utf-8", "utf-16", "cp1252"]


class SentSerializer(serializers.Serializer[Any]):
    """A file and what is to become of it, as multipart/form-data."""

    file = serializers.FileField(help_text="CSV, Excel (.xlsx) or JSON; up to 100 MB or 500,000 rows.")
    campaign = InWorkspace(
        queryset=Campaign.objects.all(),
        default=None,
        allow_null=True,
        help_text="Whose list takes these people. Empty: contacts of nobody's list.",
    )
    default_country = serializers.CharField(
        default="", allow_blank=True, max_length=60, help_text="Reads national numbers; empty: the workspace's."
    )
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.CONTACTS)
    replaces = serializers.BooleanField(
        default=False, help_text="On a draft: the file takes the place of the whole list, once it holds a valid row."
    )
    load = serializers.BooleanField(default=False, help_text="Load it as soon as it is staged.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["campaign"] is not None and attrs["purpose"] == Purpose.SUPPRESSION:
            raise serializers.ValidationError({"campaign": ["The suppression list belongs to no campaign."]})
        if attrs["replaces"] and attrs["campaign"] is None:
            raise serializers.ValidationError({"replaces": ["Name the campaign whose list the file replaces."]})
        return attrs


class MappingSerializer(serializers.Serializer[Any]):
    """Column positions, from 0, by name."""

    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.IntegerField(min_value=0), help_text="Contact field → column; phone_number is required."
    )
    variables = serializers.DictField(child=serializers.IntegerField(min_value=0), default=dict)


class ReadSerializer(serializers.Serializer[Any]):
    """How a file is to be read; what is not named stays."""

    mapping = MappingSerializer(required=False)
    encoding = serializers.ChoiceField(choices=ENCODINGS, required=False)
    delimiter = serializers.ChoiceField(choices=DELIMITERS, required=False)
    sheet = serializers.CharField(max_length=100, required=False)
    default_country = serializers.CharField(max_length=60, required=False)

    def validate_mapping(self, mapping: dict[str, Any]) -> dict[str, Any]:
        upload = self.context["upload"]
        try:
            return chosen(mapping, upload.columns, upload.purpose).as_json()
        except BadFile as problem:
            raise serializers.ValidationError(str(problem)) from None

    @property
    def asked(self) -> dict[str, object]:
        """What `files.choose` takes: earlier choices that still hold, and those of this request."""
        given = dict(self.validated_data)
        anew = given.keys() & {"encoding", "delimiter", "sheet"}
        kept = {name: value for name, value in self.context["upload"].asked.items() if name != "mapping" or not anew}
        return {**kept, **given}


class CountsSerializer(serializers.Serializer[Any]):
    """What became of the rows so far; they add up to `rows_done`."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: serializers.IntegerField() for name in COUNTS}


class ImportSerializer(serializers.ModelSerializer[Upload]):
    """A file with every figure of it."""

    campaign = serializers.SerializerMethodField()
    replaces = serializers.SerializerMethodField()
    invalid_rows = serializers.IntegerField(read_only=True, help_text="Rows of the staged file that cannot be read.")
    counts = CountsSerializer(read_only=True)
    rejected = serializers.IntegerField(read_only=True, help_text="How many rows `rejected/` holds.")
    load = serializers.BooleanField(source="goes_on", read_only=True)
    created_by = serializers.CharField(source="sender", read_only=True, help_text="A person, or an API token.")

    class Meta:
        model = Upload
        fields = [
            *("id", "status", "problem", "note", "purpose", "campaign", "replaces", "load", "file_name", "size"),
            *("kind", "sheet", "encoding", "delimiter", "default_country"),
            *("rows", "valid_rows", "duplicate_rows", "invalid_rows", "read_bytes", "rows_done", "counts", "rejected"),
            *("rows_undone", "elsewhere", "created_by", "created_at", "started_at", "finished_at"),
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_campaign(self, upload: Upload) -> int | None:
        link = files.link_of(upload)
        return link.campaign_id if link else None

    def get_replaces(self, upload: Upload) -> bool:
        link = files.link_of(upload)
        return link is not None and link.replaces


class ImportDetailSerializer(ImportSerializer):
    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "columns", "mapping", "preview", "first_rejections", "warnings"]
        read_only_fields = fields
