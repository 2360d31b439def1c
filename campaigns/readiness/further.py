"""Rows that are there only where they have something to say."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from accounts.figures import money, thousands
from campaigns import budget, estimates
from campaigns.choices import ENDED_STATUSES, TriggerMode
from campaigns.dialing import window as windows
from campaigns.dialing.values import Hours
from campaigns.readiness import today
from campaigns.readiness.facts import Facts
from campaigns.readiness.row import BLOCKED, PASSED, WARNING, Row
from campaigns.wording import listed, many, moment, then


def rows(facts: Facts) -> Iterator[Row]:
    for look in (
        _start,
        _provider,
        _goal,
        _balance,
        _staged,
        _open_now,
        _never_open,
        _place_unknown,
        today.row,
        _pool_size,
        _channels,
        _callbacks,
        _tested,
        _budget,
    ):
        row = look(facts)
        if row is not None:
            yield row


def _start(facts: Facts) -> Row | None:
    campaign = facts.campaign
    if campaign.trigger_mode != TriggerMode.SCHEDULED:
        return None
    if campaign.starts_at is None:
        return Row("start", "Start time", BLOCKED, "The start is scheduled, but no time is set. Set one.", "dialer")
    zone = campaign.zone if facts.policy else "UTC"
    late = "" if campaign.starts_at > facts.now else " has passed: Start means now"
    return Row("start", "Start time", PASSED, f"{moment(campaign.starts_at, zone, facts.now)}{late}.", "dialer")


def _provider(facts: Facts) -> Row | None:
    agent = facts.campaign.agent
    others = sorted({e.number.carrier.name for e in facts.pool if e.number.carrier.provider != agent.provider})
    if not others:
        return None
    sentence = f"{listed(others)} cannot carry {agent.name}: their provider is another one. Choose other numbers."
    return Row("provider", "Carriers", BLOCKED, sentence, "pool")


def _goal(facts: Facts) -> Row | None:
    if not facts.campaign.goal_based_retry:
        return None
    if facts.campaign.goals.filter(kind="primary", archived_at__isnull=True).exists():
        return Row("goal", "Primary goal", PASSED, "Contacts are called until the primary goal is achieved.", "goals")
    sentence = "Goal-based retry is on, but there is no primary goal. Add one, or switch it off."
    return Row("goal", "Primary goal", BLOCKED, sentence, "goals")


def _balance(facts: Facts) -> Row | None:
    balance = facts.campaign.workspace.balance
    if balance is None or balance > 0:
        return None
    return Row("balance", "Balance", BLOCKED, "The workspace's balance is used up. An owner can raise it.", "workspace")


def _staged(facts: Facts) -> Row | None:
    if not facts.staged:
        return None
    rows = many(facts.staged, "staged row is", "staged rows are")
    return Row("staged", "Staged rows", WARNING, f"{rows} no contacts yet. Start turns them into contacts.", "upload")


def _open_now(facts: Facts) -> Row | None:
    if facts.policy is None or facts.campaign.status in ENDED_STATUSES:
        return None
    hours = facts.places
    if facts.policy.contact_local and not hours:
        return None
    # Of nobody it is known where they live yet: then the campaign's window alone is asked.
    policy = facts.policy if hours else replace(facts.policy, safe=None)
    keys = hours or [Hours()]
    if any(windows.is_open(policy, key, facts.start) for key in keys):
        return None
    openings = [windows.next_opening(policy, key, facts.start) for key in keys]
    opening = min((at for at in openings if at), default=None)
    when = f"It opens {then(opening, facts.campaign.zone, facts.now)}." if opening else "It does not open in 14 days."
    closed = "closed now" if facts.start == facts.now else "closed at the start time"
    plain = replace(policy, safe=None)
    whose = "call window is" if not any(windows.is_open(plain, key, facts.start) for key in keys) else "safe hours are"
    return Row("open_now", "Window", WARNING, f"The {whose} {closed}. {when}", "dialer")


def _place_unknown(facts: Facts) -> Row | None:
    if facts.policy is None or facts.policy.safe is None:
        return None
    unknown = sum(people for hours, people in facts.never.items() if not hours.country)
    if not unknown:
        return None
    sentence = f"{many(unknown, 'contact')} will not be called: their country is not known. Set it at the contact."
    return Row("zone_unknown", "Country unknown", WARNING, sentence, "dialer")


def _never_open(facts: Facts) -> Row | None:
    if facts.policy is None:
        return None
    never = sum(people for hours, people in facts.never.items() if hours.country or facts.policy.safe is None)
    if not never:
        return None
    sentence = f"{many(never, 'contact')} will not be called: no allowed moment in the next 14 days where they live."
    return Row("never_open", "Out of hours", WARNING, sentence, "dialer")


def _pool_size(facts: Facts) -> Row | None:
    cap = facts.campaign.max_calls_per_number_per_day
    calls = cap * len(facts.usable)
    if not facts.usable or calls >= facts.people:
        return None
    sentence = (
        f"{many(len(facts.usable), 'number')} with {many(cap, 'call')} a day each reach {thousands(calls)} of"
        f" {many(facts.people, 'contact')} a day. Add numbers, or plan more days."
    )
    return Row("pool_size", "Pool size", WARNING, sentence, "pool")


def _channels(facts: Facts) -> Row | None:
    channels = sum(carrier.max_channels for carrier in facts.carriers)
    wanted = facts.campaign.concurrency_limit
    if not facts.carriers or wanted <= channels:
        return None
    sentence = (
        f"{many(wanted, 'call')} at once are allowed, but the pool's carriers have {many(channels, 'channel')}:"
        f" no more than {thousands(channels)} will be live."
    )
    return Row("channels", "Concurrency", WARNING, sentence, "dialer")


def _callbacks(facts: Facts) -> Row | None:
    campaign = facts.campaign
    if not campaign.callback_detection or campaign.agent.callback_enabled:
        return None
    sentence = (
        f"Callbacks are on here, but off at {campaign.agent.name}: none will be made. Switch them on at the agent."
    )
    return Row("callbacks", "Callbacks", WARNING, sentence, "agent")


def _tested(facts: Facts) -> Row | None:
    if facts.campaign.agent.tested_at:
        return None
    sentence = f"{facts.campaign.agent.name} was never tested. Place a test call from the agent's page."
    return Row("tested", "Test call", WARNING, sentence, "agent")


def _budget(facts: Facts) -> Row | None:
    campaign = facts.campaign
    if campaign.budget_cap is None:
        return None
    if facts.budget_left is not None and facts.budget_left < (one_call := _cheapest(facts)):
        return Row("budget", "Budget", BLOCKED, budget.reached(campaign, facts.budget_left, one_call), "settings")
    rates = [carrier.cost_per_minute for carrier in facts.carriers]
    estimate = estimates.most(facts.people, campaign.max_attempts, campaign.agent.cost_per_minute, rates)
    if campaign.budget_cap >= estimate.cost:
        return None
    currency = campaign.workspace.currency
    sentence = (
        f"The budget of {money(campaign.budget_cap, currency)} is below the most this may cost,"
        f" {money(estimate.cost, currency)} at {estimate.talk_seconds} s of talk a call. It pauses when that is spent."
    )
    return Row("budget", "Budget", WARNING, sentence, "settings")


def _cheapest(facts: Facts) -> Decimal:
    """The least that dealing keeps back for one more call."""
    rates = [carrier.cost_per_minute for carrier in facts.carriers]
    one_call = estimates.most(1, 1, facts.campaign.agent.cost_per_minute, [min(rates, default=Decimal(0))])
    return one_call.cost.quantize(Decimal("0.0001"))
