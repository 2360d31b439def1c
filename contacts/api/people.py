"""/contacts/ for programs."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.moments import TOO_FAR, too_far
from accounts.rest.errors import Conflict
from accounts.rest.fields import InWorkspace
from accounts.rest.idempotency import once
from accounts.rest.views import Creating, Reading, Updating
from accounts.roles import Permission
from campaigns.merging import merge
from contacts import intake, people
from contacts.api.filters import ContactFilter
from contacts.intake import BulkSerializer, PersonSerializer
from contacts.merging import NotMerged
from contacts.models import Contact


class TakenSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in the request, from 0.")
    status = serializers.ChoiceField(choices=["added", "updated", "unchanged", "duplicate", "suppressed", "invalid"])
    contact = serializers.IntegerField(allow_null=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        help_text="Sentences by field; empty unless invalid, duplicate or suppressed."
    )


class HoldSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=200)

    def validate_until(self, until: Any) -> Any:
        if until <= timezone.now():
            raise serializers.ValidationError("This time has passed. Choose a later one.")
        if too_far(until):
            raise serializers.ValidationError(TOO_FAR)
        return until


class MergeSerializer(serializers.Serializer[Any]):
    other = InWorkspace(queryset=Contact.objects.all(), help_text="The contact that goes.")


class ContactViewSet(Reading, Creating, Updating):
    queryset = Contact.objects.all()
    serializer_class = PersonSerializer
    filterset_class = ContactFilter
    ordering_fields = ["id", "name", "phone_number", "company", "created_at", "updated_at"]
    scopes = dict.fromkeys(["create", "partial_update", "bulk", "hold", "unhold", "merge"], Permission.CONTACTS)

    @extend_schema(request=BulkSerializer, responses=TakenSerializer(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 people: new ones are added, known ones updated, and one that cannot be read stops nobody else.
        Of a number that is given more than once the first counts; the others are duplicates. Who is on the suppression
        list is left as they are."""
        form = BulkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.taken(form.validated_data["contacts"]))

    @extend_schema(request=HoldSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Nobody calls this person before `until`, in no campaign. Calls under way go on."""
        form = HoldSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        contact, asked = self.get_object(), form.validated_data
        people.hold(contact, asked["until"], asked["reason"], now=timezone.now(), **self.by)
        return Response(self.get_serializer(contact).data)

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def unhold(self, request: Request, pk: str) -> Response:
        """The person may be called again at once."""
        contact = self.get_object()
        people.unhold(contact, now=timezone.now(), **self.by)
        return Response(self.get_serializer(contact).data)

    @extend_schema(request=MergeSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Two contacts are one person: this one stays, and takes over all that is known of the other."""
        contact = self.get_object()
        form = MergeSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        try:
            kept = merge(contact, form.validated_data["other"], now=timezone.now(), **self.by)
        except NotMerged as refusal:
            raise Conflict(refusal.sentence, "not_merged") from None
        return Response(self.get_serializer(kept).data)

    def taken(self, given: list[dict[str, Any]]) -> Response:
        with transaction.atomic():
            rows = intake.take(self.workspace, given, now=timezone.now(), **self.by)
        return Response(TakenSerializer(rows, many=True).data)
