"""A call's clearance in words: what was checked when it was claimed, and what was found."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.figures import thousands
from campaigns.choices import Rotation
from campaigns.wording import weekdays

_ROTATIONS = dict(Rotation.choices)


def clearance_rows(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what was checked, what was found), in the order of the checks; empty for a call that kept none."""
    return list(_rows(kept))


def _rows(kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if kept.get("window"):
        yield from _window(kept["window"])
    if kept.get("safe_hours"):
        yield from _safe_hours(kept["safe_hours"])
    if "suppressed" in kept:
        yield "Suppression list", "Listed" if kept["suppressed"] else "Not listed"
    if "held" in kept:
        yield "Hold", "Held" if kept["held"] else "Not held"
    yield from _caps(kept.get("caps") or {})
    attempts = kept.get("attempts")
    if attempts:
        yield "Attempts before this call", _of(attempts["before"], attempts["maximum"])
    if kept.get("number"):
        yield from _number(kept["number"])
    yield from _limits(kept)


def _window(window: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if window.get("schedule"):
        yield "Call window", f"Schedule “{window['schedule']}”: {', '.join(window['spans'])} on {window['date']}"
    else:
        yield "Call window", f"{weekdays(window['days'])}, {window['start']}–{window['end']}"
    whose = "the contact's own zone" if window.get("read_in") == "contact" else "the campaign's zone"
    for zone, at in window.get("local", {}).items():
        yield f"Local time in {zone}", f"{at}, inside the window as read in {whose}"


def _safe_hours(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    place = f"{row['country']} {row['region']}".strip() or "every other country"
    hours = "; ".join(f"{day.capitalize()} {', '.join(spans)}" for day, spans in row["days"].items())
    as_of = f", as of {row['as_of']}" if row["as_of"] else ""
    yield f"Safe hours of {place}", f"{hours} ({row['source']}{as_of})"
    for zone, at in row["local"].items():
        yield f"Where the person may live: {zone}", f"{at}, inside the safe hours"


def _caps(caps: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for span, words in (("day", "24 hours"), ("week", "7 days")):
        cap = caps.get(span)
        if cap and cap["limit"] is not None:
            yield f"Calls to this person in the {words} before", _of(cap["calls"], cap["limit"])


def _number(number: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rotation = _ROTATIONS.get(number["rotation"], number["rotation"])
    choice = f" of {thousands(number['fit'])} that could be used" if "fit" in number else ""
    last = number.get("last_used")
    used = f"; last used {datetime.fromisoformat(last).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if last else ""
    yield "Why this number", f"{rotation}: next in turn{choice}{used}"
    yield "Its spam score", f"{number['spam_score']}, below the threshold of {number['spam_threshold']}"
    yield "Its calls that day", _of(number["calls_today"], number["daily_cap"])


def _limits(kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    live, carrier, budget = kept.get("live"), kept.get("carrier"), kept.get("money") or {}
    if live:
        yield "Live calls of the campaign", _of(live["campaign"], live["limit"])
    if carrier:
        yield "Live calls of the carrier", _of(carrier["live"], carrier["channels"])
        yield "Its launches in the second before", f"{carrier['last_second']}; {carrier['max_cps']} a second allowed"
    if budget.get("budget_left") is not None:
        yield "Left of the budget", budget["budget_left"]
    if budget.get("balance") is not None:
        yield "Balance of the workspace", budget["balance"]


def _of(count: int, limit: int) -> str:
    return f"{thousands(count)} of {thousands(limit)} allowed"
