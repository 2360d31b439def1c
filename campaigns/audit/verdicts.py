"""What must become of a person after a call, by section "After each call"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.audit.times import same, when

CALLBACKS = 5  # in one run
SOON = timedelta(minutes=2)  # a callback asked for sooner than this comes after the retry delay


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the verdict is given; the call that has just ended is counted already."""

    outcome: str
    talk: float
    ended: datetime
    now: datetime
    said: Mapping[str, Any]
    attempts: int
    voicemails: int
    callbacks: int
    achieved: bool
    suppressed: bool
    may_call_back: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """`reasons`: the words that may stand for it."""

    status: str
    reasons: tuple[str, ...]
    due: datetime | None = None


def expected(campaign: Mapping[str, Any], facts: Facts, opening: Callable[[datetime], datetime | None]) -> Expected:
    """`opening` gives the first allowed instant from a moment on, for callbacks."""
    left = facts.attempts < _number(campaign, "max_attempts", 3)
    delay = timedelta(minutes=_number(campaign, "retry_delay_minutes", 30))
    later = max(facts.ended + delay, facts.now)
    retry_on = campaign.get("retry_on") or []
    if facts.said.get("do_not_call"):
        return Expected("excluded", ("do_not_call",))
    if facts.suppressed:
        return Expected("excluded", ("suppressed", "do_not_call"))
    if facts.outcome == "human":
        if "callback_at" in facts.said and facts.may_call_back and facts.callbacks < CALLBACKS:
            asked = facts.said["callback_at"] and when(facts.said["callback_at"])
            due = later if asked is None or asked - facts.now < SOON else asked
            return Expected("retry", ("callback",), opening(due))
        return _after_person(campaign, facts, left, later)
    if facts.outcome == "machine":
        most = _number(campaign, "max_voicemail_attempts", 0) or _number(campaign, "max_attempts", 3)
        again = left and "machine" in retry_on and facts.voicemails < most
        return Expected("retry", ("machine",), later) if again else Expected("no_conversation", ("machine",))
    if facts.outcome not in retry_on:
        return Expected("failed", ("not_retried",))
    return Expected("retry", (facts.outcome,), later) if left else Expected("failed", ("max_attempts",))


def _after_person(campaign: Mapping[str, Any], facts: Facts, left: bool, later: datetime) -> Expected:
    word = same(facts.said.get("disposition") or "")
    if facts.achieved:
        return Expected("completed", ("goal_achieved",))
    if campaign.get("stop_after_connect") and facts.talk > _number(campaign, "stop_after_connect_seconds", 30):
        return Expected("completed", ("stop_rule",))
    short = facts.talk < _number(campaign, "redial_short_connect_seconds", 15)
    if left and campaign.get("redial_short_connect") and short:
        return Expected("retry", ("short_connect",), later)
    if left and word and word in [same(each) for each in campaign.get("retry_dispositions") or []]:
        return Expected("retry", (word,), later)
    if left and campaign.get("goal_based_retry"):
        return Expected("retry", ("goal_based_retry",), later)
    if facts.said.get("speech", True) is False:
        return Expected("no_conversation", ("no_speech",))
    return Expected("completed", ("human", word))


def _number(campaign: Mapping[str, Any], key: str, default: int) -> int:
    found = campaign.get(key)
    return default if found is None else int(found)
