"""Budget with reservation, and the workspace's balance: money that is not there is a wait with figures."""

from dataclasses import replace
from decimal import Decimal

import pytest

from campaigns.dialing import pacing
from tests.campaigns.dialing.test_pacing import NOW, board, campaign, carrier, people

RATES = {"agent_rate": Decimal("0.06")}
PAID = carrier(rate=Decimal("0.04"))  # with the agent a dime a minute, and a call is assumed to talk for one


def dealt(left, count=5, carriers=(PAID,)):
    state = replace(campaign(**RATES), budget_left=None if left is None else Decimal(left))
    return pacing.deal(board(state, carriers=list(carriers)), {"k": people(count)}, NOW)


@pytest.mark.parametrize(
    ("left", "launched"), [("0", 0), ("0.0999", 0), ("0.10", 1), ("0.35", 3), ("0.50", 5), (None, 5)]
)
def test_a_launch_is_refused_when_its_own_estimate_would_exceed_the_budget(left, launched):
    launches, waits = dealt(left)
    assert len(launches) == launched
    assert waits["k"].reason == ("no_due_contact" if launched == 5 else "budget")


def test_the_refusal_says_what_is_left_and_what_one_more_call_is_reckoned_at():
    _, waits = dealt("0.25")
    assert waits["k"].figures == {"left": "0.0500", "estimate": "0.1000"}


def test_calls_that_cost_nothing_need_no_budget():
    launches, _ = dealt("0", carriers=[carrier(rate=Decimal("-0.06"))])
    assert len(launches) == 5


@pytest.mark.parametrize(("balance", "launched"), [("0", 0), ("-1.5", 0), ("0.0001", 2), (None, 2)])
def test_at_a_balance_of_zero_nothing_is_launched_by_anybody(balance, launched):
    first, second = campaign("k"), campaign("l", priority=2)
    given = replace(board(first, second), balance=None if balance is None else Decimal(balance))
    queues = {"k": people(1), "l": people(1, start=9)}
    launches, waits = pacing.deal(given, queues, NOW)
    assert len(launches) == launched
    expected = "no_due_contact" if launched else "balance"
    assert {wait.reason for wait in waits.values()} == {expected}
    assert (pacing.room(given, "k", NOW) > 0) == bool(launched)


def test_a_campaign_starved_by_one_of_better_right_is_told_which():
    first, second = campaign("k", priority=0), campaign("l", priority=2)
    queues = {"k": people(9), "l": people(3, start=20)}
    _, waits = pacing.deal(board(first, second, carriers=[carrier(cps="3")]), queues, NOW)
    assert waits["l"].figures["campaign"] == "k"
    assert "campaign" not in waits["k"].figures


def test_campaigns_of_one_priority_share_and_starve_nobody():
    queues = {"k": people(9), "l": people(9, start=20)}
    _, waits = pacing.deal(board(campaign("k"), campaign("l"), carriers=[carrier(cps="3")]), queues, NOW)
    assert all("campaign" not in wait.figures for wait in waits.values())
