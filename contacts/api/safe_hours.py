"""/safe-hours/ for programs."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.fields import JsonObject
from accounts.rest.views import WorkspaceViewSet
from accounts.roles import Permission
from campaigns.dialing import law
from campaigns.dialing.spans import InvalidWindow
from contacts import safe_hours


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
