"""No second of the carrier's clock holds more calls than its CPS, however long requests and answers take."""

import heapq
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.pacer import KNOWN, LATE, LONGEST, NEAR, Pacer, gap_of

LATER = st.floats(min_value=0, max_value=LONGEST - NEAR - 0.01)


def sent(pacer, ways, now=0.0):
    """When each call left and arrived, all leaving as early as they may; `ways`: seconds there and back of each."""
    left, arrived, answers = [], [], []
    for call, (there, back) in enumerate(ways):
        while answers and answers[0][0] <= pacer.free_at(now):
            now, answered = max(now, answers[0][0]), heapq.heappop(answers)
            pacer.answered(answered[1], now)
        now = pacer.free_at(now)
        pacer.left(str(call), now)
        left.append(now)
        arrived.append(now + there)
        heapq.heappush(answers, (now + there + back, str(call)))
    return left, arrived


def most_in_a_second(times):
    return max(sum(1 for other in times if at - 1 < other <= at) for at in times)


@given(
    st.integers(min_value=1, max_value=30),
    st.tuples(st.floats(min_value=0.001, max_value=0.2), st.floats(min_value=0.001, max_value=0.2)),
    st.lists(st.tuples(LATER, st.floats(min_value=0, max_value=0.01)), max_size=150),
)
def test_the_carrier_never_counts_more_than_its_cps(cps, nearest, delays):
    ways = [nearest, *((nearest[0] + there, nearest[1] + back) for there, back in delays)]
    _, arrived = sent(Pacer(cps), ways)
    assert most_in_a_second(sorted(round(at, 6) for at in arrived)) <= cps


@pytest.mark.parametrize("cps", [1, 2, 10, 100])
@pytest.mark.parametrize("there_and_back", [0.002, 0.02, 0.4])
def test_nearly_all_of_the_cps_is_used_however_far_away_the_carrier_is(cps, there_and_back):
    left, _ = sent(Pacer(cps), [(there_and_back / 2, there_and_back / 2)] * (KNOWN + 12 * cps + 1))
    assert 0.95 * cps <= 10 * cps / (left[-1] - left[KNOWN + 2 * cps]) <= 1.01 * cps


def test_below_one_call_a_second_calls_arrive_at_least_so_far_apart():
    _, arrived = sent(Pacer(0.5), [(0.001, 0.001), (0.3, 0.001), (0.001, 0.001)])
    assert [later - earlier >= 2 for earlier, later in pairwise(arrived)] == [True, True]


def test_calls_leave_evenly_and_what_is_late_is_caught_up_for_a_moment_only():
    pacer = Pacer(100)
    left, _ = sent(pacer, [(0.001, 0.001)] * 20)
    at_once = 1 + int(LATE / gap_of(100))
    assert left[:at_once] == [0.0] * at_once
    assert [later - earlier for earlier, later in pairwise(left[at_once:])] == pytest.approx([gap_of(100)] * 13)


def test_an_answer_that_never_comes_holds_up_the_next_call_for_a_second_only():
    pacer = Pacer(1)
    pacer.left("a", 0.0)
    assert pacer.free_at(0.5) == 1 + LONGEST
    pacer.answered("a", 0.6)
    assert pacer.free_at(0.7) == pytest.approx(1.6)


def test_calls_of_another_process_count_once():
    pacer = Pacer(2)
    pacer.arrived("a", 10.0)
    pacer.arrived("a", 10.0)
    assert pacer.free_at(10.1) == 10.1
    pacer.arrived("b", 10.1)
    assert pacer.free_at(10.7) == 11.0


def test_of_what_is_said_of_another_process_s_call_the_earliest_counts():
    pacer = Pacer(1)
    for at in (12.0, 10.5, 11.0):
        pacer.arrived("a", at)
    assert pacer.free_at(11.0) == 11.5


def test_without_a_limit_calls_leave_at_once():
    left, _ = sent(Pacer(), [(0.1, 0.1)] * 5)
    assert left == [0.0] * 5


def test_who_waits_is_waited_for_before_anybody_has_left():
    pacer = Pacer(2)
    gap = gap_of(2)
    assert pacer.slots(10.0, behind=2, count=1) == [pytest.approx(10 + 2 * gap, abs=LATE * 1.01)]
