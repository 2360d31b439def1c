"""What every page knows: the workspace, the role, what the role may, the other workspaces, and the places."""

from typing import Any

from accounts.navigation import address, sidebar
from accounts.roles import ROLES, Permission


def workspace(request: Any) -> dict[str, object]:
    role = getattr(request, "role", None)
    granted = ROLES.get(role or "", frozenset())
    return {
        "workspace": getattr(request, "workspace", None),
        "memberships": getattr(request, "memberships", []),
        "role": role,
        "may": {permission.value: permission in granted for permission in Permission},
        "places": sidebar(request.path),
        "search_address": address("contacts:list"),
    }
