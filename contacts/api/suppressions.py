"""/suppressions/ for programs."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.rest.idempotency import once
from accounts.rest.views import Creating, Reading
from accounts.roles import Permission
from campaigns.api.acts import BulkActionSerializer
from contacts import intake, suppression, unsuppressing
from contacts.api.filters import SuppressionFilter
from contacts.entries import Filters
from contacts.models import Suppression, SuppressionReason
from contacts.suppression import Entry


class SuppressionSerializer(serializers.ModelSerializer[Suppression]):
    phone_number = serializers.CharField(max_length=40)
    reason = serializers.ChoiceField(choices=SuppressionReason.choices, default=SuppressionReason.BY_HAND)

    class Meta:
        model = Suppression
        fields = ["id", "phone_number", "reason", "source", "note", "at"]
        read_only_fields = ["source", "at"]

    def validate_phone_number(self, text: str) -> str:
        try:
            return read_phone(text, self.context["workspace"].default_country).e164
        except NotAPhoneNumber as problem:
            raise serializers.ValidationError(str(problem)) from None

    @property
    def entry(self) -> Entry:
        asked = self.validated_data
        who, now = self.context["by"]["actor_name"], self.context["now"]
        return Entry(asked["phone_number"], asked["reason"], who, asked.get("note", ""), now)

    def create(self, validated_data: dict[str, Any]) -> Suppression:
        """Putting a listed number on the list again changes nothing: the first entry is answered."""
        workspace, entry = self.context["workspace"], self.entry
        suppression.put_safely(workspace.pk, [entry])
        return Suppression.objects.get(workspace=workspace, phone_number=entry.phone_number)


class SuppressionsSerializer(serializers.Serializer[Any]):
    """Each number is read by itself, so that one that cannot be read stops no other."""

    suppressions = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=intake.BULK)


class ListedSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in the request, from 0.")
    status = serializers.ChoiceField(choices=["added", "unchanged", "invalid"])
    phone_number = serializers.CharField(help_text="E.164; empty if invalid.")
    errors = serializers.DictField(  # type: ignore[assignment]
        help_text="Sentences by field; empty unless invalid."
    )


class RemovalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=500, help_text="Why they may be called again; kept in the audit trail of each number."
    )


class MatchingSerializer(RemovalSerializer):
    """`filters: {}` means the whole list."""

    filters = serializers.DictField(
        child=serializers.CharField(allow_blank=True), help_text=f"As in the list: {', '.join(Filters.names())}."
    )

    def validate_filters(self, given: dict[str, str]) -> Filters:
        """What the list refuses is refused here, too: a filter that is passed over would take more numbers off."""
        if unknown := sorted(set(given) - set(Filters.names())):
            raise serializers.ValidationError(f"Unknown: {', '.join(unknown)}. There are {', '.join(Filters.names())}.")
        read = SuppressionFilter(given, Suppression.objects.none())
        if not read.is_valid():
            raise serializers.ValidationError([f"{name}: {' '.join(said)}" for name, said in read.errors.items()])
        return Filters.of(given)


class SuppressionViewSet(Reading, Creating):
    queryset = Suppression.objects.all()
    serializer_class = SuppressionSerializer
    filterset_class = SuppressionFilter
    ordering_fields = ["id", "at", "phone_number"]
    ordering = ["-at"]
    scopes = {
        **dict.fromkeys(["create", "bulk"], Permission.SUPPRESS),
        **dict.fromkeys(["destroy", "remove"], Permission.UNSUPPRESS),
    }

    @extend_schema(request=SuppressionsSerializer, responses=ListedSerializer(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 numbers: new ones are listed, listed ones stay as they are, and one that cannot be read stops no
        other. For more send a file to /imports/ with the purpose “suppression”."""
        form = SuppressionsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.listed(form.validated_data["suppressions"]))

    def listed(self, given: list[dict[str, Any]]) -> Response:
        told: list[dict[str, Any]] = []
        entries: dict[str, Entry] = {}
        for index, one in enumerate(given):
            form = SuppressionSerializer(data=one, context=self.get_serializer_context())
            if form.is_valid():
                entry = form.entry
                entries.setdefault(entry.phone_number, entry)
                told.append({"index": index, "status": "", "phone_number": entry.phone_number, "errors": {}})
            else:
                told.append({"index": index, "status": "invalid", "phone_number": "", "errors": form.errors})
        fresh = suppression.put_safely(self.workspace.pk, list(entries.values()))
        for row in told:
            if not row["status"]:
                row["status"] = "added" if row["phone_number"] in fresh else "unchanged"
                fresh.discard(row["phone_number"])
        return Response(ListedSerializer(told, many=True).data)

    @extend_schema(parameters=[RemovalSerializer], responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The number may be called again. Say why in `?reason=`."""
        form = RemovalSerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        suppression.remove([self.get_object()], reason=form.validated_data["reason"], **self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=MatchingSerializer, responses={201: BulkActionSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def remove(self, request: Request) -> Response:
        """All numbers that match may be called again. Up to 2,000 are taken off before the answer comes; more of them
        go on in the background: watched and cancelled under /contacts/bulk_actions/."""
        form = MatchingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.removed(form.validated_data))

    def removed(self, asked: dict[str, Any]) -> Response:
        now = timezone.now()
        row = unsuppressing.remove_matching(self.workspace, asked["filters"], asked["reason"], now=now, **self.by)
        return Response(BulkActionSerializer(row).data, status=status.HTTP_201_CREATED)
