"""Numbers that cannot be called from when dialing begins, though the campaign may start: at their cap, resting, off."""

from collections import Counter

from campaigns.models import PoolNumber
from campaigns.readiness.facts import Facts, unusable
from campaigns.readiness.row import WARNING, Row
from campaigns.wording import listed, many, then
from telephony.queries import next_day

CAPPED, RESTING = "at the daily cap", "with a carrier that rests after refused requests"


def row(facts: Facts) -> Row | None:
    """How many of the pool are out of use at the start, why, and what to do; None where all can call, or none ever."""
    if not facts.usable:
        return None  # a blocker says so
    bars = Counter(bar for entry in facts.pool if (bar := _bar(facts, entry)))
    if not bars:
        return None
    barred, why = bars.total(), listed([f"{count} {bar}" for bar, count in bars.items()])
    whose = many(barred, "number") if barred == len(facts.pool) else f"{barred} of {many(len(facts.pool), 'number')}"
    at = "when dialing begins" if facts.start > facts.now else "now"
    sentence = f"{whose} cannot call {at}: {why}.{_next(facts, bars)}"
    return Row("numbers_today", "Numbers out of use", WARNING, sentence, "pool")


def _bar(facts: Facts, entry: PoolNumber) -> str:
    bar = unusable(entry, facts.campaign)
    if bar:
        return bar
    if facts.start < next_day(facts.campaign.workspace, facts.now) and _used_up(facts, entry):
        return CAPPED
    rests = entry.number.carrier.rest_until
    return RESTING if rests and rests > facts.start else ""


def _used_up(facts: Facts, entry: PoolNumber) -> bool:
    return facts.calls_today.get(entry.number_id, 0) >= facts.campaign.max_calls_per_number_per_day


def _next(facts: Facts, bars: Counter[str]) -> str:
    """When they may call again by themselves, and what somebody can do who does not want to wait."""
    told = ""
    if bars[CAPPED]:
        workspace = facts.campaign.workspace
        again = then(next_day(workspace, facts.now), workspace.timezone, facts.now)
        told = f" Calls are counted anew {again}. To call more before that, raise the cap or add numbers."
    if bars[RESTING]:
        rests = [e.number.carrier.rest_until for e in facts.usable if _bar(facts, e) == RESTING]
        again = then(min(at for at in rests if at), facts.campaign.zone if facts.policy else "UTC", facts.now)
        told += f" The carrier is tried again {again}."
    return told or " Enable them, or choose others, if more calls are to go out."
