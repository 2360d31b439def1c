"""Shared call windows: the only writer of `Schedule`, with the rules and the trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import audit, spans
from accounts.models import User
from campaigns import tallies
from campaigns.dialing import window
from campaigns.models import Campaign, Schedule

FIELDS = ("name", "timezone", "days", "exceptions")
NAMED = 5


class StillUsed(ValueError):
    """Campaigns dial in this schedule. The text says which, and what to do."""


def save(schedule: Schedule, *, actor: User | None, actor_name: str = "") -> Schedule:
    """Add or change a schedule; campaigns follow at their next turn. Commits. Raises ValidationError by field."""
    check(schedule)
    action = "schedule.change" if schedule.pk else "schedule.add"
    try:
        return _saved(schedule, action, actor, actor_name)
    except IntegrityError:
        check(schedule)  # its name was taken since
        raise


def _saved(schedule: Schedule, action: str, actor: User | None, actor_name: str) -> Schedule:
    detail: dict[str, object] = {name: getattr(schedule, name) for name in FIELDS}
    with transaction.atomic():
        moved = _of_another_zone(schedule)
        schedule.save()
        for campaign in moved:  # their figures by hour are told in the schedule's zone
            tallies.recount(campaign)
        audit.record(schedule.workspace_id, action, schedule, actor=actor, actor_name=actor_name, detail=detail)
    return schedule


def _of_another_zone(schedule: Schedule) -> list[Campaign]:
    """The campaigns of a kept schedule that is about to get another time zone, locked."""
    kept = Schedule.objects.filter(pk=schedule.pk).exclude(timezone=schedule.timezone)
    if schedule.pk is None or not kept.exists():
        return []
    return list(schedule.campaigns.order_by("pk").select_for_update(no_key=True))


def check(schedule: Schedule) -> None:
    """Raise ValidationError by field for a window that cannot be read, and for a name that is taken."""
    schedule.name = schedule.name.strip()
    taken = Schedule.objects.filter(workspace=schedule.workspace_id, name=schedule.name).exclude(pk=schedule.pk)
    if schedule.name and taken.exists():
        raise ValidationError({"name": ["Another schedule has this name. Choose a different one."]})
    schedule.clean_fields(exclude=["days", "exceptions"])
    try:
        window.scheduled(schedule.timezone, schedule.days, schedule.exceptions)
    except window.InvalidWindow as problem:
        raise ValidationError({"days": [str(problem)]}) from None


def coming(schedule: Schedule, now: datetime) -> list[dict[str, Any]]:
    """Its exceptions of today, by its own clock, and later: by date, each with its hours in words ("" when closed)."""
    try:
        today = now.astimezone(ZoneInfo(schedule.timezone)).date().isoformat()
    except (ValueError, OSError, LookupError):
        today = now.date().isoformat()
    rows = [row for row in schedule.exceptions if row.get("date", "") >= today]
    return [{**row, "hours": spans.written(row.get("spans", []))} for row in sorted(rows, key=lambda row: row["date"])]


def users(schedule: Schedule) -> QuerySet[Campaign]:
    """The campaigns that dial in it, archived ones too."""
    return schedule.campaigns.order_by("name", "pk")


def remove(schedule: Schedule, *, actor: User | None, actor_name: str = "") -> None:
    """Delete a schedule that no campaign uses. Commits. Raises StillUsed."""
    with transaction.atomic():
        held = Schedule.objects.select_for_update().get(pk=schedule.pk)
        names = list(users(held).values_list("name", flat=True))
        if names:
            raise StillUsed(_used_by(names))
        audit.record(held.workspace_id, "schedule.delete", held, actor=actor, actor_name=actor_name)
        held.delete()


def values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of `given` what a schedule keeps."""
    return {name: given[name] for name in FIELDS if name in given}


def _used_by(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Campaigns use this schedule: {shown}{more}. Choose another window there first."
