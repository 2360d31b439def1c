from collections import Counter

import pytest

from telephony.simulator.outcomes import ENDINGS, RATES, plan


def fate(number, nth=1, seed=1, fixed="marked", timeout=30, rates=RATES):
    made = plan(number, nth, timeout, seed, fixed, rates, ENDINGS)
    return made.result, made.ending


# The table of docs/simulated-carrier.md.
@pytest.mark.parametrize(
    ("digits", "fates"),
    [
        ("000", [("human", "success")]),
        ("001", [("human", "callback")]),
        ("002", [("human", "do_not_call")]),
        ("003", [("machine", "voicemail")]),
        ("004", [("no_answer", "")]),
        ("005", [("busy", "")]),
        ("006", [("rejected", "")]),
        ("007", [("rang_out", "")]),
        ("008", [("error", "")]),
        ("010", [("human", "not_interested")]),
        ("011", [("human", "wrong_person")]),
        ("012", [("human", "hangs_up")]),
        ("013", [("human", "silence")]),
        ("014", [("busy", ""), ("human", "success"), ("human", "success")]),
        ("015", [("rang_out", ""), ("machine", "voicemail"), ("human", "success")]),
        ("016", [("human", "hangs_up"), ("human", "success")]),
        ("017", [("human", "callback"), ("human", "success")]),
        ("018", [("human", "do_not_call_later")]),
        ("919", [("silent", "")]),
    ],
)
def test_the_last_three_digits_of_a_marked_number_decide(digits, fates):
    assert [fate(f"+14155550{digits}", nth + 1) for nth in range(len(fates))] == fates


def test_with_last_the_last_digit_decides_for_every_number():
    assert fate("+14155559995", fixed="last") == ("busy", "")
    assert fate("+14155559990", fixed="last") == ("human", "success")


def test_without_fixed_digits_a_marked_number_goes_by_rates():
    assert fate("+14155550005", fixed="off", rates={"rejected": 1}) == ("rejected", "")


def test_the_nth_call_to_a_number_is_the_same_for_the_same_seed():
    calls = [(f"+1415555{number:04}", nth) for number in range(1000, 1100) for nth in (1, 2)]
    first = {call: fate(*call, seed=7) for call in calls}
    assert {call: fate(*call, seed=7) for call in reversed(calls)} == first
    assert {call: fate(*call, seed=8) for call in calls} != first


def test_outcomes_come_in_about_their_rates():
    drawn = Counter(fate(f"+1415{number:07}", fixed="off")[0] for number in range(4000))
    assert {result: round(drawn[result] / 4000, 1) for result in RATES} == {
        result: round(rate, 1) for result, rate in RATES.items()
    }


@pytest.mark.parametrize("timeout", [10, 30, 60])
def test_nobody_answers_after_the_ring_timeout(timeout):
    plans = [plan(f"+1415{n:07}", 1, timeout, 1, "off", RATES, ENDINGS) for n in range(500)]
    assert max(one.ring for one in plans if one.result in {"human", "machine"}) < timeout
    assert {one.ring for one in plans if one.result == "rang_out"} == {float(timeout)}
    assert {one.setup for one in plans if one.result == "no_answer"} == {float(timeout)}
