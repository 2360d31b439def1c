"""Safe hours: when people of a country, or of a US state, may be called at all.

The shipped table is a file beside this one; a workspace's own rows stand in place of its. Public holidays are not in
it: give a schedule an exception for each.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from contacts.models import SafeHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIPPED = Path(__file__).with_suffix(".csv")
Week = Mapping[str, Sequence[Sequence[str]]]  # {"mon": [["08:00", "21:00"]], …}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it holds: of the shipped table, or a workspace's own in its place."""

    country: str  # empty: every country without a row
    region: str
    days: Week
    source: str
    as_of: date | None = None
    own: bool = False
    changed_by: str = ""


Table = Mapping[tuple[str, str], Row]


def table(workspace: Workspace | int) -> dict[tuple[str, str], Row]:
    """All rows that hold in a workspace, by country and region. One query."""
    found = dict(default_table())
    for row in SafeHours.objects.filter(workspace=workspace):
        found[row.country, row.region] = Row(
            row.country, row.region, row.days, row.source, row.as_of, own=True, changed_by=row.changed_by
        )
    return found


@lru_cache(maxsize=1)
def default_table() -> Table:
    """The rows that are shipped with the product."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = [
            Row(row["country"], row["region"], week(row["hours"]), row["source"], date.fromisoformat(row["as_of"]))
            for row in csv.DictReader(file)
        ]
    return {(row.country, row.region): row for row in rows}


def week(text: str) -> Week:
    """The hours of a week from “mon-fri 10:00-13:00 14:00-20:00; sat 09:00-13:00”; “daily” means all seven days."""
    found: dict[str, list[list[str]]] = {}
    for part in text.split(";"):
        days, *spans = part.split()
        first, _, last = ("mon-sun" if days == "daily" else days).partition("-")
        for day in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
            found[day] = [span.split("-") for span in spans]
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
