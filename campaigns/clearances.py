"""A call's clearance in words: what was checked when it was claimed, and what was found."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.figures import thousands
from campaigns.choices import Rotation
from campaigns.wording import weekdays

_ROTATIONS = dict(Rotation.choices)


def clearance_rows(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what was checked, what was found), in the order of the checks; empty for a call that kept none."""
    return list(_rows(kept))


def _rows(kept: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    window = kept.get("window")
    if window:
        yield "Call window", f"{window['start']}–{window['end']}, {weekdays(window['days'])}"
        whose = "the contact's own zone" if window.get("read_in") == "contact" else "the campaign's zone"
        for zone, at in window.get("local", {}).items():
            yield f"Local time in {zone}", f"{at}, inside the window as read in {whose}"
    if "suppressed" in kept:
        yield "Suppression list", "Listed" if kept["suppressed"] else "Not listed"
    attempts = kept.get("attempts")
    if attempts:
        before, most = thousands(attempts["before"]), thousands(attempts["maximum"])
        yield "Attempts before this call", f"{before} of {most} allowed"
    number = kept.get("number")
    if number:
        rotation = _ROTATIONS.get(number["rotation"], number["rotation"])
        yield "Why this number", f"{rotation}: eligible and next in turn"
        yield "Its spam score", f"{number['spam_score']}, below the threshold of {number['spam_threshold']}"
        yield "Its calls that day", f"{thousands(number['calls_today'])} of {thousands(number['daily_cap'])} allowed"
    live = kept.get("live")
    if live:
        yield "Live calls of the campaign", f"{thousands(live['campaign'])} of {thousands(live['limit'])} allowed"
