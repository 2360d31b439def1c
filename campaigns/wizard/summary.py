"""Everything a campaign is set to, in words, step by step: what Review shows."""

from dataclasses import dataclass

from accounts.figures import span, thousands
from campaigns import estimates
from campaigns.choices import Rotation, TriggerMode
from campaigns.models import Campaign, PoolNumber
from campaigns.wizard.steps import BASICS, DIALER, POOL, Step
from campaigns.wording import OUTCOME_WORDS, call_window, full_moment, listed, minutes

NONE = "–"


@dataclass(frozen=True, slots=True)
class Part:
    step: Step
    lines: list[tuple[str, str]]


def parts(campaign: Campaign, pool: list[PoolNumber]) -> list[Part]:
    return [Part(BASICS, _basics(campaign)), Part(POOL, _pool(campaign, pool)), Part(DIALER, _dialer(campaign))]


def estimate(campaign: Campaign, people: int, pool: list[PoolNumber]) -> estimates.Estimate:
    rates = [entry.number.carrier.cost_per_minute for entry in pool]
    return estimates.most(people, campaign.max_attempts, campaign.agent.cost_per_minute, rates)


def _basics(campaign: Campaign) -> list[tuple[str, str]]:
    return [
        ("Campaign name", campaign.name),
        ("Agent", campaign.agent.name),
        ("Priority", campaign.get_priority_display()),
        ("Notes", campaign.notes or NONE),
    ]


def _pool(campaign: Campaign, pool: list[PoolNumber]) -> list[tuple[str, str]]:
    weighted = campaign.rotation_strategy == Rotation.WEIGHTED
    words = [f"{entry.number}, weight {entry.weight}" if weighted else str(entry.number) for entry in pool]
    lines = [(f"Numbers ({len(pool)})", "; ".join(words) or NONE)]
    if len(pool) > 1:
        lines.append(("Rotation", campaign.get_rotation_strategy_display()))
        lines.append(("Prefer the contact's country", _yes(campaign.prefer_country_match)))
    lines.append(("Excluded from spam score", str(campaign.spam_threshold)))
    lines.append(("Calls per number and day", thousands(campaign.max_calls_per_number_per_day)))
    return lines


def _dialer(campaign: Campaign) -> list[tuple[str, str]]:
    return [
        ("Concurrency limit", thousands(campaign.concurrency_limit)),
        ("Mode", campaign.get_mode_display()),
        ("Always-on", _yes(campaign.always_on)),
        ("Start", _start(campaign)),
        ("Call window", _window(campaign)),
        ("Max attempts", str(campaign.max_attempts)),
        ("Retry delay", minutes(campaign.retry_delay_minutes)),
        ("Retry on", listed([OUTCOME_WORDS[word] for word in campaign.retry_on]) or "nothing: nobody is called twice"),
        ("Retry on dispositions", ", ".join(campaign.retry_dispositions) or NONE),
        ("Goal-based retry", _yes(campaign.goal_based_retry)),
        (
            "Stop redials after a connect",
            _rule(campaign.stop_after_connect, "longer", campaign.stop_after_connect_seconds),
        ),
        (
            "Redial after a connect",
            _rule(campaign.redial_short_connect, "shorter", campaign.redial_short_connect_seconds),
        ),
        ("Callback detection", _yes(campaign.callback_detection)),
        ("Sticky exclusion", _yes(campaign.sticky_exclusion)),
    ]


def _start(campaign: Campaign) -> str:
    if campaign.trigger_mode == TriggerMode.MANUAL or campaign.starts_at is None:
        return "As soon as somebody presses Start"
    return f"{full_moment(campaign.starts_at, campaign.zone)}, once somebody pressed Start"


def _window(campaign: Campaign) -> str:
    zone = "in each contact's own time zone" if campaign.contact_local_time else campaign.zone
    return f"{call_window(campaign)}, {zone}"


def _rule(on: bool, word: str, seconds: int) -> str:
    return f"{word} than {span(seconds)}" if on else "Off"


def _yes(value: bool) -> str:
    return "On" if value else "Off"
