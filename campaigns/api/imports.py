"""/imports/: files of contacts, or of numbers that nobody calls, for programs."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken
from accounts.rest.errors import Conflict
from accounts.rest.filters import IdFilter
from accounts.rest.idempotency import once
from accounts.rest.parsers import JsonParser
from accounts.rest.views import Reading
from accounts.roles import Permission
from accounts.tokens import HasScope, grants, refusal
from campaigns import files, undoing
from campaigns.api.import_rows import ImportDetailSerializer, ImportSerializer, ReadSerializer, SentSerializer
from campaigns.uploads import ListLocked
from contacts.importing import detection, rejected
from contacts.importing.detection import BadFile
from contacts.importing.load import NotStaged
from contacts.importing.receiving import DISK_FULL
from contacts.importing.staging import TooLate
from contacts.models import Purpose, Upload, UploadStatus

ACTS = ("create", "partial_update", "load", "cancel", "undo", "rejected_rows")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code, default_detail = "too_large", detection.TOO_LARGE


class NoRoom(APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code, default_detail = "disk_full", DISK_FULL


class ByPurpose(HasScope):
    """Files of contacts need the scope “contacts”, files for the suppression list “suppress”."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        if view.action in ACTS and isinstance(token, ApiToken) and grants(token, Permission.SUPPRESS):
            return True  # which of the two it is, only the file says
        return super().has_permission(request, view)

    def has_object_permission(self, request: Request, view: Any, upload: Upload) -> bool:
        if view.action in ACTS:
            need(request, files.permission(upload))
        return True


def need(request: Request, permission: Permission) -> None:
    """Raises PermissionDenied unless the request's token has it."""
    if not isinstance(request.auth, ApiToken) or not grants(request.auth, permission):
        raise PermissionDenied(refusal(permission))


class ImportFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=UploadStatus.choices)
    purpose = filters.ChoiceFilter(choices=Purpose.choices)
    campaign = IdFilter(field_name="campaign_upload__campaign_id")

    class Meta:
        model = Upload
        fields: list[str] = []


class ImportViewSet(Reading):
    queryset = Upload.objects.select_related("campaign_upload__campaign", "created_by")
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    ordering_fields = ["id", "created_at"]
    ordering = ["-id"]
    parser_classes = [MultiPartParser, JsonParser]
    permission_classes: list[type[BasePermission]] = [ByPurpose]
    scopes = dict.fromkeys(ACTS, Permission.CONTACTS)

    def get_queryset(self) -> QuerySet[Upload]:
        rows: QuerySet[Upload] = super().get_queryset()
        return rows.defer("preview", "asked") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        return ImportSerializer if self.action == "list" else ImportDetailSerializer

    @extend_schema(request={"multipart/form-data": SentSerializer}, responses={201: ImportDetailSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a file. It is staged: counted and previewed, and nobody is added yet, unless `load` is true.

        A file of up to 256 kB is staged when this answers; a larger one in the background: look again until its
        status is no longer `staging`. A file that cannot be used is refused, and leaves nothing.
        """
        form = SentSerializer(data=self.sent(request), context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        purpose = form.validated_data["purpose"]
        need(request, Permission.SUPPRESS if purpose == Purpose.SUPPRESSION else Permission.CONTACTS)
        return once(request, lambda: self.received(form.validated_data))

    def sent(self, request: Request) -> Any:
        """The body. Raises TooLarge for one that was ended at the limit instead of read whole, NoRoom for one that the
        disk has no room for."""
        data = request.data
        if getattr(request._request, "too_large", False):
            raise TooLarge
        if getattr(request._request, "disk_full", False):
            raise NoRoom
        return data

    def received(self, given: dict[str, Any]) -> Response:
        try:
            with transaction.atomic():
                upload = files.receive(
                    self.workspace,
                    given["file"],
                    user=None,
                    now=timezone.now(),
                    campaign=given["campaign"],
                    default_country=given["default_country"],
                    purpose=given["purpose"],
                    replaces=given["replaces"],
                    goes_on=given["load"],
                    sent_by=self.by["actor_name"],
                )
                if upload.status == UploadStatus.FAILED:
                    raise BadFile(upload.problem)
        except BadFile as problem:
            raise serializers.ValidationError({"file": [problem.sentence]}) from None
        except ListLocked as locked:
            raise Conflict(locked.sentence, "contacts_locked") from None
        return Response(self.shown(upload), status=status.HTTP_201_CREATED)

    def shown(self, upload: Upload) -> Any:
        row = self.get_queryset().get(pk=upload.pk)
        return ImportDetailSerializer(row, context=self.get_serializer_context()).data

    @extend_schema(request=ReadSerializer, responses=ImportDetailSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say how a file that waits is read: it is staged again, with these columns, encoding, delimiter, sheet or
        country. Another encoding, delimiter or sheet means another header, and so the mapping that it asks for."""
        upload = self.get_object()
        form = ReadSerializer(data=request.data, context={"upload": upload})
        form.is_valid(raise_exception=True)
        try:
            files.choose(upload, form.asked, timezone.now())
        except TooLate as problem:
            raise Conflict(problem.sentence, "not_allowed_now") from None
        except BadFile as problem:
            raise serializers.ValidationError([problem.sentence]) from None
        return Response(self.shown(upload))

    @extend_schema(request=None, responses=ImportDetailSerializer)
    @action(detail=True, methods=["post"])
    def load(self, request: Request, pk: str) -> Response:
        """The staged file is loaded, in the background; for a campaign, onto its list."""
        return once(request, self.begun)

    def begun(self) -> Response:
        upload = self.get_object()
        try:
            files.begin(upload, timezone.now())
        except NotStaged as problem:
            raise Conflict(problem.sentence, "not_allowed_now") from None
        except ListLocked as locked:
            raise Conflict(locked.sentence, "contacts_locked") from None
        return Response(self.shown(upload))

    @extend_schema(request=None, responses=ImportDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop: a file that waits is discarded, one that is loaded stops at the next piece and what is loaded stays."""
        upload = self.get_object()
        if not files.cancel(upload, timezone.now()):
            raise Conflict("Nothing is left to cancel: the file is finished.", "not_allowed_now")
        return Response(self.shown(upload))

    @extend_schema(request=None, responses=ImportDetailSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take a loaded file back, in the background, as long as none of its people was called."""
        return once(request, self.undone)

    def undone(self) -> Response:
        upload = self.get_object()
        try:
            undoing.begin_undo(upload, now=timezone.now(), **self.by)
        except undoing.NotUndoable as problem:
            raise Conflict(problem.sentence, "not_allowed_now") from None
        return Response(self.shown(upload))

    @extend_schema(responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The rows, lines and reasons.")})
    @action(detail=True, url_path="rejected")
    def rejected_rows(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The rows that were not taken as CSV, each with its line and the reason. Mended, it goes in as it is."""
        upload = self.get_object()
        answer = StreamingHttpResponse(rejected.as_csv(upload), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = content_disposition_header(True, rejected.file_name(upload))
        return answer
