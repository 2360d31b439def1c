"""The plain values that the dialer's rules take and give. No rows, no queries, no clock.

Both stores (`database` and `memory`) fill these, so that a rule is written once. Ids are whatever the
store uses as a key (an integer row id, or a scenario's ref); times are aware datetimes in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Id = Any  # a row id in one store, a ref in the other; Hashable would force a cast wherever a row is written
Span = tuple[int, int]  # minutes from the day's midnight, start ≤ t < end; past midnight the end exceeds 1440


@dataclass(frozen=True, slots=True)
class Window:
    """When a campaign may dial. `days`: seven tuples of spans, Monday first; exceptions replace a date's."""

    timezone: str
    days: tuple[tuple[Span, ...], ...]
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LegalHours:
    """One row of the safe-hours table: when people of a country, or of one of its regions, may be called at all."""

    country: str  # empty: the row of every country without one
    region: str
    days: tuple[tuple[Span, ...], ...]  # Monday first, in the person's own zone
    source: str
    as_of: date | None = None  # when the source was read


SafeHours = Mapping[tuple[str, str], LegalHours]  # (country, region) → row; ("", "") is the row of all the others


@dataclass(frozen=True, slots=True)
class Caps:
    """The most calls to one phone number over all campaigns; None: no limit."""

    day: int | None = None  # in 24 hours
    week: int | None = None  # in 7 days


@dataclass(frozen=True, slots=True)
class Hours:
    """An hours key: everything that legal hours and contact-local windows depend on for one person."""

    country: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One campaign's dial settings."""

    campaign: Id
    priority: int  # Priority: 0 high, 1 normal, 2 low
    window: Window
    contact_local: bool = False
    single_day: bool = True
    always_on: bool = False
    concurrency: int = 50
    interval: timedelta = timedelta(0)
    ring_timeout: timedelta = timedelta(seconds=30)
    max_attempts: int = 3
    retry_delay: timedelta = timedelta(minutes=30)
    retry_on: frozenset[str] = frozenset()
    retry_dispositions: frozenset[str] = frozenset()  # in the form that `verdict.plain` gives
    max_voicemails: int = 3  # resolved: as many as max_attempts where the campaign says nothing
    goal_based_retry: bool = False
    stop_after: int | None = None  # talk seconds; None: rule off
    redial_short: int | None = None  # talk seconds; None: rule off
    completion_timeout: timedelta = timedelta(0)
    callbacks: bool = False  # the double gate: campaign and agent both allow them
    rotation: str = "round_robin"
    prefer_country: bool = False
    spam_threshold: int = 7
    daily_cap: int = 100
    max_error_rate: int | None = None  # percent
    after_primary: bool = False  # secondary contacts are called after their primary
    safe: SafeHours | None = None  # None: the workspace does not keep to safe hours
    agent_rate: Decimal = Decimal(0)  # per minute of talk

    @property
    def by_person(self) -> bool:
        """Whether it depends on where people live when they may be called."""
        return self.contact_local or self.safe is not None


@dataclass(frozen=True, slots=True)
class CarrierState:
    carrier: Id
    max_cps: Decimal
    max_channels: int
    live: int = 0
    # Launches that still count: those of the last second, newest last; below 1 CPS the last one of all.
    launched: tuple[datetime, ...] = ()
    enabled: bool = True
    rest_until: datetime | None = None
    rate: Decimal = Decimal(0)  # per minute of talk
    spread: timedelta = timedelta(0)  # at least so long lies between any two launches
    # When the next calls will leave for it, one each, the last beyond what is dealt; () on a virtual clock: at once.
    slots: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberState:
    number: Id
    carrier: Id
    country: str = ""
    spam_score: int = 0
    calls_today: int = 0  # in all campaigns of the workspace, on the workspace's day
    last_used: datetime | None = None
    outbound: bool = True  # False: inbound-only, never dialed from


@dataclass(frozen=True, slots=True)
class PoolEntry:
    number: Id
    position: int
    active: bool = True
    weight: int = 1
    calls_in_run: int = 0  # since it joined


@dataclass(frozen=True, slots=True)
class CampaignState:
    """A running campaign as a tick sees it."""

    policy: Policy
    run: int = 1
    pool: tuple[PoolEntry, ...] = ()
    live: int = 0
    last_launched: datetime | None = None
    turns: Mapping[Id, datetime] = field(default_factory=dict)  # carrier → this campaign's last launch on it
    pilot_left: int | None = None  # launches the pilot still allows; None: no pilot
    day: date | None = None  # single day: the window date of the run's first launch
    budget_left: Decimal | None = None  # the cap less what is spent and what live calls reserve; None: no cap


@dataclass(frozen=True, slots=True)
class Board:
    """What one tick deals from."""

    campaigns: Mapping[Id, CampaignState]
    carriers: Mapping[Id, CarrierState]
    numbers: Mapping[Id, NumberState]
    balance: Decimal | None = None  # the workspace's; None: none is kept


@dataclass(frozen=True, slots=True)
class Person:
    """A due campaign contact, in the order in which it is to be called within its campaign."""

    id: Id
    phone_number: str
    hours: Hours
    rank: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Launch:
    campaign: Id
    person: Person
    number: Id
    carrier: Id
    at: datetime  # launch k of a tick gets now + k µs, so that the order is total


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a campaign does not dial (more): what binds, its figures, and when to look again (None: unknown)."""

    reason: str
    figures: Mapping[str, object] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """What a campaign contact has behind it in this run."""

    attempts: int = 0  # counted towards the maximum, the call just ended included
    voicemails: int = 0  # the call just ended included
    callbacks: int = 0
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class EndedCall:
    outcome: str
    ended_at: datetime
    talk_seconds: int = 0
    inbound: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What post-call analysis says of a conversation. `unknown`: it did not speak in time."""

    disposition: str = ""
    callback_asked: bool = False
    callback_at: datetime | None = None  # None while asked: no clear time
    primary_goal: str = "unknown"  # GoalWord, the best over all the contact's conversations
    do_not_call: bool = False
    spoke: bool = True
    unknown: bool = False


NO_FINDINGS = Findings(unknown=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a campaign contact after a call."""

    status: str  # ContactStatus: retry or a final one
    reason: str
    next_attempt_at: datetime | None = None
    callback: bool = False  # the retry is a callback, due at next_attempt_at
    suppress: bool = False  # add the number to the suppression list


Queues = Mapping[Id, Sequence[Person]]
