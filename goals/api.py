"""/campaigns/{id}/goals/ for programs. Goals may change in any status of the campaign."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.errors import Conflict
from accounts.rest.views import Creating, Reading, Updating
from accounts.roles import Permission
from campaigns.models import Campaign
from goals import goals
from goals.models import Goal, GoalKind


class GoalSerializer(serializers.ModelSerializer[Goal]):
    kind = serializers.ChoiceField(
        choices=GoalKind.choices, default=GoalKind.SECONDARY, help_text="A new primary demotes the one there is."
    )

    class Meta:
        model = Goal
        fields = ["id", "name", "description", "kind", "target", "archived_at", "created_at"]
        read_only_fields = ["archived_at", "created_at"]

    def create(self, validated_data: dict[str, Any]) -> Goal:
        return goals.add(self.context["campaign"], **self._values(None, validated_data))

    def update(self, instance: Goal, validated_data: dict[str, Any]) -> Goal:
        try:
            return goals.change(instance, **self._values(instance, validated_data))
        except goals.Refused as refused:
            raise Conflict(refused.sentence, "not_allowed_now") from None

    def _values(self, goal: Goal | None, given: dict[str, Any]) -> dict[str, Any]:
        empty = {"name": "", "description": "", "kind": GoalKind.SECONDARY, "target": None}
        present = {name: getattr(goal, name) for name in empty} if goal else empty
        return {**present, **given, "now": self.context["now"], **self.context["by"]}


class GoalViewSet(Reading, Creating, Updating):
    queryset = Goal.objects.select_related("campaign")
    serializer_class = GoalSerializer
    workspace_lookup = "campaign__workspace"
    filterset_fields = ["kind"]
    ordering_fields = ["id", "name"]
    scopes = dict.fromkeys(["create", "partial_update", "archive", "restore"], Permission.RUN)

    @cached_property
    def campaign(self) -> Campaign:
        return get_object_or_404(Campaign, workspace=self.workspace, pk=self.kwargs["campaign_pk"])

    def get_queryset(self) -> QuerySet[Goal]:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.filter(campaign=self.campaign)

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else context | {"campaign": self.campaign}

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, campaign_pk: str, pk: str) -> Response:
        """Hide a goal; its results stay. Refused for the primary while goal-based retry needs it."""
        try:
            goals.archive(self.get_object(), now=self.get_serializer_context()["now"], **self.by)
        except goals.Refused as refused:
            raise Conflict(refused.sentence, "not_allowed_now") from None
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, campaign_pk: str, pk: str) -> Response:
        """Show an archived goal again."""
        goal = goals.restore(self.get_object(), now=self.get_serializer_context()["now"], **self.by)
        return Response(self.get_serializer(goal).data)
