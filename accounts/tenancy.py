"""The current workspace of a request, and queries that never leave it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.models import Membership, User, Workspace
from accounts.roles import may

SESSION_KEY = "workspace"
M = TypeVar("M", bound=models.Model)
View = Callable[..., HttpResponse]


class WorkspaceRequest(HttpRequest):
    """A request that passed `page`: signed in, in a workspace, with a role there."""

    user: User
    workspace: Workspace
    role: str


def picked(memberships: list[Membership], chosen: object) -> Membership | None:
    """The membership that a person works under: the chosen workspace's, or the only one there is; else None."""
    if len(memberships) == 1:
        return memberships[0]
    return next((membership for membership in memberships if membership.workspace_id == chosen), None)


def to_sign_in(request: Any) -> HttpResponse:
    """Sign in, then come back here. For a part of a page: the whole page goes there, not the part."""
    if request.htmx:
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = redirect_to_login(request.htmx.current_url_abs_path or "/").url
        return answer
    return redirect_to_login(request.get_full_path())


def page(permission: str) -> Callable[[View], View]:
    """Guard a page: sign-in, then a workspace, then the permission (403 with a sentence)."""

    def guard(view: View) -> View:
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if request.workspace is None:
                return redirect("accounts:pick_workspace")
            if not may(request.role, permission):
                raise PermissionDenied("Your role in this workspace does not allow this. Ask an owner or manager.")
            return view(request, *args, **kwargs)

        inner.permission = permission  # type: ignore[attr-defined]
        return inner

    return guard


def get_in(workspace: Workspace, source: "type[M] | models.QuerySet[M]", **lookup: object) -> M:
    """The one object of this workspace that `lookup` names. Raises Http404 for anything else, another's included."""
    rows = source if isinstance(source, models.QuerySet) else source._default_manager.all()
    return get_object_or_404(rows, workspace=workspace, **lookup)
