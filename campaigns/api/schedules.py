"""/schedules/: call windows that several campaigns share."""

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.errors import Conflict, invalid
from accounts.rest.fields import JsonObject, Whole
from accounts.rest.views import Creating, Reading, Updating
from accounts.roles import Permission
from campaigns import schedules
from campaigns.models import Schedule

SPANS = {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}}


@extend_schema_field({"type": "object", "additionalProperties": SPANS})
class Days(JsonObject):
    """{"mon": [["09:00", "12:00"], ["13:00", "18:00"]], …}; a day that is missing is closed."""


class ExceptionSerializer(Whole):
    """Spans that replace those of one date; none: closed."""

    date = serializers.DateField()
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(max_length=5), min_length=2, max_length=2), default=list
    )
    note = serializers.CharField(max_length=120, default="", allow_blank=True)


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """The window format: `timezone`, `days`, `exceptions`. The hours are judged as a whole."""

    days = Days()
    exceptions = ExceptionSerializer(many=True, required=False)

    class Meta:
        model = Schedule
        fields = ["id", "name", "timezone", "days", "exceptions", "created_at"]
        read_only_fields = ["created_at"]

    def create(self, validated_data: dict[str, Any]) -> Schedule:
        return self._save(Schedule(workspace=self.context["workspace"]), validated_data)

    def update(self, instance: Schedule, validated_data: dict[str, Any]) -> Schedule:
        return self._save(instance, validated_data)

    def _save(self, row: Schedule, given: dict[str, Any]) -> Schedule:
        if "exceptions" in given:
            given["exceptions"] = [{**one, "date": one["date"].isoformat()} for one in given["exceptions"]]
        for name, value in given.items():
            setattr(row, name, value)
        try:
            return schedules.save(row, **self.context["by"])
        except ModelValidationError as problem:
            raise invalid(problem) from None


class ScheduleFilter(filters.FilterSet):
    name = filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Schedule
        fields = ["name", "timezone"]


class ScheduleViewSet(Reading, Creating, Updating):
    queryset = Schedule.objects.all()
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    ordering_fields = ["id", "name", "created_at"]
    scopes = dict.fromkeys(["create", "partial_update", "destroy"], Permission.SETUP)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Only a schedule that no campaign uses; 409 `in_use` names the campaigns."""
        try:
            schedules.remove(self.get_object(), **self.by)
        except schedules.StillUsed as refusal:
            raise Conflict(str(refusal), "in_use") from None
        return Response(status=status.HTTP_204_NO_CONTENT)
