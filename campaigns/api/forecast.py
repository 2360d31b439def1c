"""/campaigns/{id}/forecast/: when it will finish, what it will cost, and what would finish it by a given time."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.moments import TOO_FAR, too_far
from accounts.rest.errors import Conflict
from accounts.rest.views import WorkspaceViewSet
from accounts.roles import Permission
from campaigns import forecasting
from campaigns.choices import ENDED_STATUSES
from campaigns.forecasting import keeping
from campaigns.forecasting.assumptions import BadAssumptions, read
from campaigns.models import Campaign, Forecast
from campaigns.queries.counts import status_counts

AT_ONCE = 300  # people of a list whose first forecast is made within the request


class ForecastSerializer(serializers.Serializer[Any]):
    current = serializers.BooleanField(help_text="False: something has changed since, or it is being made.")
    asked_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    result = serializers.DictField(help_text="finish, calls, cost, conversations, unreached, hours, limits, question …")


class AssumptionsSerializer(serializers.Serializer[Any]):
    """What is left out stays as it was."""

    human = serializers.IntegerField(min_value=0, max_value=100, required=False)
    machine = serializers.IntegerField(min_value=0, max_value=100, required=False)
    no_answer = serializers.IntegerField(min_value=0, max_value=100, required=False)
    rnr = serializers.IntegerField(min_value=0, max_value=100, required=False)
    busy = serializers.IntegerField(min_value=0, max_value=100, required=False)
    rejected = serializers.IntegerField(min_value=0, max_value=100, required=False)
    error = serializers.IntegerField(min_value=0, max_value=100, required=False)
    ring_seconds = serializers.IntegerField(min_value=0, max_value=3600, required=False)
    talk_seconds = serializers.IntegerField(min_value=0, max_value=3600, required=False)
    machine_seconds = serializers.IntegerField(min_value=0, max_value=3600, required=False)
    goal_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    own_calls = serializers.BooleanField(required=False, help_text="Shares of the workspace's own calls, if enough.")
    finish_by = serializers.DateTimeField(required=False, help_text="What would finish it by then?")


class ForecastViewSet(WorkspaceViewSet):
    queryset = Campaign.objects.select_related("agent", "workspace", "schedule")
    serializer_class = ForecastSerializer
    filter_backends = []
    scopes = {"create": Permission.RUN}
    http_method_names = ["get", "post", "head", "options"]

    def get_object(self) -> Campaign:
        campaign: Campaign = get_object_or_404(self.get_queryset(), pk=self.kwargs["campaign_pk"])
        if campaign.status in ENDED_STATUSES:
            sentence = f"A {campaign.get_status_display().lower()} campaign has no forecast: nothing is ahead."
            raise Conflict(sentence, "not_allowed_now")
        return campaign

    @extend_schema(responses={200: ForecastSerializer, 202: ForecastSerializer})
    def list(self, request: Request, campaign_pk: str) -> Response:
        """The latest forecast. Where there is none or it is out of date a new one is made: of a short list at once,
        else behind the request, and the answer is 202."""
        campaign, now = self.get_object(), timezone.now()
        row = forecasting.latest(campaign)
        if not forecasting.is_current(row, campaign, now):
            short = status_counts(campaign).total <= AT_ONCE and not campaign.uploads.exists()
            row = forecasting.make(campaign, now) if short else forecasting.ask(campaign, now)
        assert row is not None
        return _answer(row, campaign)

    @extend_schema(request=AssumptionsSerializer, responses={202: ForecastSerializer})
    def create(self, request: Request, campaign_pk: str) -> Response:
        """Make a new one with these assumptions, behind the request. `finish_by` asks what would finish it by then."""
        campaign, now = self.get_object(), timezone.now()
        given = AssumptionsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        by = given.validated_data.pop("finish_by", None)
        if by is not None and by <= now:
            raise serializers.ValidationError({"finish_by": ["Give a time that lies ahead."]})
        if by is not None and too_far(by):
            raise serializers.ValidationError({"finish_by": [TOO_FAR]})
        try:
            assumed = read(given.validated_data, keeping.assumed(forecasting.latest(campaign)))
        except BadAssumptions as problem:
            raise serializers.ValidationError({"human": [str(problem)]}) from None
        return _answer(forecasting.ask(campaign, now, assumed, by=by), campaign)


def _answer(row: Forecast, campaign: Campaign) -> Response:
    done = row.made_at is not None and row.asked_at <= row.made_at
    body = {
        "current": done and forecasting.is_current(row, campaign, timezone.now()),
        "asked_at": row.asked_at,
        "made_at": row.made_at,
        "error": row.error,
        "result": row.result,
    }
    return Response(ForecastSerializer(body).data, status=status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED)
