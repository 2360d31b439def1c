"""/campaigns/{id}/contacts/bulk_actions/: one act on many people of a campaign's list, or on all that match."""

from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.errors import Conflict
from accounts.rest.fields import JsonObject
from accounts.rest.idempotency import once
from accounts.rest.views import Reading
from accounts.roles import Permission
from accounts.tokens import grants
from campaigns import bulk
from campaigns.api.acts import BulkActionSerializer
from campaigns.bulk import ENROL, ON_PEOPLE, Asked
from campaigns.models import Campaign, CampaignAction
from campaigns.queries.newcomers import NewcomerFilter
from campaigns.queries.people_filter import PeopleFilter
from campaigns.transitions import HandMove
from contacts import acts
from contacts import bulk as jobs
from contacts.models import BulkAction

FILTERS = ("q", "status", "priority", "tag", "country", "called", "attempts", "outcome", "barred")
TO_ENROL = ("q", "tag", "country")


class ActOnListSerializer(serializers.Serializer[Any]):
    """Who is meant is said by `filters` or by `ids`, never by both; `filters: {}` means everybody."""

    action = serializers.ChoiceField(choices=[*HandMove.__members__.values(), *ON_PEOPLE, ENROL])
    filters = JsonObject(
        required=False,
        help_text=f"As in the list: {', '.join(FILTERS)}; status may be a list. For enrol: {', '.join(TO_ENROL)}, "
        "among the people of the workspace who are not in the campaign.",
    )
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=jobs.AT_ONCE,
        help_text="Of campaign contacts; for enrol, of contacts.",
    )
    params = JsonObject(required=False, help_text="tag and untag: {tags: “a, b”}; hold: {until, reason}.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("filters" in attrs) == ("ids" in attrs):
            raise serializers.ValidationError("Give either filters or ids.")
        known = TO_ENROL if attrs["action"] == ENROL else FILTERS
        unknown = sorted(set(attrs.get("filters", {})) - set(known))
        if unknown:
            raise serializers.ValidationError({"filters": f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}."})
        status = attrs.get("filters", {}).get("status", "")
        if not isinstance(status, str) and not (isinstance(status, list) and all(isinstance(s, str) for s in status)):
            raise serializers.ValidationError({"filters": "status is a text or a list of texts."})
        try:
            attrs["params"] = acts.checked(attrs["action"], attrs.get("params", {}), timezone.now())
        except acts.Refused as refusal:
            raise serializers.ValidationError({refusal.field: refusal.sentence}) from None
        return attrs


class CampaignActionViewSet(Reading):
    """People named by ids (up to 2,000) are done before the answer comes. With filters a job begins: read it again to
    see how far it is. One at a time works on a list; another one is refused with 409 `bulk_under_way`."""

    queryset = BulkAction.objects.all()
    serializer_class = BulkActionSerializer
    filterset_fields = ["action", "status"]
    ordering_fields = ["id"]
    ordering = ["-id"]
    scopes = dict.fromkeys(["create", "cancel"], Permission.RUN)

    @cached_property
    def campaign(self) -> Campaign:
        rows = Campaign.objects.select_related("workspace").filter(workspace=self.workspace)
        return get_object_or_404(rows, pk=self.kwargs["campaign_pk"])

    def get_queryset(self) -> QuerySet[BulkAction]:
        rows = super().get_queryset()
        shown = getattr(self, "swagger_fake_view", False)
        return rows if shown else rows.filter(campaign_action__campaign=self.campaign)

    @extend_schema(request=ActOnListSerializer, responses={201: BulkActionSerializer})
    def create(self, request: Request, campaign_pk: str) -> Response:
        """Begin one: `retry`, `set_pending`, `set_completed`, `exclude`; `tag`, `untag`, `hold`, `unhold` and `enrol`
        need the scope “contacts” as well."""
        campaign = self.campaign
        form = ActOnListSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        if given["action"] not in set(HandMove) and not grants(self.token, Permission.CONTACTS):
            raise PermissionDenied("This needs the scope “contacts”.")
        return once(request, lambda: self.begun(campaign, given))

    @extend_schema(request=None, responses=BulkActionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, campaign_pk: str, pk: str) -> Response:
        """Stop at the next piece. Who is done stays done; one that has ended stays as it is."""
        row = self.get_object()
        jobs.cancel(row, timezone.now())
        return Response(self.get_serializer(row).data)

    def begun(self, campaign: Campaign, given: dict[str, Any]) -> Response:
        asked = Asked(given["action"], None, str(self.request.user), given["params"])
        try:
            row = (
                self.job(campaign, asked, given["filters"]) if "filters" in given else self.done(campaign, asked, given)
            )
        except bulk.Refused as refusal:
            raise Conflict(refusal.sentence, refusal.code) from None
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def job(self, campaign: Campaign, asked: Asked, filters: dict[str, Any]) -> BulkAction:
        now = timezone.now()
        if asked.action == ENROL:
            return bulk.enrol(campaign, asked, NewcomerFilter.read(filters), now).bulk
        statuses = filters.get("status") or []
        wanted = PeopleFilter.read(filters, [statuses] if isinstance(statuses, str) else statuses)
        return bulk.move(campaign, asked, wanted, now).bulk

    def done(self, campaign: Campaign, asked: Asked, given: dict[str, Any]) -> BulkAction:
        """These people, at once; the row says what came of it."""
        now, ids = timezone.now(), sorted(set(given["ids"]))
        with transaction.atomic():
            words = f"{bulk.WORDS[asked.action]}: {campaign.name}"
            row = jobs.finished(campaign.workspace, asked.action, words, total=len(ids), now=now, params=asked.params)
            CampaignAction.objects.create(campaign=campaign, bulk=row)
            step = bulk.at_once(campaign, asked, ids, now)
            row.done, row.skipped = step.done, dict(step.skipped)
            row.save(update_fields=["done", "skipped"])
        return row
