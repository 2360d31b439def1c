"""/exports/ and /campaigns/{id}/export/: lists as files, asked for, watched and fetched by programs."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.jobs import JobStatus
from accounts.rest.errors import Conflict
from accounts.rest.fields import InWorkspace
from accounts.rest.filters import IdFilter
from accounts.rest.idempotency import once
from accounts.rest.views import Reading, WorkspaceViewSet
from accounts.roles import Permission
from analytics.exporting import job
from analytics.exporting.filters import unfit
from analytics.models import Export, ExportFormat, ExportKind
from analytics.views import file_of
from campaigns.models import Campaign

Words = dict[str, list[str]]
MADE_OF_CAMPAIGN = [ExportKind.CONTACTS, ExportKind.CALLS, ExportKind.RESULTS]
BACKGROUND = "It is made in the background: ask for it again until `status` is no longer `running`, then download it."


class Gone(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "expired"


class FilterWords(serializers.DictField):
    """The filters of the list's page, by their names in its address; each value a text or a list of texts."""

    default_error_messages = {"text": "{name} is a text or a list of texts."}

    def to_internal_value(self, data: Any) -> Words:
        given = super().to_internal_value(data)
        return {str(name): self._texts(name, value) for name, value in given.items()}

    def _texts(self, name: str, value: Any) -> list[str]:
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in values):
            self.fail("text", name=name)
        return [str(one) for one in values]


class ExportSerializer(serializers.ModelSerializer[Export]):
    can_be_downloaded = serializers.BooleanField(source="can_be_fetched", read_only=True)

    class Meta:
        model = Export
        fields = ["id", "kind", "format", "campaign", "filters", "status", "problem", "rows", "rows_done", "file_name"]
        fields += ["size", "asked_by", "created_at", "started_at", "finished_at", "expires_at", "expired_at"]
        fields += ["can_be_downloaded"]
        read_only_fields = fields


class OfCampaignSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=MADE_OF_CAMPAIGN, default=ExportKind.CONTACTS)
    format = serializers.ChoiceField(choices=ExportFormat.choices, default=ExportFormat.CSV)
    filters = FilterWords(
        default=dict,
        help_text="As in the address of the list's page, such as {“status”: “failed”}. Results take those of the "
        "campaign's contacts; calls do with {“of”: “contacts”} beside them.",
    )


class AskSerializer(OfCampaignSerializer):
    kind = serializers.ChoiceField(choices=ExportKind.choices)
    campaign = InWorkspace(
        queryset=Campaign.objects.all(), default=None, allow_null=True, help_text="For contacts, calls and results."
    )


class ExportFilter(filters.FilterSet):
    campaign = IdFilter(field_name="campaign_id")

    class Meta:
        model = Export
        fields = ["kind", "format", "status"]


class Asking(WorkspaceViewSet):
    """What both addresses share: beginning an export."""

    def asked(self, given: dict[str, Any], campaign: Campaign | None) -> Response:
        if sentence := unfit(given["kind"], given["filters"], in_campaign=campaign is not None):
            raise serializers.ValidationError({"filters": [sentence]})
        options = {"campaign": campaign, "filters": given["filters"], "now": timezone.now(), "at_once": False}
        try:
            made = job.ask(self.workspace, given["kind"], given["format"], **options, **self.by)
        except job.NotExportable as refusal:
            raise serializers.ValidationError({"campaign": [str(refusal)]}) from None
        return Response(ExportSerializer(made).data, status=status.HTTP_201_CREATED)


class ExportViewSet(Reading, Asking):
    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    filterset_class = ExportFilter
    ordering_fields = ["id", "created_at"]
    ordering = ["-created_at"]
    scopes = dict.fromkeys(["list", "retrieve", "create", "cancel", "download", "destroy"], Permission.EXPORT)

    @extend_schema(
        request=AskSerializer, responses={201: ExportSerializer}, description=f"Begin an export. {BACKGROUND}"
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = AskSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        given = form.validated_data
        return once(request, lambda: self.asked(given, given["campaign"]))

    @extend_schema(request=None, responses=ExportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; what is written so far is thrown away. 409 once it is finished."""
        export = self.get_object()
        if not job.cancel(export, timezone.now()):
            raise Conflict("This export is finished: there is nothing left to cancel.", "not_allowed_now")
        return Response(ExportSerializer(export).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the file before its time. The export stays in the history."""
        if not job.discard(self.get_object(), timezone.now(), **self.by):
            raise Conflict("This export has no file.", "not_allowed_now")
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, request: Request, pk: str) -> FileResponse:
        """The file under its name. 409 while it is being made, 410 once it has expired."""
        export = self.get_object()
        answer = file_of(export)
        if answer is None and export.status == JobStatus.DONE:
            raise Gone("This file has been removed: files of exports are kept for 7 days. Export again.")
        if answer is None:
            raise Conflict(f"This export is {export.state.label.lower()}: there is no file.", "not_allowed_now")
        audit.record(self.workspace, "export.downloaded", export, **self.by)
        return answer


class CampaignExportViewSet(Asking):
    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    filter_backends = []
    ordering = ["-created_at"]
    scopes = {"list": Permission.EXPORT, "create": Permission.EXPORT}
    http_method_names = ["get", "post", "head", "options"]

    def campaign(self) -> Campaign:
        rows = Campaign.objects.filter(workspace=self.workspace)
        found: Campaign = get_object_or_404(rows, pk=self.kwargs["campaign_pk"])
        return found

    def get_queryset(self) -> QuerySet[Export]:
        rows = super().get_queryset().order_by("-created_at", "-id")
        return rows if getattr(self, "swagger_fake_view", False) else rows.filter(campaign=self.campaign())

    @extend_schema(responses=ExportSerializer(many=True))
    def list(self, request: Request, campaign_pk: str) -> Response:
        """The exports of this campaign, the newest first."""
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ExportSerializer(rows, many=True).data)

    @extend_schema(
        request=OfCampaignSerializer,
        responses={201: ExportSerializer},
        description=f"Export its contacts, calls or results. {BACKGROUND}",
    )
    def create(self, request: Request, campaign_pk: str) -> Response:
        campaign = self.campaign()
        form = OfCampaignSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.asked(form.validated_data, campaign))
