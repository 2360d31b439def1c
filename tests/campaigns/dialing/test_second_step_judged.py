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
def reached():
    """What forty such scenarios come to, by type and reason."""
    lines = [line for seed in range(40) for line in trace(richer_scenario(random.Random(seed)))]
    return Counter((line["type"], line.get("reason", "")) for line in lines)


@pytest.mark.parametrize(
    "rule",
    [("contact", "after_primary"), ("contact", "not_needed"), ("campaign", "budget"), ("inbound", ""), ("launch", "")],
)
def test_the_scenarios_reach_every_rule(reached, rule):
    assert reached[rule] > 0
