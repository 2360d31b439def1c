"""/contacts/bulk_actions/: one act on many people of the workspace, for programs."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.fields import JsonObject
from accounts.rest.idempotency import once
from accounts.rest.views import Reading
from accounts.roles import Permission
from accounts.tokens import grants
from campaigns import acts
from contacts import bulk, unsuppressing
from contacts.acts import Refused
from contacts.models import BulkAction
from contacts.queries import Filters


class BulkActionSerializer(serializers.ModelSerializer[BulkAction]):
    """An act on many people: how far it is, and what came of it."""

    class Meta:
        model = BulkAction
        fields = ["id", "action", "words", "params", "filters", "status", "total", "done", "skipped", "problem"]
        fields += ["created_at", "started_at", "finished_at"]
        read_only_fields = fields


class AskedSerializer(serializers.Serializer[Any]):
    """Who is meant is said by `filters` or by `ids`, never by both; `filters: {}` means everybody."""

    action = serializers.ChoiceField(choices=acts.ACTIONS)
    filters = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text=f"As in the list: {', '.join(Filters.names())}.",
    )
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=bulk.AT_ONCE
    )
    params = JsonObject(
        required=False,
        help_text="tag and untag: {tags: “a, b”}; hold: {until, reason}; campaign: {campaign: id}.",
    )

    def validate_filters(self, given: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(given) - set(Filters.names()))
        if unknown:
            raise serializers.ValidationError(f"Unknown: {', '.join(unknown)}. There are {', '.join(Filters.names())}.")
        return given

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("filters" in attrs) == ("ids" in attrs):
            raise serializers.ValidationError("Give either filters or ids.")
        return attrs


class BulkActionViewSet(Reading):
    """Up to 2,000 people are done before the answer comes; more of them go on in the background."""

    queryset = BulkAction.objects.all()
    serializer_class = BulkActionSerializer
    filterset_fields = ["action", "status"]
    ordering_fields = ["id", "created_at"]
    ordering = ["-id"]
    scopes = dict.fromkeys(["create", "cancel"], Permission.CONTACTS)

    @extend_schema(request=AskedSerializer, responses={201: BulkActionSerializer})
    def create(self, request: Request) -> Response:
        """Begin one: `tag`, `untag`, `hold`, `unhold`, or `campaign` (which needs the scope “run” as well)."""
        form = AskedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.begun(form.validated_data))

    @extend_schema(request=None, responses=BulkActionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop at the next piece. Who is done stays done; one that has ended stays as it is."""
        row = self.get_object()
        if hasattr(row, "campaign_action") or row.action == acts.CAMPAIGN:
            self.allowed("Stopping what is done to a campaign's list")
        if row.action == unsuppressing.ACTION:
            self.allowed("Stopping what takes numbers off the suppression list", Permission.UNSUPPRESS)
        bulk.cancel(row, timezone.now())
        return Response(self.get_serializer(row).data)

    def begun(self, asked: dict[str, Any]) -> Response:
        if asked["action"] == acts.CAMPAIGN:
            self.allowed("Adding people to a campaign")
        filters = Filters.of(asked["filters"]) if "filters" in asked else None
        try:
            row = acts.begin(
                self.workspace,
                asked["action"],
                asked.get("params", {}),
                filters=filters,
                ids=asked.get("ids", ()),
                user=None,
                actor_name=str(self.request.user),
                now=timezone.now(),
            )
        except Refused as refused:
            raise serializers.ValidationError({refused.field: [refused.sentence]}) from None
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def allowed(self, what: str, needs: Permission = Permission.RUN) -> None:
        """Raises PermissionDenied for a token that may not."""
        if not grants(self.token, needs):
            raise PermissionDenied(f"{what} needs the scope “{needs.value}”.")
