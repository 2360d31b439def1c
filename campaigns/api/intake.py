"""/campaigns/{id}/intake/: the address to which forms and other systems send people."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.fields import JsonObject
from accounts.rest.idempotency import once
from accounts.rest.views import WorkspaceViewSet
from accounts.roles import Permission
from campaigns import intake
from campaigns.intake_mapping import BadMapping, check
from campaigns.models import Campaign, Intake
from campaigns.views.intake import address_of


class IntakeSerializer(serializers.Serializer[Any]):
    url = serializers.SerializerMethodField(help_text="Whoever knows it may add people to the campaign.")
    enabled = serializers.BooleanField()
    mapping = JsonObject(
        help_text="Contact field or “variable:NAME” → place, as data.phone. {}: fields by their names."
    )
    created_at = serializers.DateTimeField(read_only=True)

    def get_url(self, found: Intake) -> str:
        return address_of(found)


class IntakeChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    enabled = serializers.BooleanField(required=False)
    mapping = JsonObject(required=False)
    new_address = serializers.BooleanField(required=False, help_text="True: the present address is dead at once.")

    def validate_mapping(self, value: dict[str, Any]) -> dict[str, str]:
        try:
            return check(value)
        except BadMapping as problem:
            raise serializers.ValidationError(str(problem)) from None


class IntakeViewSet(WorkspaceViewSet):
    """One of each campaign. Whoever knows the address may add people: those see it who may run campaigns."""

    queryset = Campaign.objects.select_related("workspace")
    serializer_class = IntakeSerializer
    filter_backends = []
    scopes = dict.fromkeys(["retrieve", "create", "partial_update", "destroy"], Permission.RUN)

    def campaign(self) -> Campaign:
        rows: QuerySet[Campaign] = self.get_queryset()
        return get_object_or_404(rows, pk=self.kwargs["campaign_pk"])

    def get_object(self) -> Intake:
        found = Intake.objects.select_related("campaign").filter(campaign=self.campaign()).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(responses=IntakeSerializer)
    def retrieve(self, request: Request, campaign_pk: str) -> Response:
        return Response(IntakeSerializer(self.get_object()).data)

    @extend_schema(request=IntakeChangeSerializer, responses={200: IntakeSerializer, 201: IntakeSerializer})
    def create(self, request: Request, campaign_pk: str) -> Response:
        """Make the campaign's intake; 200 with the one that is there where it has one."""
        campaign = self.campaign()
        given = IntakeChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return once(request, lambda: self._made(campaign, given.validated_data))

    def _made(self, campaign: Campaign, given: dict[str, Any]) -> Response:
        there = Intake.objects.filter(campaign=campaign).exists()
        found = self._changed(intake.make(campaign, **self.by), given)
        made = status.HTTP_200_OK if there else status.HTTP_201_CREATED
        return Response(IntakeSerializer(found).data, status=made)

    @extend_schema(request=IntakeChangeSerializer, responses=IntakeSerializer)
    def partial_update(self, request: Request, campaign_pk: str) -> Response:
        """Open or close it, map its fields, or give it another address."""
        found = self.get_object()
        given = IntakeChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(IntakeSerializer(self._changed(found, given.validated_data)).data)

    def _changed(self, found: Intake, given: dict[str, Any]) -> Intake:
        return intake.change(
            found,
            enabled=given.get("enabled"),
            mapping=given.get("mapping"),
            new_secret=given.get("new_address", False),
            **self.by,
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, campaign_pk: str) -> Response:
        """Address, mapping and deliveries go; the people who came stay."""
        intake.remove(self.get_object(), **self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)
