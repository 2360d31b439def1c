"""What every page knows: the workspace, the role, what the role may, and which other workspaces there are."""

from typing import Any

from accounts.roles import ROLES, Permission


def workspace(request: Any) -> dict[str, object]:
    role = getattr(request, "role", None)
    granted = ROLES.get(role or "", frozenset())
    return {
        "workspace": getattr(request, "workspace", None),
        "role": role,
        "may": {permission.value: permission in granted for permission in Permission},
    }
