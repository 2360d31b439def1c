"""Who may what: the one table of roles (spec, section 9). Pages, API and admin ask `may` and nothing else."""

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    MANAGER = "manager", "Manager"
    OWNER = "owner", "Owner"
    SUPPORT = "support", "Support"


class Permission(models.TextChoices):
    READ = "read", "Read everything but exports and recordings"
    EXPORT = "export", "Make and download exports"
    RECORDINGS = "recordings", "Listen to recordings"
    RUN = "run", "Run and edit campaigns"
    CONTACTS = "contacts", "Edit contacts and lists"
    SUPPRESS = "suppress", "Add suppressions"
    UNSUPPRESS = "unsuppress", "Remove suppressions"
    SETUP = "setup", "Edit agents, carriers, numbers, schedules, templates"
    COMPLIANCE = "compliance", "Edit compliance settings"
    DELETE = "delete", "Delete and archive"
    AUDIT = "audit", "Read the audit trail"
    DEEP_FIGURES = "deep_figures", "See latency and deep telephony figures, always"
    ADMINISTER = "administer", "Members, tokens, webhooks, balance, workspace settings"


_P = Permission
_VIEWER = {_P.READ}
_OPERATOR = _VIEWER | {_P.EXPORT, _P.RECORDINGS, _P.RUN, _P.CONTACTS, _P.SUPPRESS}
_MANAGER = _OPERATOR | {_P.SETUP, _P.COMPLIANCE, _P.UNSUPPRESS, _P.DELETE, _P.AUDIT, _P.DEEP_FIGURES}

ROLES: dict[str, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.OPERATOR: frozenset(_OPERATOR),
    Role.MANAGER: frozenset(_MANAGER),
    Role.OWNER: frozenset(_MANAGER | {_P.ADMINISTER}),
    Role.SUPPORT: frozenset({_P.READ, _P.EXPORT, _P.RECORDINGS, _P.AUDIT, _P.DEEP_FIGURES}),
}


def may(role: str | None, permission: str) -> bool:
    """Whether somebody with `role` in a workspace may do `permission` there. No role: nothing."""
    return permission in ROLES.get(role or "", frozenset())
