"""/campaigns/{id}/contacts/: a campaign's list, adding to it, and moving people by hand."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.collisions import again
from accounts.rest.errors import Conflict
from accounts.rest.filters import IdFilter, PageFilters
from accounts.rest.idempotency import once
from accounts.rest.views import Reading
from accounts.roles import Permission
from campaigns import audience, locks
from campaigns.api.rows import (
    AddSerializer,
    CampaignContactSerializer,
    PlacedSerializer,
    WhyNotSerializer,
)
from campaigns.blockers import blockers
from campaigns.choices import ContactStatus, Priority
from campaigns.models import Campaign, CampaignContact
from campaigns.queries.people import found, talks_of
from campaigns.queries.people_filter import ATTEMPTS, BARRED, CALLED, LAST_OUTCOMES, PeopleFilter
from campaigns.transitions import HandMove
from contacts import intake
from contacts.intake import BulkSerializer, Taken

# Named here: within the view set `list` is the action.
Rows = list[CampaignContact]
Objects = list[dict[str, Any]]
Variables = list[tuple[int, dict[str, Any]]]
BARRED_PERSON = "This person is on the suppression list and cannot be added."


class ListFilter(PageFilters):
    """Those of the page under their names, and the ways to find one person."""

    q = filters.CharFilter(method="unasked", help_text="Any part of a name, number, company, e-mail or tag.")
    status = filters.MultipleChoiceFilter(choices=ContactStatus.choices, method="unasked")
    priority = filters.ChoiceFilter(choices=[(p.word, p.label) for p in Priority], method="unasked")
    tag = filters.CharFilter(method="unasked")
    country = filters.CharFilter(method="unasked", help_text="Two letters.")
    called = filters.ChoiceFilter(choices=[(word, word) for word in CALLED], method="unasked", help_text="Ever.")
    attempts = filters.ChoiceFilter(
        choices=[(word, word) for word in ATTEMPTS], method="unasked", help_text="In this run; 3 means 3 or more."
    )
    outcome = filters.ChoiceFilter(choices=LAST_OUTCOMES, method="unasked", help_text="Of the last call.")
    barred = filters.ChoiceFilter(choices=[(word, word) for word in BARRED], method="unasked")
    contact = IdFilter(field_name="contact_id")
    phone_number = filters.CharFilter(field_name="contact__phone_number")
    external_id = filters.CharFilter(field_name="contact__external_id")

    class Meta:
        model = CampaignContact
        fields: list[str] = []

    def asked_for(self, asked: dict[str, Any], rows: QuerySet[CampaignContact]) -> QuerySet[CampaignContact]:
        wanted = PeopleFilter.read(asked, asked.get("status", ()))
        return found(self.request.parser_context["view"].campaign, wanted, rows)[0] if wanted.narrows else rows


def by_hand(move: HandMove, told: str) -> Any:
    """One POST address that moves a contact by hand."""

    def act(self: "CampaignContactViewSet", request: Request, campaign_pk: str, pk: str) -> Response:
        return self.moved(move)

    act.__name__ = move.value
    described = extend_schema(request=None, responses=CampaignContactSerializer, description=told)
    return described(action(detail=True, methods=["post"], url_path=move.value)(act))


class CampaignContactViewSet(Reading):
    queryset = CampaignContact.objects.select_related("contact", "detail", "hours_key")
    serializer_class = CampaignContactSerializer
    filterset_class = ListFilter
    workspace_lookup = "campaign__workspace"
    ordering_fields = ["id", "status", "priority", "name", "phone_number"]
    scopes = {
        **dict.fromkeys(["create", "bulk"], Permission.CONTACTS),
        **dict.fromkeys(["retry", "set_pending", "set_completed", "exclude"], Permission.RUN),
    }

    retry = by_hand(HandMove.RETRY, "Due now, right after due callbacks, with a new count towards the maximum.")
    set_pending = by_hand(HandMove.SET_PENDING, "Back to its place in the list, with a new count.")
    set_completed = by_hand(HandMove.SET_COMPLETED, "Done: nobody calls this person in this campaign again.")
    exclude = by_hand(HandMove.EXCLUDE, "Left out of this campaign.")

    @cached_property
    def campaign(self) -> Campaign:
        rows = Campaign.objects.select_related("agent", "workspace").filter(workspace=self.workspace)
        return get_object_or_404(rows, pk=self.kwargs["campaign_pk"])

    def get_queryset(self) -> QuerySet[CampaignContact]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        # The names of the orders that stand on contacts' indexes, which begin with the workspace.
        people = {"name": F("contact__name"), "phone_number": F("contact__phone_number")}
        return rows.filter(campaign=self.campaign, contact__workspace=self.workspace).annotate(**people)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert rows is not None
        return self.get_paginated_response(self.shown(rows))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.shown([self.get_object()])[0])

    def shown(self, rows: Rows) -> Objects:
        why = blockers(self.campaign, rows, timezone.now())
        context = self.get_serializer_context() | {"talks": talks_of([row.pk for row in rows]), "blockers": why}
        return list(CampaignContactSerializer(rows, many=True, context=context).data)

    @extend_schema(responses=WhyNotSerializer)
    @action(detail=True)
    def why(self, request: Request, campaign_pk: str, pk: str) -> Response:
        """Why this person is not being called now, and when they will be eligible next."""
        row = self.get_object()
        return Response(WhyNotSerializer(blockers(self.campaign, [row], timezone.now())[row.pk]).data)

    @extend_schema(request=AddSerializer, responses={201: CampaignContactSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put one person on the list: `contact` names a known one, or the fields of a contact add or update one."""
        campaign = self.campaign
        form = AddSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.added(campaign, form.validated_data))

    def added(self, campaign: Campaign, given: dict[str, Any]) -> Response:
        contact_id, word = again(lambda: self.place(campaign, given, timezone.now()))
        if word == "suppressed":
            raise Conflict(BARRED_PERSON, "suppressed")
        row = self.get_queryset().get(contact=contact_id)
        made = status.HTTP_201_CREATED if word == "added" else status.HTTP_200_OK
        return Response(self.shown([row])[0], status=made)

    def place(self, campaign: Campaign, given: dict[str, Any], now: datetime) -> tuple[int, str]:
        """Who was put on the list, and what it came to. Joins the transaction."""
        held, contact = held_open(campaign), given.get("contact")
        contact_id = self.taken(now) if contact is None else contact.pk
        return contact_id, enrolled(held, [(contact_id, given.get("variables", {}))], now)[contact_id]

    def taken(self, now: datetime) -> int:
        """The contact that the request's own fields add or update."""
        made = intake.take(self.workspace, [dict(self.request.data)], now=now, **self.by)[0]
        if made.status == "suppressed":
            raise Conflict(BARRED_PERSON, "suppressed")
        if made.contact is None:
            raise serializers.ValidationError(made.errors)
        return made.contact

    @extend_schema(request=BulkSerializer, responses=PlacedSerializer(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request, campaign_pk: str) -> Response:
        """Put up to 1,000 people on the list, in the order given; one that cannot be read stops nobody else."""
        campaign = self.campaign
        form = BulkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return once(request, lambda: self.placed(campaign, form.validated_data["contacts"]))

    def placed(self, campaign: Campaign, given: Objects) -> Response:
        def put() -> tuple[list[Taken], dict[int, str]]:
            now, held = timezone.now(), held_open(campaign)
            rows = intake.take(self.workspace, given, now=now, **self.by)
            variables = {row.contact: row.variables for row in rows if row.contact is not None}
            return rows, enrolled(held, list(variables.items()), now)

        rows, words = again(put)
        return Response(PlacedSerializer([seen(row, words) for row in rows], many=True).data)

    def moved(self, move: HandMove) -> Response:
        row = self.get_object()
        now, actor = timezone.now(), self.by["actor_name"]
        result = audience.by_hand(self.campaign, [row.pk], move, now=now, actor_name=actor)
        if result.skipped:
            raise Conflict(next(iter(result.skipped)), "not_allowed_now")
        return Response(self.shown([self.get_object()])[0])


def refuse_locked(campaign: Campaign) -> None:
    if reason := locks.list_locked(campaign):
        raise Conflict(reason, "contacts_locked")


def held_open(campaign: Campaign) -> Campaign:
    """The campaign's row, held before any person's, as intakes do: nobody waits for each other. The lock is asked
    again under it: Start may have won."""
    held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    refuse_locked(held)
    return held


def enrolled(campaign: Campaign, people: Variables, now: datetime) -> dict[int, str]:
    """Contact → what enrolling came to."""
    enrolments = [audience.Enrolment(contact, variables) for contact, variables in people]
    return audience.enrol(campaign, enrolments, now).by_contact


def seen(row: Taken, words: dict[int, str]) -> dict[str, Any]:
    word = words[row.contact] if row.contact is not None else row.status
    return {"index": row.index, "status": word, "contact": row.contact, "errors": row.errors}
