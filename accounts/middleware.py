"""Puts the current workspace and role on every request."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.tenancy import SESSION_KEY, picked

# Machines come in here: no session, no person, no workspace query.
MACHINE_PATHS = ("/hooks/", "/api/", "/healthz", "/readyz", "/static/")
ADMIN_CSP = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)


def workspace_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: Any) -> HttpResponse:
        request.workspace = request.role = None
        request.memberships = []
        if not request.path.startswith(MACHINE_PATHS) and request.user.is_authenticated:
            request.memberships = list(request.user.memberships.select_related("workspace"))
            membership = picked(request.memberships, request.session.get(SESSION_KEY))
            if membership is not None:
                request.workspace, request.role = membership.workspace, membership.role
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", ADMIN_CSP)
        return response

    return middleware
