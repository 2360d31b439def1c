"""Random scenarios with every rule of the second step through the dialer, each trace read by the independent judge."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.audit.table import table_of
from tests.campaigns.dialing.judge import judge
from tests.campaigns.dialing.scenarios import trace
from tests.campaigns.dialing.second_step import ROWS, richer_scenario

TABLE = table_of(ROWS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.integers(0, 1_000_000))
def test_no_random_scenario_of_the_second_step_breaks_a_rule(seed):
    data = richer_scenario(random.Random(seed))
    assert judge(data, trace(data), table=TABLE) == []


@pytest.fixture(scope="module")
def played():
    """Forty such scenarios with their traces."""
    made = [richer_scenario(random.Random(seed)) for seed in range(40)]
    return [(data, trace(data)) for data in made]


@pytest.fixture(scope="module")
def reached(played):
    """What they come to, by type and reason."""
    return Counter((line["type"], line.get("reason", "")) for _, lines in played for line in lines)


@pytest.mark.parametrize(
    "rule",
    [
        ("contact", "after_primary"),
        ("contact", "not_needed"),
        ("contact", "callback"),
        ("contact", "suppressed"),
        ("campaign", "budget"),
        ("campaign", "pilot"),
        ("inbound", ""),
        ("launch", ""),
    ],
)
def test_the_scenarios_reach_every_rule(reached, rule):
    assert reached[rule] > 0


def named(data, lines) -> set[str]:
    """What takes part in a scenario."""
    workspace, campaigns = data["workspace"], data["campaigns"]
    launched = {(line["campaign"], line["carrier"]) for line in lines if line["type"] == "launch"}
    carriers = Counter(carrier for _, carrier in launched)
    parts = {
        "inbound": any(line["type"] == "inbound" for line in lines),
        "balance": "balance" in workspace,
        "budget": any(campaign.get("budget_cap") for campaign in campaigns),
        "safe hours": workspace.get("safe_hours"),
        "caps": workspace.get("frequency_cap"),
        "holds": any(action["action"] == "hold" for action in data["actions"]),
        "families": any(each.get("primary") for campaign in campaigns for each in campaign["contacts"]),
        "rivals": max(carriers.values(), default=0) > 1,
    }
    return {name for name, there in parts.items() if there}


@pytest.mark.parametrize(
    "together",
    [("inbound", "balance"), ("inbound", "budget"), ("rivals", "caps"), ("rivals", "budget"), ("families", "holds")],
)
def test_the_scenarios_put_rules_together_that_touch_each_other(played, together):
    assert any(set(together) <= named(data, lines) for data, lines in played)


@pytest.mark.parametrize("part", ["safe hours", "caps", "holds", "families", "rivals", "balance", "budget", "inbound"])
def test_every_part_is_in_several_scenarios(played, part):
    assert sum(part in named(data, lines) for data, lines in played) >= 3
