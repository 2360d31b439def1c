"""What would finish it by then? The smallest change of one setting at a time that would do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.dialing.scenario import ScenarioNumber
from campaigns.dialing.scenario_campaigns import ScenarioPoolNumber
from campaigns.dialing.values import NumberState, PoolEntry, Window
from campaigns.forecasting.assumptions import Assumptions
from campaigns.forecasting.foresight import Foresight
from campaigns.forecasting.making import begins, outcomes
from campaigns.forecasting.outcomes import Draw
from campaigns.forecasting.reading import Standing, read
from campaigns.models import Campaign

AT_MOST = 2_000  # people: the question runs the forecast some thirty times
MOST_TIMES = 64  # of the present limit; more helps nobody
MOST_NUMBERS = 32
DAY = 1440
Changed = Callable[[Standing, int], Standing]


def finish_by(campaign: Campaign, by: datetime, now: datetime, assumed: Assumptions) -> dict[str, Any]:
    """For each setting the smallest value that finishes by then, None where none does; `at` is the moment of the rows
    that it was asked of. Raises InvalidWindow."""
    standing = read(campaign, now, most=AT_MOST)
    draw, starts_at = outcomes(campaign, assumed), begins(campaign, now)
    as_it_is = _finish(standing, draw, starts_at, by)
    answer: dict[str, Any] = {"by": by.isoformat(), "at": now.isoformat(), "already": as_it_is, "changes": []}
    if as_it_is or by <= starts_at:
        return answer
    for setting, most, change, words in _settings(standing):
        smallest = _bisect(most, lambda n, change=change: _finish(change(standing, n), draw, starts_at, by))  # type: ignore[misc]
        answer["changes"].append({"setting": setting, **words(smallest)})
    return answer


def _finish(standing: Standing, draw: Draw, starts_at: datetime, by: datetime) -> bool:
    """Whether it is over by then. The clock stops there, so that a slow try costs no more than a fast one."""
    stopped = replace(standing, scenario=replace(standing.scenario, until=by + timedelta(seconds=1)))
    told = Foresight(stopped, draw, starts_at).run()
    return (
        told.finished is not None
        and told.ended_as == "completed"
        and told.finished <= by
        and told.reason != "single_day_over"
    )


def _bisect(most: int, enough: Callable[[int], bool]) -> int | None:
    if most < 1 or not enough(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


Words = Callable[[int | None], dict[str, Any]]


def _settings(standing: Standing) -> list[tuple[str, int, Changed, Words]]:
    policy, step = standing.policy, standing.sample.step
    slots = policy.concurrency * step
    longest = min((DAY - (end - start) for spans in policy.window.days for start, end in spans), default=0)

    def said(unit: str, value: Callable[[int], Any], sentence: str) -> Words:
        return lambda n: {
            "value": None if n is None else value(n),
            "sentence": f"{unit}: no value would do." if n is None else sentence.format(value(n), n=n),
        }

    return [
        (
            "concurrency",
            policy.concurrency * MOST_TIMES,
            lambda s, n: _with_policy(s, concurrency=policy.concurrency + n),
            said("Concurrency", lambda n: slots + n * step, f"Concurrency: {{}} calls at once in place of {slots}."),
        ),
        ("cps", MOST_TIMES, _faster, said("Carrier CPS", lambda n: n + 1, "Carrier CPS: {} times what it is.")),
        (
            "numbers",
            MOST_NUMBERS if standing.scenario.numbers else 0,
            _more_numbers,
            said("Numbers", lambda n: n, "Numbers: {} more like the first."),
        ),
        (
            "window",
            longest // 15,
            _longer,
            said("Call window", lambda n: n * 15, "Call window: open {} minutes longer each day."),
        ),
    ]


def _with_policy(standing: Standing, **changes: Any) -> Standing:
    policy = replace(standing.policy, **changes)
    campaign = standing.scenario.campaigns[0]
    scenario = replace(standing.scenario, campaigns=(replace(campaign, policy=replace(policy, campaign=campaign.ref)),))
    return replace(standing, policy=policy, scenario=scenario)


def _faster(standing: Standing, times: int) -> Standing:
    """From 1 on the dialer counts whole launches a second."""

    def rate(cps: Decimal) -> Decimal:
        faster = cps * (times + 1)
        return faster if faster < 1 else Decimal(int(faster))

    carriers = tuple(replace(each, max_cps=rate(each.max_cps)) for each in standing.scenario.carriers)
    return replace(standing, scenario=replace(standing.scenario, carriers=carriers))


def _more_numbers(standing: Standing, more: int) -> Standing:
    """Numbers of the first one's carrier that nobody has used yet."""
    scenario, board = standing.scenario, standing.board
    campaign, first = scenario.campaigns[0], scenario.numbers[0]
    refs = [f"{first.ref}+{n}" for n in range(more)]
    numbers = tuple(ScenarioNumber(ref, ref, first.carrier, country=first.country) for ref in refs)
    pool = tuple(ScenarioPoolNumber(ref) for ref in refs)
    key, state = next(iter(board.campaigns.items()))
    last = len(state.pool)
    entries = (*state.pool, *(PoolEntry(ref, last + n) for n, ref in enumerate(refs)))
    states = {ref: NumberState(ref, first.carrier) for ref in refs}
    return replace(
        standing,
        scenario=replace(
            scenario,
            numbers=scenario.numbers + numbers,
            campaigns=(replace(campaign, numbers=campaign.numbers + pool),),
        ),
        board=replace(board, campaigns={key: replace(state, pool=entries)}, numbers={**board.numbers, **states}),
    )


def _longer(standing: Standing, quarters: int) -> Standing:
    window = standing.policy.window
    days = tuple(
        tuple((a, b + 15 * quarters) if n == len(spans) - 1 else (a, b) for n, (a, b) in enumerate(spans))
        for spans in window.days
    )
    return _with_policy(standing, window=Window(window.timezone, days, window.exceptions))
