"""The base of every API view: rows of the token's workspace and of no other, pages by cursor, creation by key."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, status
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import ApiToken, Workspace
from accounts.rest.idempotency import once
from accounts.rest.paging import CursorPaging
from accounts.rest.parsers import JsonParser
from accounts.rest.throttle import PerToken
from accounts.roles import Permission


class WorkspaceViewSet(GenericViewSet[Any]):
    """Someone else's object is a 404, because every look-up starts from `in_workspace`.

    scopes            the Permission that each action needs beyond READ (see accounts.tokens.HasScope)
    workspace_lookup  the way from a row to its workspace
    """

    scopes: ClassVar[dict[str, Permission]] = {}
    workspace_lookup = "workspace"
    pagination_class = CursorPaging
    parser_classes = [JsonParser]
    throttle_classes = [PerToken]
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    ordering: Any = ["id"]
    lookup_value_regex = r"\d{1,18}"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    @property
    def token(self) -> ApiToken:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token

    @property
    def workspace(self) -> Workspace:
        return self.token.workspace

    @property
    def by(self) -> dict[str, Any]:
        """Who acts, as core functions take it: no person, but a name that the history keeps."""
        return {"actor": None, "actor_name": str(self.request.user)}

    def in_workspace(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(**{self.workspace_lookup: self.workspace.pk})

    def get_queryset(self) -> QuerySet[Any]:
        return self.in_workspace(super().get_queryset())

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters are for lists: one object is found by its id, whatever else the address says."""
        return queryset if self.detail else super().filter_queryset(queryset)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context |= {"workspace": self.workspace, "by": self.by, "now": timezone.now()}
        return context


class Reading(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """List and retrieve."""


class Creating(WorkspaceViewSet):
    """POST makes one row; the same Idempotency-Key twice makes it once."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return once(request, self.made)

    def made(self) -> Response:
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=status.HTTP_201_CREATED)


class Updating(WorkspaceViewSet):
    """PATCH changes the fields it names and no others."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)
