"""What a forecast says: figures as JSON, and the sentence on what binds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.choices import CampaignStatus, ContactStatus
from campaigns.dialing import pacing
from campaigns.forecasting.foresight import CAPPED, LATER, WINDOW, Foresight, Told
from campaigns.reasons import reason_in_words

FASTER = {
    pacing.SLOTS: ("calls at once", "Raise the concurrency limit."),
    pacing.INTERVAL: ("the call interval", "Shorten the call interval."),
    pacing.CARRIER_CPS: ("the carriers' calls per second", "Raise the CPS of a carrier, or add a number of another."),
    pacing.CARRIER_CHANNELS: ("the carriers' channels", "Raise a carrier's channels, or add a number of another."),
    pacing.CARRIER_REST: ("a carrier that rests", "Add a number of another carrier."),
    pacing.NUMBERS: ("numbers that cannot be used", "Enable a number of the pool, or add one."),
    CAPPED: ("the numbers' daily caps", "Add a number, or raise the most calls a number makes a day."),
    LATER: ("retries that are not due yet", "Shorten the retry delay."),
    WINDOW: ("the call window", "Make the call window longer."),
    pacing.BALANCE: ("the balance", "An owner can raise the balance."),
}
HELPED_BY_HOURS = (pacing.SLOTS, pacing.INTERVAL, pacing.CARRIER_CPS, pacing.CARRIER_CHANNELS)
WAITING = (ContactStatus.PENDING, ContactStatus.RETRY)
Result = dict[str, Any]


def figures(run: Foresight, told: Told) -> Result:
    """Counts are those of the whole list: a sample's are multiplied."""
    step = run.standing.sample.step
    calls, cost = sum(told.calls.values()) * step, sum(told.cost.values(), Decimal(0)) * step
    unreached = _unreached(run)
    over = told.finished is not None and told.ended_as != CampaignStatus.PAUSED
    return {
        "from": iso(run.scenario.start),
        "finish": iso(told.finished) if over else None,
        "within_days": (run.scenario.until - run.scenario.start).days,
        "pauses": _pause(told),
        "always_on": run.book.policy.always_on,
        "calls": calls,
        "cost": str(cost.quantize(Decimal("0.0001"))),
        "conversations": told.conversations * step,
        "talk_seconds": round(told.talk_seconds) * step,
        "contacts": run.standing.total + run.standing.staged,
        "unreached": [{"reason": why, "contacts": count * step} for why, count in unreached.most_common()],
        "hours": [
            {
                "at": iso(at),
                "calls": told.calls[at] * step,
                "answered": told.answered[at] * step,
                "cost": str(told.cost[at] * step),
            }
            for at in sorted(told.calls)
        ],
        "limits": _limits(told),
        "sample": {"step": step, "people": len(run.standing.people)},
        "shared": list(run.standing.shared),
    }


def iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _pause(told: Told) -> dict[str, Any] | None:
    if told.ended_as != CampaignStatus.PAUSED:
        return None
    words = {pacing.BUDGET: "the budget is reached", "error_rate": "too many calls fail"}
    return {"at": iso(told.finished), "why": words.get(told.reason, told.reason)}


def _unreached(run: Foresight) -> Counter[str]:
    """Of those who were not final before: who ends without a conversation, by reason; who still waits, by that."""
    found: Counter[str] = Counter()
    for contact in run.book.contacts:
        if contact.place in run.over:
            continue
        if contact.status in WAITING:
            found["called, and still waiting" if contact.sequence else "never called"] += 1
        elif contact.status != ContactStatus.COMPLETED:
            found[(reason_in_words(contact.reason) or contact.status).lower()] += 1
    return found


def _limits(told: Told) -> dict[str, Any]:
    """The share of the time that each limit bound while the window was open; the share in which it was closed."""
    total = sum(told.bound.values())
    open_for = {word: seconds for word, seconds in told.bound.items() if word != WINDOW and seconds}
    closed = told.bound.get(WINDOW, 0)
    if not total:
        return {"binds": "", "sentence": "Nothing holds it back.", "closed": 0, "shares": []}
    opened = sum(open_for.values())
    shares = sorted(((seconds / opened, word) for word, seconds in open_for.items()), reverse=True)
    binds = shares[0][1] if shares else WINDOW
    words, faster = FASTER.get(binds, (binds, ""))
    share = f" for {shares[0][0]:.0%} of the time in which it may dial" if shares else ""
    sentence = f"What binds is {words}{share}. {faster}".strip()
    if closed and binds in HELPED_BY_HOURS:
        span = str(timedelta(hours=round(closed / 3600)).total_seconds() // 3600).removesuffix(".0")
        sentence += f" The window is closed for {span} h of it: a longer one would help too."
    return {
        "binds": binds,
        "sentence": sentence,
        "closed": round(closed / total, 4),
        "shares": [
            {"limit": word, "words": FASTER.get(word, (word, ""))[0], "share": round(part, 4)} for part, word in shares
        ],
    }
