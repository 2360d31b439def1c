"""Safe hours of a workspace: the shipped table, overlaid by rows of its own. The only writer of those rows."""

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from contacts.legal_hours import Row, Week, default_table
from contacts.models import SafeHours


def table(workspace: Workspace | int) -> dict[tuple[str, str], Row]:
    """All rows that hold in a workspace, by country and region. One query."""
    found = dict(default_table())
    for row in SafeHours.objects.filter(workspace=workspace):
        found[row.country, row.region] = Row(
            row.country, row.region, row.days, row.source, row.as_of, own=True, changed_by=row.changed_by
        )
    return found


def set_row(
    workspace: Workspace,
    country: str,
    region: str,
    days: Week,
    source: str,
    *,
    as_of: date | None,
    actor: User | None,
    actor_name: str = "",
) -> SafeHours:
    """Give this workspace a row of its own. Commits. The caller has checked the days."""
    with transaction.atomic():
        row, _ = SafeHours.objects.update_or_create(
            workspace=workspace,
            country=country,
            region=region,
            defaults={
                "days": dict(days),
                "source": source,
                "as_of": as_of,
                "changed_by": actor_name or (str(actor) if actor else audit.SYSTEM),
            },
        )
        detail: dict[str, object] = {"days": dict(days), "source": source}
        audit.record(workspace, "safe_hours.set", row, actor=actor, actor_name=actor_name, detail=detail)
    return row


def reset_row(workspace: Workspace, country: str, region: str, *, actor: User | None, actor_name: str = "") -> bool:
    """Take the workspace's own row away: the shipped one holds again, or none. Commits. Whether there was one."""
    with transaction.atomic():
        row = SafeHours.objects.filter(workspace=workspace, country=country, region=region).first()
        if row is None:
            return False
        detail: dict[str, object] = {"days": row.days, "source": row.source}
        audit.record(workspace, "safe_hours.reset", row, actor=actor, actor_name=actor_name, detail=detail)
        row.delete()
    return True
