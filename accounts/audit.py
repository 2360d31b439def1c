"""The audit trail's only writer."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils import timezone

from accounts import rows
from accounts.models import AuditEvent, User, Workspace

SYSTEM = "Outdial"


def record(
    workspace: Workspace | int,
    action: str,
    subject: models.Model,
    *,
    actor: User | None = None,
    actor_name: str = "",
    detail: dict[str, object] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Append who did `action` to `subject`. Call it inside the transaction of the change itself."""
    return AuditEvent.objects.create(
        workspace_id=workspace.pk if isinstance(workspace, Workspace) else workspace,
        at=at or timezone.now(),
        actor=actor,
        actor_name=actor_name or (str(actor) if actor else SYSTEM),
        action=action,
        object_type=subject._meta.model_name or "",
        object_id=str(subject.pk),
        object_name=str(subject)[:200],
        detail=detail or {},
    )


def record_all(
    workspace: int,
    action: str,
    subjects: Iterable[models.Model],
    *,
    actor: User | None = None,
    actor_name: str = "",
    detail: dict[str, object] | None = None,
    at: datetime,
) -> None:
    """As `record`, of many at once that had the same done to them."""
    by = actor_name or (str(actor) if actor else SYSTEM)
    rows.insert(
        [
            AuditEvent(
                workspace_id=workspace,
                at=at,
                actor=actor,
                actor_name=by,
                action=action,
                object_type=subject._meta.model_name or "",
                object_id=str(subject.pk),
                object_name=str(subject)[:200],
                detail=detail or {},
            )
            for subject in subjects
        ]
    )


def record_each(
    workspace: int,
    action: str,
    object_type: str,
    told: Iterable[tuple[str, dict[str, object]]],
    *,
    actor: User | None = None,
    actor_name: str = "",
    at: datetime | None = None,
) -> None:
    """As `record_all`, of things that are known by their name alone, each with a detail of its own: (name, detail)."""
    by, when = actor_name or (str(actor) if actor else SYSTEM), at or timezone.now()
    rows.insert(
        [
            AuditEvent(
                workspace_id=workspace,
                at=when,
                actor=actor,
                actor_name=by,
                action=action,
                object_type=object_type,
                object_id=name[:40],
                object_name=name[:200],
                detail=detail,
            )
            for name, detail in told
        ]
    )
