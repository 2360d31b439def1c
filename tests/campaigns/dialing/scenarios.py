"""Scenarios for tests: small ones by hand, and random ones that touch every rule."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.dialing import scenario, virtual

START = datetime(2026, 3, 2, tzinfo=UTC)
ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe"]
OUTCOMES = ["human", "human", "human", "machine", "no_answer", "rnr", "busy", "rejected", "error", "timeout"]
ELSEWHERE = ["+919812345678", "+628123456789", "+88216000001"]  # one zone, many zones, none
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def at(hours: float, start: datetime = START) -> str:
    """So many hours after the clock's start."""
    return text(start + timedelta(hours=hours))


def trace(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a scenario's trace."""
    lines: list[str] = []
    virtual.run(scenario.load(data), lines.append)
    return [json.loads(line) for line in lines]


def one(contacts: list[Any], actions: list[Any] | None = None, *, hours: float = 24, **campaign: Any) -> dict[str, Any]:
    """A scenario of one campaign, open all day, with one number on a roomy carrier, started at once.

    A contact may be a list of outcomes, of which each may be a word.
    """
    everything = {"start": "00:00", "end": "24:00"}
    return {
        "clock": {"start": text(START), "until": at(hours)},
        "agents": [{"ref": "a", "callback_enabled": True}],
        "carriers": [{"ref": "c", "max_cps": 100, "max_channels": 100}],
        "numbers": [{"ref": "n", "number": "+14155550100", "carrier": "c"}],
        "campaigns": [
            {
                "ref": "k",
                "agent": "a",
                "mode": "multi_day",
                "window": everything,
                "numbers": [{"ref": "n"}],
                "contacts": [_contact(each, place) for place, each in enumerate(contacts)],
                **campaign,
            }
        ],
        "actions": actions if actions is not None else [do("start")],
    }


def phone(place: int) -> str:
    return f"+1212200{place:04d}"


def _contact(given: Any, place: int) -> dict[str, Any]:
    if isinstance(given, dict):
        return {"phone_number": phone(place), **given}
    return {"phone_number": phone(place), "outcomes": [{"outcome": o} if isinstance(o, str) else o for o in given]}


def do(action: str, hours: float = 0, **more: Any) -> dict[str, Any]:
    given = {"campaign": "k", **more} if action not in ("spam_score", "suppress") else more
    return {"at": at(hours), "action": action, **given}


def lines_of(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == kind]


def any_scenario(dice: random.Random) -> dict[str, Any]:
    """A random scenario of a few days, small enough for a slow judge."""
    start = dice.choice([START, datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 7, 12, 30, tzinfo=UTC)])
    days = dice.choice([1, 2, 4])
    carriers = [
        {"ref": f"c{n}", "max_cps": dice.choice([0.1, 0.3, 1, 2, 5]), "max_channels": dice.randint(1, 4)}
        for n in range(dice.randint(1, 2))
    ]
    numbers = [
        {
            "ref": f"n{n}",
            "number": f"+141555501{n:02d}",
            "carrier": dice.choice(carriers)["ref"],
            "spam_score": dice.choice([0, 0, 3, 6, 8]),
            "direction": dice.choice(["outbound", "both", "outbound", "inbound"]),
            "country": dice.choice(["US", "IN"]),
        }
        for n in range(dice.randint(1, 4))
    ]
    phones = [f"+1212200{n:04d}" for n in range(8)] + ELSEWHERE
    campaigns = [_campaign(dice, f"k{n}", numbers, phones, start) for n in range(dice.randint(1, 3))]
    actions = [{"at": text(start), "campaign": c["ref"], "action": "start"} for c in campaigns]
    actions += [_action(dice, campaigns, numbers, phones, start, days) for _ in range(dice.randint(0, 8))]
    return {
        "clock": {"start": text(start), "until": text(start + timedelta(days=days))},
        "workspace": {"timezone": dice.choice(ZONES), "suppressed": dice.sample(phones, dice.choice([0, 0, 1]))},
        "agents": [{"ref": "a", "callback_enabled": dice.random() < 0.8}],
        "carriers": carriers,
        "numbers": numbers,
        "campaigns": campaigns,
        "actions": actions,
    }


def _campaign(dice: random.Random, ref: str, numbers: list[Any], phones: list[str], start: datetime) -> dict[str, Any]:
    mode = dice.choice(["multi_day", "multi_day", "single_day"])
    campaign = {
        "ref": ref,
        "agent": "a",
        "priority": dice.choice(["high", "normal", "normal", "low"]),
        "mode": mode,
        "window": _window(dice),
        "contact_local_time": dice.random() < 0.3,
        "concurrency_limit": dice.randint(1, 4),
        "call_interval_seconds": dice.choice([0, 0, 0, 5, 60]),
        "ring_timeout_seconds": dice.choice([10, 30, 60]),
        "max_attempts": dice.randint(1, 4),
        "retry_delay_minutes": dice.choice([1, 5, 30, 600]),
        "retry_on": dice.sample(
            ["no_answer", "busy", "rejected", "rnr", "machine", "error", "timeout"], dice.randint(0, 7)
        ),
        "retry_dispositions": dice.choice([[], ["Call back", "wrong-time"]]),
        "max_voicemail_attempts": dice.choice([None, None, 1, 2]),
        "goal_based_retry": dice.random() < 0.2,
        "stop_after_connect": dice.random() < 0.3,
        "redial_short_connect": dice.random() < 0.3,
        "completion_timeout_minutes": dice.choice([0, 0, 1, 45]),
        "callback_detection": dice.random() < 0.7,
        "sticky_exclusion": dice.random() < 0.3,
        "rotation_strategy": dice.choice(["round_robin", "lowest_spam", "least_used_today", "weighted"]),
        "prefer_country_match": dice.random() < 0.3,
        "spam_threshold": dice.choice([5, 7, 9]),
        "max_calls_per_number_per_day": dice.choice([1, 3, 10, 100]),
        "pilot_size": dice.choice([None, None, None, 2, 5]),
        "numbers": [{"ref": n["ref"], "weight": dice.randint(1, 4)} for n in numbers if dice.random() < 0.9],
        "contacts": [contact(dice, number, start) for number in dice.sample(phones, dice.randint(1, 8))],
    }
    campaign["always_on"] = mode == "multi_day" and dice.random() < 0.3
    if dice.random() < 0.2:
        campaign |= {"trigger_mode": "scheduled", "starts_at": text(start + timedelta(minutes=dice.randint(0, 900)))}
    return campaign


def _window(dice: random.Random) -> dict[str, Any]:
    start, end = dice.choice(
        [
            ("09:00", "18:00"),
            ("00:00", "24:00"),
            ("22:00", "02:30"),
            ("01:30", "02:30"),
            ("20:00", "00:00"),
            ("06:15", "06:45"),
        ]
    )
    return {
        "start": start,
        "end": end,
        "timezone": dice.choice(ZONES),
        "days": dice.sample(DAYS, dice.choice([2, 5, 7])),
    }


def contact(dice: random.Random, number: str, start: datetime) -> dict[str, Any]:
    return {
        "phone_number": number,
        "priority": dice.choice(["high", "normal", "normal", "low"]),
        "timezone": dice.choice([*ZONES, None]),
        **_country(dice.choice(["US", "IN"]), number),
        "outcomes": [
            *[{"outcome": "cancelled", "ring_seconds": dice.choice([0, 3])} for _ in range(dice.choice([0, 0, 0, 2]))],
            *[_outcome(dice, start) for _ in range(dice.randint(1, 4))],
        ],
    }


def _country(country: str, number: str) -> dict[str, str]:
    """A number of no country stays one: its zones are those of no country, and nobody is dialed there."""
    return {} if number == ELSEWHERE[2] else {"country": country}


def _outcome(dice: random.Random, start: datetime) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "outcome": dice.choice(OUTCOMES),
        "ring_seconds": dice.choice([0, 2, 10, 29, 30, 31, 1.5]),
        "talk_seconds": dice.choice([0, 5, 14, 15, 30, 31, 200]),
        "speech": dice.random() < 0.8,
        "disposition": dice.choice(["", "call back", "Wrong time", "sold"]),
        "primary_goal": dice.choice(["achieved", "not_achieved", "unknown", "unknown", "unknown"]),
    }
    if dice.random() < 0.2:
        outcome["callback_at"] = dice.choice([None, text(start + timedelta(minutes=dice.randint(-60, 3000)))])
    if dice.random() < 0.05:
        outcome["do_not_call"] = True
    return outcome


def _action(
    dice: random.Random, campaigns: list[Any], numbers: list[Any], phones: list[str], start: datetime, days: int
) -> dict[str, Any]:
    campaign = dice.choice(campaigns)["ref"]
    action: dict[str, Any] = {"at": text(start + timedelta(seconds=dice.randint(0, days * 86_400)))}
    kind = dice.choice(["campaign", "campaign", "contact", "contact", "pool", "spam", "suppress", "add"])
    if kind == "campaign":
        word = dice.choice(["pause", "resume", "resume", "stop", "cancel", "restart", "restart", "start"])
        return {**action, "campaign": campaign, "action": word}
    if kind == "contact":
        word = dice.choice(["retry", "retry", "set_pending", "set_completed", "exclude"])
        return {**action, "campaign": campaign, "action": word, "phone_number": dice.choice(phones)}
    if kind == "pool":
        word = dice.choice(["disable_number", "enable_number"])
        return {**action, "campaign": campaign, "action": word, "number": dice.choice(numbers)["ref"]}
    if kind == "spam":
        return {**action, "action": "spam_score", "number": dice.choice(numbers)["ref"], "value": dice.randint(0, 10)}
    if kind == "suppress":
        return {**action, "action": "suppress", "phone_number": dice.choice(phones)}
    people = [contact(dice, number, start) for number in dice.sample(phones, 2)]
    return {**action, "campaign": campaign, "action": "add_contacts", "contacts": people}
