"""/campaigns/: settings, actions, and what is known of one campaign."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.errors import Conflict
from accounts.rest.filters import IdFilter
from accounts.rest.idempotency import once
from accounts.rest.views import Creating, Reading, Updating
from accounts.roles import Permission
from campaigns import auditing, cloning, dispatch, lifecycle, readiness
from campaigns.api.answers import AuditSerializer, DispatchSerializer, ReadinessSerializer, StatsSerializer, stats
from campaigns.api.serializers import CampaignSerializer
from campaigns.choices import CampaignStatus
from campaigns.fields import LARGEST_PILOT
from campaigns.models import Audit, Campaign
from campaigns.transitions import Action


class CampaignFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=CampaignStatus.choices)
    name = filters.CharFilter(lookup_expr="icontains")
    agent = IdFilter(field_name="agent_id")
    tag = filters.CharFilter(method="with_tag")
    archived = filters.BooleanFilter(
        method="in_archive", label="true: archived ones only; else only those that are not archived"
    )

    class Meta:
        model = Campaign
        fields: list[str] = []

    def with_tag(self, rows: QuerySet[Campaign], name: str, tag: str) -> QuerySet[Campaign]:
        return rows.filter(tags__contains=f"|{tag}|")

    def in_archive(self, rows: QuerySet[Campaign], name: str, archived: bool) -> QuerySet[Campaign]:
        return rows.filter(archived_at__isnull=not archived)


class ActionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, help_text="Kept in the campaign's history.")


class StartSerializer(ActionSerializer):
    pilot_size = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_PILOT,
        required=False,
        help_text="Start as pilot: after so many calls the campaign pauses for review.",
    )


class CloneSerializer(serializers.Serializer[Any]):
    with_contacts = serializers.BooleanField(default=False)


TOLD = {
    Action.START: "Dial, or wait for the start time. 409 with the blockers when it is not ready.",
    Action.PAUSE: "No new calls; calls that are live finish.",
    Action.RESUME: "Dial again. 409 with the blockers when it is not ready.",
    Action.STOP: "Complete the campaign; calls that are live finish and count.",
    Action.CANCEL: "End it for good: no further call is ever placed.",
    Action.RESTART: "A new run of an ended campaign, paused for review until it is resumed.",
    Action.ARCHIVE: "Hide it; its history stays.",
    Action.UNARCHIVE: "Show it again.",
}


def acting(name: Action, taken: type[ActionSerializer] = ActionSerializer) -> Any:
    """One POST address of an action that `campaigns.lifecycle` knows."""

    def act(self: "CampaignViewSet", request: Request, pk: str) -> Response:
        given = taken(data=request.data)
        given.is_valid(raise_exception=True)
        return once(request, lambda: self.moved(name, given.validated_data))

    act.__name__ = name.value
    described = extend_schema(request=taken, responses=CampaignSerializer, description=TOLD[name])
    return described(action(detail=True, methods=["post"], url_path=name.value)(act))


class CampaignViewSet(Reading, Creating, Updating):
    queryset = Campaign.objects.select_related("agent").prefetch_related("pool")
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    ordering_fields = ["id", "name", "status", "created_at", "priority"]
    ordering = ["-created_at"]
    scopes = {
        **dict.fromkeys(["create", "partial_update", "clone", "check_again"], Permission.RUN),
        **dict.fromkeys(["start", "pause", "resume", "stop", "cancel", "restart"], Permission.RUN),
        **dict.fromkeys(["archive", "unarchive", "destroy"], Permission.DELETE),
    }

    start = acting(Action.START, StartSerializer)
    pause = acting(Action.PAUSE)
    resume = acting(Action.RESUME)
    stop = acting(Action.STOP)
    cancel = acting(Action.CANCEL)
    restart = acting(Action.RESTART)
    archive = acting(Action.ARCHIVE)
    unarchive = acting(Action.UNARCHIVE)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        hides_archived = self.action == "list" and "archived" not in self.request.query_params
        return rows.filter(archived_at__isnull=True) if hides_archived else rows

    def moved(self, name: Action, given: dict[str, Any]) -> Response:
        campaign = self.get_object()
        more = {"pilot": given["pilot_size"]} if "pilot_size" in given else {}
        try:
            campaign = lifecycle.act(campaign, name, reason=given.get("reason", ""), **more, **self.by)
        except lifecycle.Refused as refused:
            raise not_now(refused) from None
        return Response(self.get_serializer(campaign).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Only a campaign without calls; others are archived instead."""
        try:
            lifecycle.act(self.get_object(), Action.DELETE, **self.by)
        except lifecycle.Refused as refused:
            raise not_now(refused) from None
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=CloneSerializer, responses={201: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, pk: str) -> Response:
        """A new draft with this campaign's configuration, pool and goals; its contacts on request.

        A list of more than 500 people is copied in the background: see the draft's `contacts/bulk_actions/`.
        """
        given = CloneSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        campaign = self.get_object()
        return once(request, lambda: self.cloned(campaign, given.validated_data["with_contacts"]))

    def cloned(self, campaign: Campaign, with_contacts: bool) -> Response:
        try:
            draft = cloning.clone(campaign, with_contacts=with_contacts, **self.by)
        except cloning.Moving as moving:
            raise Conflict(moving.sentence, "contacts_moving") from None
        return Response(self.get_serializer(draft).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ReadinessSerializer)
    @action(detail=True)
    def readiness(self, request: Request, pk: str) -> Response:
        """Whether it is safe to launch: one row a check, and whether Start would be refused."""
        rows = readiness.check(self.get_object(), timezone.now())
        return Response(ReadinessSerializer({"ready": not readiness.blockers(rows), "rows": rows}).data)

    @extend_schema(responses=DispatchSerializer)
    @action(detail=True, url_path="dispatch", url_name="dispatch")
    def why(self, request: Request, pk: str) -> Response:
        """Why it is not dialing, most weighty reason first; empty when nothing holds it back."""
        reasons = dispatch.why(self.get_object(), timezone.now())
        return Response(DispatchSerializer({"reasons": reasons}).data)

    @extend_schema(responses=AuditSerializer)
    @action(detail=True)
    def audit(self, request: Request, pk: str) -> Response:
        """The latest check of its calls against the rules; 404 when there was none yet."""
        return Response(AuditSerializer(get_object_or_404(Audit, campaign=self.get_object())).data)

    @extend_schema(request=None, responses={202: None})
    @audit.mapping.post
    def check_again(self, request: Request, pk: str) -> Response:
        """Have its calls checked in the background; ask for the result with GET."""
        auditing.ask(self.get_object())
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=StatsSerializer)
    @action(detail=True)
    def stats(self, request: Request, pk: str) -> Response:
        """The figures that the pages show, from the same queries."""
        return Response(StatsSerializer(stats(self.get_object())).data)


def not_now(refused: lifecycle.Refused) -> Conflict:
    code = "not_ready" if refused.blockers else "not_allowed_now"
    return Conflict(refused.sentence, code, blockers=refused.blockers)
