"""When a campaign is over, and when it pauses by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.choices import Outcome
from campaigns.dialing.values import Policy

ERROR_SAMPLE = 50  # the last so many ended calls are looked at; fewer say nothing


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a campaign's contacts, calls and lists are still open."""

    waiting: int = 0  # pending or retry
    dialing: int = 0
    called: int = 0  # a person answered, the verdict is awaited
    live: int = 0
    callbacks: int = 0  # pending
    loading: int = 0  # lists that are still being turned into contacts


def over(
    policy: Policy, counts: Counts, now: datetime, *, running: bool = True, day_closes: datetime | None = None
) -> str | None:
    """Why a running or paused campaign is completed now: "all_final", "single_day_over" or None.

    `day_closes`: when the last span of the run's single day closes for the last of its contacts; None while no launch
    has fixed that day.
    """
    talking = counts.live or counts.dialing or counts.called
    if running and not policy.always_on and not (talking or counts.waiting or counts.callbacks or counts.loading):
        return "all_final"
    if policy.single_day and day_closes is not None and now >= day_closes and not talking:
        return "single_day_over"
    return None


def pilot_done(pilot_size: int | None, launched: int, undecided: int) -> bool:
    """Whether every call that the pilot allowed has its verdict. `undecided`: launched calls without one."""
    return pilot_size is not None and launched >= pilot_size and undecided == 0


def error_rate(outcomes: Sequence[str]) -> float | None:
    """Percent of the last 50 ended calls that ended `error` or `timeout`; None with fewer. Newest last, withdrawn
    calls left out by the caller."""
    if len(outcomes) < ERROR_SAMPLE:
        return None
    last = list(outcomes)[-ERROR_SAMPLE:]
    return 100 * (last.count(Outcome.ERROR) + last.count(Outcome.TIMEOUT)) / ERROR_SAMPLE
