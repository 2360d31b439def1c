"""API tokens: issuing and revoking them, and what a request that carries one may do.

A token belongs to a workspace, not to the person who made it: it goes on working when that person leaves.
Only a SHA-256 hash is kept. The secret has 256 random bits, so a slow password hash would add nothing.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts import audit
from accounts.models import ApiToken, User, Workspace
from accounts.roles import Permission, Role, may

MARK = "od_"  # lets secret scanners and people recognise one
SECRET_BYTES = 32
PREFIX_LENGTH = 10
LAST_USED_STEP = timedelta(minutes=1)
UNKNOWN = "This token is not known, or it was revoked. Ask an owner of the workspace for a new one."


def digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def issue(
    workspace: Workspace, name: str, role: str, scopes: Iterable[str], created_by: User | None
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which is nowhere kept: show it once.

    `scopes` narrows what the role may; empty means all of it. Raises ValueError for a word that is no role or scope.
    """
    plain = MARK + secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        token = ApiToken.objects.create(
            workspace=workspace,
            name=name,
            prefix=plain[:PREFIX_LENGTH],
            digest=digest(plain),
            role=Role(role).value,
            scopes=[Permission(scope).value for scope in scopes],
            created_by=created_by,
        )
        detail: dict[str, object] = {"role": token.role, "scopes": token.scopes}
        audit.record(workspace, "token.issue", token, actor=created_by, detail=detail)
    return token, plain


def revoke(token: ApiToken, *, actor: User | None, now: datetime | None = None) -> None:
    """The token opens nothing from here on. Revoking it again changes nothing."""
    at = now or timezone.now()
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            audit.record(token.workspace_id, "token.revoke", token, actor=actor, at=at)
    token.refresh_from_db(fields=["revoked_at"])


def grants(token: ApiToken, permission: str) -> bool:
    """Whether the token's role allows `permission` and its scopes do not shut it out."""
    return may(token.role, permission) and (not token.scopes or permission in token.scopes)


@dataclass(frozen=True)
class Program:
    """Who asks when no person does: what DRF calls the request's user."""

    token: ApiToken
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> int:
        return self.token.pk

    def __str__(self) -> str:
        return f"API token “{self.token.name}”"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer od_…`. Sets request.user to a Program and request.auth to its ApiToken."""

    def authenticate(self, request: Request) -> tuple[Program, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Write the header as “Authorization: Bearer ” and the token.")
        known = ApiToken.objects.select_related("workspace")
        token = known.filter(digest=digest(words[1].decode("latin-1")), revoked_at=None).first()
        if token is None:
            raise AuthenticationFailed(UNKNOWN)
        note_use(token, timezone.now())
        return Program(token), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def note_use(token: ApiToken, now: datetime) -> None:
    """Keep `last_used_at` to the minute: most requests write nothing."""
    stale = now - LAST_USED_STEP
    if token.last_used_at is None or token.last_used_at <= stale:
        unseen = Q(last_used_at=None) | Q(last_used_at__lte=stale)
        ApiToken.objects.filter(unseen, pk=token.pk).update(last_used_at=now)
        token.last_used_at = now


class HasScope(BasePermission):
    """What a view asks of a token: `scopes` on the view names a Permission per action (or per method in lower case).

    Reading needs Permission.READ where nothing else is said; anything that changes something and has no entry is
    refused, so that a forgotten entry never opens a door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated("Send an API token: “Authorization: Bearer ” and the token.")
        action = getattr(view, "action", (request.method or "").lower())
        if action is None:
            return True  # no such method here: let DRF answer 405
        needed = needed_scope(view, action, request.method or "")
        if needed is None or not grants(request.auth, needed):
            raise PermissionDenied(refusal(needed))
        return True


def needed_scope(view: Any, action: str, method: str) -> str | None:
    """The permission that `action` asks for; None: nobody has it."""
    declared = getattr(view, "scopes", {}).get(action)
    return declared or (Permission.READ if method in SAFE_METHODS else None)


def refusal(needed: str | None) -> str:
    return f"This needs a token with the scope “{needed}”." if needed else "No token may do this."
