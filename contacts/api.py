"""/contacts/ and /suppressions/ for programs."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.moments import TOO_FAR, too_far
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.rest.errors import Conflict
from accounts.rest.fields import InWorkspace, JsonObject
from accounts.rest.filters import MomentFilter
from accounts.rest.idempotency import once
from accounts.rest.views import Creating, Reading, Updating, WorkspaceViewSet
from accounts.roles import Permission
from campaigns.dialing import law
from campaigns.dialing.spans import InvalidWindow
from campaigns.merging import merge
from contacts import intake, people, queries, safe_hours, suppression
from contacts.intake import BulkSerializer, PersonSerializer
from contacts.merging import NotMerged
from contacts.models import Contact, Suppression, SuppressionReason
from contacts.suppression import Entry


class ContactFilter(filters.FilterSet):
    q = filters.CharFilter(method="by_words", help_text="Any part of name, number, company, e-mail, id or tag.")
    phone_number = filters.CharFilter()
    name = filters.CharFilter(lookup_expr="icontains")
    company = filters.CharFilter(lookup_expr="icontains")
    tag = filters.CharFilter(method="with_tag")
    suppressed = filters.BooleanFilter(method="on_the_list")
    updated_after = MomentFilter(field_name="updated_at", lookup_expr="gt")

    class Meta:
        model = Contact
        fields = ["phone_number", "name", "company", "country", "external_id", "tag", "suppressed", "updated_after"]

    def by_words(self, rows: QuerySet[Contact], name: str, text: str) -> QuerySet[Contact]:
        return queries.search(rows, self.request.auth.workspace_id, text)

    def with_tag(self, rows: QuerySet[Contact], name: str, tag: str) -> QuerySet[Contact]:
        return queries.search(rows, self.request.auth.workspace_id, "", tag=tag)

    def on_the_list(self, rows: QuerySet[Contact], name: str, suppressed: bool) -> QuerySet[Contact]:
        listed = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
        return rows.filter(Exists(listed) if suppressed else ~Exists(listed))


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
    ordering_fields = ["id", "name", "created_at", "updated_at"]
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
        max_length=300, help_text="Why this number may be called again; kept in the audit trail."
    )


class SuppressionViewSet(Reading, Creating):
    queryset = Suppression.objects.all()
    serializer_class = SuppressionSerializer
    filterset_fields = ["phone_number", "reason"]
    ordering_fields = ["id", "at", "phone_number"]
    ordering = ["-at"]
    scopes = {"create": Permission.SUPPRESS, "bulk": Permission.SUPPRESS, "destroy": Permission.UNSUPPRESS}

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


class SafeHoursSerializer(serializers.Serializer[Any]):
    """When people of a country or US state may be called at all, in their own time zone; no day: never."""

    country = serializers.RegexField(
        r"^([A-Z]{2})?$", allow_blank=True, help_text="ISO code; empty: every country without a row."
    )
    region = serializers.RegexField(
        r"^[A-Z0-9]{0,3}$", default="", allow_blank=True, help_text="A US state, such as CA."
    )
    days = JsonObject(help_text='{"mon": [["08:00", "21:00"]], …}; a day that is missing is closed.')
    source = serializers.CharField(max_length=300)  # type: ignore[assignment]
    as_of = serializers.DateField(default=None, allow_null=True)
    own = serializers.BooleanField(read_only=True, help_text="Whether it stands in place of a shipped row, or beside.")
    changed_by = serializers.CharField(read_only=True)

    def validate_days(self, days: dict[str, Any]) -> dict[str, Any]:
        try:
            law.week(days)
        except InvalidWindow as problem:
            raise serializers.ValidationError(str(problem)) from None
        return days

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["region"] and not attrs["country"]:
            raise serializers.ValidationError({"country": ["A region needs its country."]})
        return attrs


class SafeHoursViewSet(WorkspaceViewSet):
    """The table that holds in this workspace: the shipped rows, overlaid by its own. Addresses: US, US-CA; 00 is the
    row of every other country."""

    serializer_class = SafeHoursSerializer
    pagination_class = None  # type: ignore[assignment]
    filter_backends = []
    lookup_field = "place"
    lookup_value_regex = r"(?:[A-Z]{2}|00)(?:-[A-Z0-9]{1,3})?"
    scopes = dict.fromkeys(["create", "destroy"], Permission.COMPLIANCE)

    @extend_schema(responses=SafeHoursSerializer(many=True))
    def list(self, request: Request) -> Response:
        rows = sorted(safe_hours.table(self.workspace).values(), key=lambda row: (row.country, row.region))
        return Response(SafeHoursSerializer(rows, many=True).data)

    @extend_schema(request=SafeHoursSerializer, responses={200: SafeHoursSerializer})
    def create(self, request: Request) -> Response:
        """Set the workspace's own row of a country or state; a second time it is replaced."""
        form = SafeHoursSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        place = (asked["country"], asked["region"])
        safe_hours.set_row(self.workspace, *place, asked["days"], asked["source"], as_of=asked["as_of"], **self.by)
        return Response(SafeHoursSerializer(safe_hours.table(self.workspace)[place]).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, place: str) -> Response:
        """The shipped row holds again, or none where nothing is shipped. 404 for a row that is not the workspace's."""
        country, _, region = place.partition("-")
        if not safe_hours.reset_row(self.workspace, "" if country == "00" else country, region, **self.by):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
