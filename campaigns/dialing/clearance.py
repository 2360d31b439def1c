"""What was checked when a call was claimed, with the values: the answer to "why was this person called?"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audience import Before
from campaigns.choices import WEEKDAYS
from campaigns.dialing import rotation, window
from campaigns.dialing.board import Read
from campaigns.dialing.caps import DAY, WEEK
from campaigns.dialing.values import CampaignState, Caps, Hours, Launch, LegalHours, Policy, Span


@dataclass(frozen=True, slots=True)
class Checked:
    """The frequency caps, and the launches of the seven days before that were counted for them, by phone number.

    `once`: what calls of one turn have in common, such as the window and a number's figures, is written down once."""

    caps: Caps = field(default_factory=Caps)
    called: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    shared: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]


def clearance(
    launch: Launch,
    row: Before,
    read: Read,
    now: datetime,
    checked: Checked,
) -> dict[str, Any]:
    """Plain JSON, kept with the call for good. `row` is the campaign contact as it was before the claim."""
    caps, called = checked.caps, checked.called.get(launch.person.phone_number, ())
    state = read.board.campaigns[launch.campaign]
    policy, hours = state.policy, launch.person.hours
    once, here = checked.once, (launch.campaign, hours)
    return {
        "at": now.isoformat(),
        "run": state.run,
        "window": once(("window", here), lambda: _window(read.campaigns[launch.campaign], policy, hours, now)),
        "safe_hours": once(("safe", here), lambda: _safe_hours(policy, hours, now)),
        "suppressed": False,
        "held": False,
        "caps": {
            "day": {"calls": sum(1 for at in called if at > now - DAY), "limit": caps.day},
            "week": {"calls": sum(1 for at in called if at > now - WEEK), "limit": caps.week},
        },
        "attempts": {"before": row.attempts, "maximum": policy.max_attempts},
        "due": {"status": row.status, "since": row.next_attempt_at.isoformat() if row.next_attempt_at else None},
        "number": once(("number", here, launch.number), lambda: _number(launch, state, read, now)),
        "carrier": once(("carrier", launch.carrier), lambda: _carrier(launch, read, now)),
        "money": _money(state, read),
        "live": {"campaign": state.live, "limit": policy.concurrency},
        "reason_before": row.reason,
    }


def _window(campaign: Any, policy: Policy, hours: Hours, now: datetime) -> dict[str, Any]:
    zones = window.zones_of(policy, hours)
    schedule = campaign.schedule
    told = {
        "read_in": "contact" if policy.contact_local else "campaign",
        "local": {zone: _wall_clock(zone, now) for zone in zones},
    }
    if schedule is None:
        return {"start": campaign.window_start, "end": campaign.window_end, "days": campaign.window_days, **told}
    # Past midnight the spans that count are those of the date before.
    day = window.day_of(policy, hours, now) or now.astimezone(ZoneInfo(policy.window.timezone)).date()
    spans = window.spans_on(policy.window, day)
    return {"schedule": schedule.name, "spans": [_span(span) for span in spans], "date": day.isoformat(), **told}


def _safe_hours(policy: Policy, hours: Hours, now: datetime) -> dict[str, Any] | None:
    """The row that allowed the call, and the clock in each zone the person may live in; None: the rule is off."""
    row = window.safe_row(policy.safe, hours) if policy.safe is not None else None
    if row is None:
        return None
    return {
        "country": row.country,
        "region": row.region,
        "days": _days(row),
        "source": row.source,
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "local": {zone: _wall_clock(zone, now) for zone in hours.zones},
    }


def _number(launch: Launch, state: CampaignState, read: Read, now: datetime) -> dict[str, Any]:
    policy, number = state.policy, read.board.numbers[launch.number]
    entry = next(entry for entry in state.pool if entry.number == launch.number)
    fit = [e for e in state.pool if rotation.number_bar(policy, e, read.board.numbers[e.number]) is None]
    return {
        "rotation": policy.rotation,
        "spam_score": number.spam_score,
        "spam_threshold": policy.spam_threshold,
        "calls_today": number.calls_today,
        "daily_cap": policy.daily_cap,
        "last_used": number.last_used.isoformat() if number.last_used else None,
        "weight": entry.weight,
        "calls_in_run": entry.calls_in_run,
        "pool": len(state.pool),
        "fit": len(fit),
        "country": number.country,
        "country_wanted": launch.person.hours.country if policy.prefer_country else None,
    }


def _carrier(launch: Launch, read: Read, now: datetime) -> dict[str, Any]:
    carrier = read.board.carriers[launch.carrier]
    return {
        "max_cps": f"{carrier.max_cps.normalize():f}",
        "last_second": sum(1 for at in carrier.launched if at > now - rotation.SECOND),
        "live": carrier.live,
        "channels": carrier.max_channels,
    }


def _money(state: CampaignState, read: Read) -> dict[str, Any]:
    """What was left before this turn's launches; null where no cap, no balance is kept."""
    left, balance = state.budget_left, read.board.balance
    return {
        "budget_left": None if left is None else str(left),
        "balance": None if balance is None else str(balance),
    }


def _wall_clock(zone: str, now: datetime) -> str:
    return now.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M:%S %z")


def _days(row: LegalHours) -> dict[str, list[str]]:
    return {day: [_span(span) for span in spans] for day, spans in zip(WEEKDAYS, row.days, strict=True) if spans}


def _span(span: Span) -> str:
    start, end = span[0], span[1] - window.DAY_MINUTES if span[1] > window.DAY_MINUTES else span[1]
    return f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"
