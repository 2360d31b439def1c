"""What held when: settings, pool, limits and caps as they are now, taken back through the audit trail to the start."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import AuditEvent, Workspace
from campaigns.choices import Priority
from campaigns.models import Campaign, Schedule
from contacts import safe_hours
from telephony.trail import FIELDS

Given = dict[str, Any]
Change = tuple[datetime, Given]  # when, and what a `settings` line says
AS_IS = [
    "mode", "always_on", "concurrency_limit", "call_interval_seconds", "ring_timeout_seconds", "contact_local_time",
    "max_attempts", "retry_delay_minutes", "retry_on", "retry_dispositions", "max_voicemail_attempts",
    "goal_based_retry", "stop_after_connect", "stop_after_connect_seconds", "redial_short_connect",
    "redial_short_connect_seconds", "completion_timeout_minutes", "callback_detection", "sticky_exclusion",
    "secondary_contacts", "rotation_strategy", "prefer_country_match", "spam_threshold",
    "max_calls_per_number_per_day", "budget_cap", "pilot_size", "max_error_rate",
]  # fmt: skip
WINDOW = ["window_start", "window_end", "window_timezone", "window_days"]
SCHEDULE = ("timezone", "days", "exceptions")
CAPS = {"calls_per_day": "day", "calls_per_week": "week"}
Pool = list[list[Any]]  # number, weight, status


def trail(workspace: int, kind: str, key: object, actions: Iterable[str]) -> QuerySet[AuditEvent]:
    """What was done to one row, the latest first."""
    rows = AuditEvent.objects.filter(
        workspace=workspace, object_type=kind, object_id=str(key), action__in=list(actions)
    )
    return rows.order_by("-at", "-id")


def rewound(values: Given, events: Iterable[AuditEvent]) -> tuple[Given, list[Change]]:
    """These values as they were before all events, and what they became with each. Events name the former and the new
    value of each field; the latest comes first."""
    changes: list[Change] = []
    for event in events:
        known = {name: pair for name, pair in event.detail.items() if name in values and isinstance(pair, list)}
        if known:
            changes.append((event.at, values))
            values = values | {name: pair[0] for name, pair in known.items()}
    return values, changes[::-1]


# ── a campaign ──


def settings(campaign: Campaign) -> tuple[Given, list[Change]]:
    """What held at the first Start, as a scenario names it, and each change since."""
    now = {name: getattr(campaign, name) for name in (*AS_IS, *WINDOW, "priority")}
    now["schedule"] = campaign.schedule_id
    first, changes = rewound(now, trail(campaign.workspace_id, "campaign", campaign.pk, ["campaign.change"]))
    ref = str(campaign.pk)
    return _words(first), [(at, {"campaign": ref, "values": _words(values)}) for at, values in changes]


def _words(values: Mapping[str, Any]) -> Given:
    words: Given = {name: values[name] for name in AS_IS}
    words["budget_cap"] = None if values["budget_cap"] is None else str(values["budget_cap"])
    words["schedule"] = values["schedule"] and str(values["schedule"])
    words["priority"] = Priority(values["priority"]).word
    words["window"] = {
        "start": values["window_start"],
        "end": values["window_end"],
        "timezone": values["window_timezone"],
        "days": values["window_days"],
    }
    return words


def pool(campaign: Campaign) -> tuple[list[Given], list[Change]]:
    """The pool as it began, and as each edit left it. Numbers that were only switched are told as actions."""
    rows = campaign.pool.select_related("number").order_by("position", "id")
    phones = {row.number.phone_number: row.number_id for row in rows}
    state: Pool = [[row.number_id, row.weight, row.status] for row in rows]
    changes: list[Change] = []
    actions = ["campaign.change", "campaign.number"]
    for event in trail(campaign.workspace_id, "campaign", campaign.pk, actions):
        former = event.detail.get("pool")
        if event.action == "campaign.number":
            was = "disabled" if event.detail.get("status") == "active" else "active"
            number = phones.get(str(event.detail.get("number")))
            state = [[key, weight, was if key == number else status] for key, weight, status in state]
        elif isinstance(former, list) and former[0] is not None:
            changes.append((event.at, {"campaign": str(campaign.pk), "values": {"numbers": _entries(state)}}))
            state = former[0]
    return _entries(state), changes[::-1]


def _entries(pool: Pool) -> list[Given]:
    return [{"ref": str(number), "weight": weight, "status": status} for number, weight, status in pool]


# ── what campaigns share ──


def telephony(workspace: int, kind: str, key: int, values: Given, start: datetime) -> tuple[Given, list[Change]]:
    """A carrier, number or agent as it was at the start, and each change since."""
    events = trail(workspace, kind, str(key), [f"{kind}.edit"]).filter(at__gt=start)
    first, changes = rewound({name: value for name, value in values.items() if name in FIELDS}, events)
    return values | _named(first), [(at, {kind: str(key), "values": _named(each)}) for at, each in changes]


def _named(values: Given) -> Given:
    """A number's carrier as a scenario names it."""
    return values | {"carrier": str(values["carrier_id"])} if "carrier_id" in values else values


def schedules(workspace: Workspace, start: datetime) -> tuple[list[Given], list[Change]]:
    """Each schedule as it was at the start: the trail keeps it whole with every change."""
    found: list[Given] = []
    changes: list[Change] = []
    for row in workspace.schedules.all():
        events = list(trail(workspace.pk, "schedule", row.pk, ["schedule.add", "schedule.change"]))[::-1]
        later = [event for event in events if event.at > start]
        before = [event.detail for event in events if event.at <= start]
        first = before[-1] if before else later[0].detail if later else {}
        found.append({"ref": str(row.pk), **_schedule(row, first)})
        changes += [(e.at, {"schedule": str(row.pk), "values": _schedule(row, e.detail)}) for e in later]
    return found, changes


def _schedule(row: Schedule, detail: Mapping[str, Any]) -> Given:
    return {name: detail.get(name, getattr(row, name)) for name in SCHEDULE}


def rules(workspace: Workspace, start: datetime) -> tuple[Given, list[Change]]:
    """The workspace's frequency caps and safe hours at the start, and each change since. Of the table of safe hours
    only the present rows are kept."""
    now = {name: str(getattr(workspace, name)) for name in CAPS}
    edits = trail(workspace.pk, "workspace", workspace.pk, ["workspace.edit"]).filter(at__gt=start)
    first, caps = rewound(now, edits)
    changes = [(at, {"workspace": "", "values": {"frequency_cap": _caps(values)}}) for at, values in caps]
    on = workspace.safe_hours
    rows = _rows(workspace)
    for event in trail(workspace.pk, "workspace", workspace.pk, ["safe_hours.on", "safe_hours.off"]).filter(
        at__gt=start
    ):
        switched = event.action == "safe_hours.on"
        values = {"safe_hours": switched, "safe_hours_rows": rows if switched else []}
        changes.append((event.at, {"workspace": "", "values": values}))
        on = not switched
    return {"frequency_cap": _caps(first), "safe_hours": on, "safe_hours_rows": rows if on else []}, changes


def _caps(values: Mapping[str, str]) -> dict[str, int | None]:
    return {word: int(values[name]) if values[name].isdigit() else None for name, word in CAPS.items()}


def _rows(workspace: Workspace) -> list[Given]:
    return [
        {"country": row.country, "region": row.region, "days": {day: list(spans) for day, spans in row.days.items()}}
        for row in safe_hours.table(workspace.pk).values()
    ]
