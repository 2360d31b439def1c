"""What becomes of a call: fixed by the last digits of the called number, or by rates; the same for the same seed.

The n-th call to a number has its own generator, so neither the order among numbers nor the speed changes an outcome.
The table of digits is docs/simulated-carrier.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

# (result, ending of the conversation) by digit. A tuple of several: the first call, the second …, the last repeats.
Fate = tuple[str, str]
BY_DIGIT: dict[str, tuple[Fate, ...]] = {
    "0": (("human", "success"),),
    "1": (("human", "callback"),),
    "2": (("human", "do_not_call"),),
    "3": (("machine", "voicemail"),),
    "4": (("no_answer", ""),),
    "5": (("busy", ""),),
    "6": (("rejected", ""),),
    "7": (("rang_out", ""),),
    "8": (("error", ""),),
}
BY_THREE_DIGITS: dict[str, tuple[Fate, ...]] = {
    **{f"00{digit}": fates for digit, fates in BY_DIGIT.items()},
    "010": (("human", "not_interested"),),
    "011": (("human", "wrong_person"),),
    "012": (("human", "hangs_up"),),
    "013": (("human", "silence"),),
    "014": (("busy", ""), ("human", "success")),
    "015": (("rang_out", ""), ("machine", "voicemail"), ("human", "success")),
    "016": (("human", "hangs_up"), ("human", "success")),
    "017": (("human", "callback"), ("human", "success")),
    "018": (("human", "do_not_call_later"),),
    "919": (("silent", ""),),
}
FIXED = {"marked": 3, "last": 1, "off": 0}  # how many last digits decide

RATES = {
    "human": 0.40,
    "machine": 0.20,
    "no_answer": 0.08,
    "rang_out": 0.19,
    "busy": 0.06,
    "rejected": 0.04,
    "error": 0.03,
    "silent": 0.0,
}
ENDINGS = {
    "success": 0.30,
    "not_interested": 0.34,
    "callback": 0.12,
    "do_not_call": 0.03,
    "do_not_call_later": 0.01,
    "wrong_person": 0.06,
    "hangs_up": 0.09,
    "silence": 0.05,
}
ERROR_REASONS = ("unallocated_number", "network_out_of_order", "incompatible_destination", "call_dropped")


@dataclass(frozen=True, slots=True)
class Plan:
    """Times are nominal seconds, before the speed factor. `ring`: None when no ringing is heard."""

    result: str
    ending: str
    reason: str
    setup: float  # until it rings, or until the end when it does not
    ring: float | None  # how long it rings until the answer or the end


def plan(
    number: str,
    nth: int,
    ring_timeout: int,
    seed: int,
    fixed: str,
    rates: Mapping[str, float],
    endings: Mapping[str, float],
) -> Plan:
    """Of the n-th call (from 1) to a number."""
    rng = Random(f"{seed}/{number}/{nth}")  # noqa: S311 - repeatable, not secret
    result, ending = _fixed(number, nth, fixed) or _drawn(rng, rates, endings)
    longest = max(1.0, ring_timeout - 1.0)
    setup, ring, reason = rng.uniform(0.6, 1.8), None, ""
    if result in {"human", "machine"}:
        ring = min(longest, rng.uniform(3, 14) if result == "human" else rng.uniform(14, 24))
    elif result == "rang_out":
        ring, reason = float(ring_timeout), "ring_timeout"
    elif result == "rejected":
        ring, reason = min(longest, rng.uniform(2, 8)), "declined"
    elif result == "no_answer":
        setup, reason = float(ring_timeout), "no_ringing_heard"
    elif result == "busy":
        reason = "user_busy"
    elif result == "error":
        reason = rng.choice(ERROR_REASONS)
    return Plan(result, ending, reason, setup, ring)


def _fixed(number: str, nth: int, fixed: str) -> Fate | None:
    digits = FIXED[fixed]
    if not digits:
        return None
    fates = (BY_DIGIT if digits == 1 else BY_THREE_DIGITS).get(number[-digits:])
    return fates[min(nth, len(fates)) - 1] if fates else None


def _drawn(rng: Random, rates: Mapping[str, float], endings: Mapping[str, float]) -> Fate:
    result = rng.choices(list(rates), weights=list(rates.values()))[0]
    if result == "human":
        return result, rng.choices(list(endings), weights=list(endings.values()))[0]
    return result, "voicemail" if result == "machine" else ""
