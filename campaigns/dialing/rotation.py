"""Which number of a campaign's pool makes the next call."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from campaigns.choices import Rotation
from campaigns.dialing.values import (
    Board,
    CampaignState,
    CarrierState,
    Id,
    NumberState,
    Person,
    Policy,
    PoolEntry,
)

SECOND = timedelta(seconds=1)
Bar = tuple[str, datetime | None]  # the word for it, and when it goes by itself
Bars = dict[Id, Bar | None]
NEVER = datetime.min.replace(tzinfo=UTC)  # never used comes before everything


@dataclass(slots=True)
class WhyNot:
    """How many numbers of the pool cannot be used now, and for what: capped, excluded, disabled, no_cps, no_channel,
    resting. `until`: the first instant at which one of them may come free by time alone; None when none will."""

    counts: Counter[str] = field(default_factory=Counter)
    until: datetime | None = None

    def add(self, word: str, until: datetime | None) -> None:
        self.counts[word] += 1
        if until is not None and (self.until is None or until < self.until):
            self.until = until


def pick(
    state: CampaignState, board: Board, person: Person, now: datetime, bars: Bars | None = None
) -> tuple[PoolEntry | None, WhyNot]:
    """The number that calls this person now, or None with the reasons. Live counts are those of `board`.

    `bars`: what `carrier_bar` says of each carrier of the board at `now`, where the caller knows it already.
    """
    bars = carrier_bars(board, now) if bars is None else bars
    why = WhyNot()
    eligible = []
    for entry in state.pool:
        number = board.numbers[entry.number]
        bar = number_bar(state.policy, entry, number) or bars[number.carrier]
        if bar is None:
            eligible.append((entry, number))
        else:
            why.add(*bar)
    country = person.hours.country
    if state.policy.prefer_country and country:
        eligible = [pair for pair in eligible if pair[1].country == country] or eligible
    if not eligible:
        return None, why
    key = _ORDER[state.policy.rotation]
    return min(eligible, key=lambda pair: (*key(*pair), pair[0].position))[0], why


def number_bar(policy: Policy, entry: PoolEntry, number: NumberState) -> Bar | None:
    """What keeps a number of a pool from being used today, whatever its carrier can do."""
    if not (entry.active and number.outbound):
        return "disabled", None
    if number.spam_score >= policy.spam_threshold:
        return "excluded", None
    return ("capped", None) if number.calls_today >= policy.daily_cap else None


def carrier_bars(board: Board, now: datetime) -> Bars:
    return {carrier: carrier_bar(state, now) for carrier, state in board.carriers.items()}


def carrier_bar(carrier: CarrierState, now: datetime) -> Bar | None:
    """What keeps a carrier from a launch now, and until when as far as time alone decides; None: nothing does."""
    if not carrier.enabled:
        return "disabled", None
    if carrier.rest_until is not None and carrier.rest_until > now:
        return "resting", carrier.rest_until
    if carrier.live >= carrier.max_channels:
        return "no_channel", None
    free = cps_free_at(carrier, now)
    return ("no_cps", free) if free > now else None


def cps_free_at(carrier: CarrierState, now: datetime) -> datetime:
    """The first instant from `now` on at which this carrier's CPS allows a launch.

    Whole CPS: no second, however placed, holds more launches; one exactly a second after another lies outside its
    second. Below 1: launches at least 1/CPS seconds apart.
    """
    now = max([now, *carrier.slots[:1]])
    if not carrier.launched:
        return now
    if carrier.max_cps < 1:
        return max(now, carrier.launched[-1] + gap(carrier.max_cps))
    if carrier.spread:
        now = max(now, carrier.launched[-1] + carrier.spread)
    most = int(carrier.max_cps)
    if len(carrier.launched) < most:
        return now
    return max(now, carrier.launched[-most] + SECOND)


def gap(max_cps: Decimal) -> timedelta:
    """The least time between two launches below 1 CPS, rounded up to whole microseconds."""
    return timedelta(microseconds=math.ceil(Decimal(1_000_000) / max_cps))


def _last_used(number: NumberState) -> datetime:
    return number.last_used or NEVER


_ORDER: dict[str, Callable[[PoolEntry, NumberState], tuple]] = {
    Rotation.ROUND_ROBIN: lambda entry, number: (_last_used(number),),
    Rotation.LOWEST_SPAM: lambda entry, number: (number.spam_score, _last_used(number)),
    Rotation.LEAST_USED_TODAY: lambda entry, number: (number.calls_today, _last_used(number)),
    Rotation.WEIGHTED: lambda entry, number: ((entry.calls_in_run + 1) / entry.weight,),
}
