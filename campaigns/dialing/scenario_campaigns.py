"""The campaigns of a scenario file: the fields of the specification's section 2, pool, window, scripted contacts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from campaigns.choices import (
    CALL_INTERVALS,
    RETRYABLE_OUTCOMES,
    RING_TIMEOUTS,
    WEEKDAYS,
    AmdMode,
    CampaignMode,
    Rotation,
    SecondaryContacts,
    TriggerMode,
)
from campaigns.dialing import window
from campaigns.dialing.fields import Fields
from campaigns.dialing.scenario_people import PRIORITIES, ScenarioContact, read_contacts
from campaigns.dialing.values import Policy, SafeHours, Window
from campaigns.dialing.verdict import plain

POOL_STATUSES = ("active", "disabled", "excluded")  # excluded comes from the spam score and is no setting
OLDEST_START = timedelta(hours=24)  # a start time further back is a mistake
MOST_MINUTES = 43_200


@dataclass(frozen=True, slots=True)
class ScenarioPoolNumber:
    ref: str
    weight: int = 1
    active: bool = True


@dataclass(frozen=True, slots=True)
class ScenarioCampaign:
    ref: str
    policy: Policy
    numbers: tuple[ScenarioPoolNumber, ...] = ()
    contacts: tuple[ScenarioContact, ...] = ()
    starts_at: datetime | None = None  # set only where the trigger is scheduled
    sticky_exclusion: bool = False
    pilot_size: int | None = None
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ScenarioAgent:
    calls_back: bool = False
    rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all campaigns of a scenario stand in."""

    timezone: str
    start: datetime | None
    safe: SafeHours | None
    schedules: Mapping[str, Window]


def read_campaign(
    item: Fields, *, ref: str, agent: ScenarioAgent, numbers: Collection[str], setting: Setting
) -> ScenarioCampaign:
    """One campaign; every mistake is noted in `item`."""
    policy = _policy(item, ref, agent, setting)
    campaign = ScenarioCampaign(
        ref=ref,
        policy=policy,
        numbers=_pool(item, numbers),
        contacts=read_contacts(item, ()),
        starts_at=_starts_at(item, setting.start),
        sticky_exclusion=item.flag("sticky_exclusion", False),
        pilot_size=item.whole("pilot_size", None, 1),
        budget=item.money("budget_cap", None),
    )
    _without_effect(item)
    item.finish()
    return campaign


def _policy(item: Fields, ref: str, agent: ScenarioAgent, setting: Setting) -> Policy:
    max_attempts = item.whole("max_attempts", 3, 1, 11)
    stop_after, redial_short = _thresholds(item)
    policy = Policy(
        campaign=ref,
        priority=PRIORITIES.index(item.choice("priority", "normal", PRIORITIES)),
        window=_window(item, setting),
        contact_local=item.flag("contact_local_time", False),
        single_day=item.choice("mode", "single_day", list(CampaignMode)) == CampaignMode.SINGLE_DAY,
        always_on=item.flag("always_on", False),
        concurrency=item.whole("concurrency_limit", 50, 1),
        interval=timedelta(seconds=item.choice("call_interval_seconds", 0, CALL_INTERVALS)),
        ring_timeout=timedelta(seconds=item.choice("ring_timeout_seconds", 30, RING_TIMEOUTS)),
        max_attempts=max_attempts,
        retry_delay=timedelta(minutes=item.whole("retry_delay_minutes", 30, 1, MOST_MINUTES)),
        retry_on=frozenset(item.several("retry_on", (), RETRYABLE_OUTCOMES)),
        retry_dispositions=_dispositions(item),
        max_voicemails=item.whole("max_voicemail_attempts", None, 1, 11) or max_attempts,
        goal_based_retry=item.flag("goal_based_retry", False),
        stop_after=stop_after,
        redial_short=redial_short,
        completion_timeout=timedelta(minutes=item.whole("completion_timeout_minutes", 0, 0, MOST_MINUTES)),
        callbacks=item.flag("callback_detection", False) and agent.calls_back,
        rotation=item.choice("rotation_strategy", "round_robin", list(Rotation)),
        prefer_country=item.flag("prefer_country_match", False),
        spam_threshold=item.whole("spam_threshold", 7, 1, 9),
        daily_cap=item.whole("max_calls_per_number_per_day", 100, 1, 1000),
        max_error_rate=item.whole("max_error_rate", None, 0, 100),
        after_primary=item.choice("secondary_contacts", "off", list(SecondaryContacts))
        == SecondaryContacts.AFTER_PRIMARY,
        safe=setting.safe,
        agent_rate=agent.rate,
    )
    if policy.always_on and policy.single_day:
        item.mistake("always_on", "goes only with the mode multi_day")
    return policy


def _thresholds(item: Fields) -> tuple[int | None, int | None]:
    """The talk seconds of the stop and the short-connect rule, None for a rule that is off."""
    stop, short = item.flag("stop_after_connect", False), item.flag("redial_short_connect", False)
    most, least = (
        item.whole("stop_after_connect_seconds", 30, 1, 3600),
        item.whole("redial_short_connect_seconds", 15, 1, 3600),
    )
    if stop and short and least > most:
        item.mistake("redial_short_connect_seconds", "may not exceed stop_after_connect_seconds when both rules are on")
    return most if stop else None, least if short else None


def _window(item: Fields, setting: Setting) -> Window:
    ref, timezone = item.text("schedule", None), setting.timezone
    if ref and ref not in setting.schedules:
        item.mistake("schedule", f"there is no schedule “{ref}”")
    given = item.object("window", {})
    if ref in setting.schedules:  # it stands in place of the window
        return setting.schedules[ref]
    start, end = given.text("start", "09:00"), given.text("end", "18:00")
    zone, days = given.zone("timezone", timezone), given.several("days", WEEKDAYS, WEEKDAYS)
    given.finish()
    try:
        return window.parse(start, end, zone or timezone, days)
    except window.InvalidWindow as error:
        given.mistake("", str(error).rstrip("."))
        return window.parse("09:00", "18:00", "UTC", WEEKDAYS)


def _dispositions(item: Fields) -> frozenset[str]:
    given = item.raw("retry_dispositions", [])
    words = given.split(",") if isinstance(given, str) else given
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        item.mistake("retry_dispositions", "must be a list of texts")
        return frozenset()
    return frozenset(plain(word) for word in words if word.strip())


def _starts_at(item: Fields, start: datetime | None) -> datetime | None:
    scheduled = item.choice("trigger_mode", "manual", list(TriggerMode)) == TriggerMode.SCHEDULED
    missing = scheduled and item.raw("starts_at") is None
    if missing:
        item.mistake("starts_at", "is required when the trigger is scheduled")
    at = None if missing else item.time("starts_at", None)
    if at and start and at < start - OLDEST_START:
        item.mistake("starts_at", "lies more than 24 hours in the past")
    return at if scheduled else None


def _without_effect(item: Fields) -> None:
    """Fields that a forecast carries without using them."""
    item.text("name", "", 120)
    item.text("notes", "")
    item.choice("amd_mode", "text", list(AmdMode))
    if not isinstance(item.raw("metadata", {}), dict):
        item.mistake("metadata", "must be an object")


def _pool(item: Fields, numbers: Collection[str]) -> tuple[ScenarioPoolNumber, ...]:
    pool: dict[str, ScenarioPoolNumber] = {}
    for each in item.items("numbers"):
        ref = each.text("ref") or ""
        if ref and ref not in numbers:
            each.mistake("ref", f"there is no number “{ref}”")
        elif ref in pool:
            each.mistake("ref", f"“{ref}” is in the pool already")
        weight, status = each.whole("weight", 1, 1, 100), each.choice("status", "active", POOL_STATUSES)
        each.finish()
        pool[ref] = ScenarioPoolNumber(ref, weight, status != "disabled")
    return tuple(pool.values())
