"""Dealing: the tightest limit wins, people keep their order, carriers take turns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.dialing import pacing, rotation, window
from campaigns.dialing.values import (
    Board,
    CampaignState,
    CarrierState,
    Hours,
    NumberState,
    Person,
    Policy,
    PoolEntry,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALWAYS = window.parse("00:00", "24:00", "UTC", ["mon"])


def campaign(name="k", priority=1, numbers=("n",), live=0, last=None, turns=None, pilot=None, **settings):
    return CampaignState(
        Policy(name, priority, ALWAYS, single_day=False, **settings),
        pool=tuple(PoolEntry(number, place) for place, number in enumerate(numbers)),
        live=live,
        last_launched=last,
        turns=turns or {},
        pilot_left=pilot,
    )


def carrier(name="c", cps="100", channels=100, **more):
    return CarrierState(name, Decimal(cps), channels, **more)


def board(*campaigns, carriers=None, numbers=None):
    return Board(
        {state.policy.campaign: state for state in campaigns},
        {state.carrier: state for state in carriers or [carrier()]},
        {state.number: state for state in numbers or [NumberState("n", "c")]},
    )


def people(count, start=0):
    return [Person(k, f"+{1000 + k}", Hours(), 3, NOW) for k in range(start, start + count)]


def deal(the_board, now=NOW, **queues):
    launches, waits = pacing.deal(the_board, queues, now)
    return [(launch.campaign, launch.person.id) for launch in launches], {k: w.reason for k, w in waits.items()}


def test_people_are_called_in_the_order_of_their_queue_a_microsecond_apart():
    launches, _ = pacing.deal(board(campaign()), {"k": people(3)}, NOW)
    assert [(launch.person.id, launch.at - NOW) for launch in launches] == [
        (0, timedelta(0)),
        (1, timedelta(microseconds=1)),
        (2, timedelta(microseconds=2)),
    ]


@pytest.mark.parametrize(
    ("state", "carriers", "launched", "reason"),
    [
        (campaign(concurrency=5, live=3), [carrier()], 2, "slots"),
        (campaign(), [carrier(channels=4, live=1)], 3, "carrier_channels"),
        (campaign(), [carrier(cps="2")], 2, "carrier_cps"),
        (campaign(), [carrier(cps="0.5")], 1, "carrier_cps"),
        (campaign(interval=timedelta(seconds=5)), [carrier()], 1, "interval"),
        (campaign(interval=timedelta(seconds=5), last=NOW - 5 * SECOND), [carrier()], 1, "interval"),
        (campaign(interval=timedelta(seconds=5), last=NOW - 4 * SECOND), [carrier()], 0, "interval"),
        (campaign(pilot=2), [carrier()], 2, "pilot"),
        (campaign(daily_cap=3), [carrier()], 3, "numbers"),
        (campaign(), [carrier(enabled=False)], 0, "numbers"),
        (campaign(), [carrier(rest_until=NOW + SECOND)], 0, "carrier_rest"),
        (campaign(), [carrier(rest_until=NOW)], 9, "no_due_contact"),
    ],
)
def test_the_tightest_limit_wins_and_is_named(state, carriers, launched, reason):
    launches, waits = deal(board(state, carriers=carriers), k=people(9))
    assert (len(launches), waits["k"]) == (launched, reason)


def test_a_launch_exactly_a_second_after_another_lies_outside_its_second():
    recent = (NOW - SECOND, NOW - SECOND + timedelta(microseconds=7))
    full = board(campaign(), carriers=[carrier(cps="2", launched=recent)])
    launches, waits = pacing.deal(full, {"k": people(3)}, NOW)
    assert len(launches) == 1
    assert waits["k"].until == recent[1] + SECOND


@pytest.mark.parametrize(
    ("cps", "gap"), [("0.1", 10_000_000), ("0.3", 3_333_334), ("0.5", 2_000_000), ("0.9", 1_111_112)]
)
def test_below_one_cps_launches_are_at_least_the_inverse_apart(cps, gap):
    state = carrier(cps=cps, launched=(NOW,))
    assert rotation.cps_free_at(state, NOW) == NOW + timedelta(microseconds=gap)


def test_priority_comes_first_then_the_longest_ago_on_that_carrier():
    three = board(
        campaign("low", 2),
        campaign("recent", 1, turns={"c": NOW - SECOND}),
        campaign("old", 1, turns={"c": NOW - 9 * SECOND}),
        campaign("high", 0, turns={"c": NOW - SECOND}, concurrency=2),
        campaign("never", 1),
    )
    queues = {name: people(2, 10 * k) for k, name in enumerate(["low", "recent", "old", "high", "never"])}
    launches, _ = deal(three, **queues)
    assert [name for name, _ in launches] == [
        *["high", "high"],
        *["never", "old", "recent", "never", "old", "recent"],
        *["low", "low"],
    ]


def test_a_campaign_that_cannot_go_holds_nobody_up():
    both = board(campaign("a", 0, concurrency=1, live=1), campaign("b", 2))
    launches, waits = deal(both, a=people(2), b=people(2, 5))
    assert launches == [("b", 5), ("b", 6)]
    assert waits == {"a": "slots", "b": "no_due_contact"}


def test_a_person_of_two_campaigns_is_called_once_and_parks_nobody():
    same = people(1)
    launches, _ = deal(board(campaign("a"), campaign("b")), a=same, b=[*same, *people(1, 5)])
    assert launches == [("a", 0), ("b", 5)]


def test_a_deal_stays_within_its_clock_minute():
    late = NOW.replace(second=59, microsecond=999_998)
    launches, waits = deal(board(campaign()), late, k=people(5))
    assert (len(launches), waits["k"]) == (2, "more")


def test_a_queue_that_was_read_short_ends_the_deal():
    launches, waits = deal(
        board(campaign("a", 0), campaign("b", 1), carriers=[carrier(channels=3)]), a=people(3), b=people(2, 9)
    )
    assert (launches, waits) == ([("a", 0), ("a", 1), ("a", 2)], {"a": "more", "b": "carrier_channels"})


def test_room_reads_at_least_one_person_unless_the_campaign_itself_is_held():
    full = board(campaign(), carriers=[carrier(channels=1, live=1)])
    assert pacing.room(full, "k", NOW) == 1
    assert pacing.room(board(campaign(concurrency=1, live=1)), "k", NOW) == 0
    assert pacing.room(board(campaign(concurrency=30)), "k", NOW) == 30
    assert pacing.room(board(campaign(), carriers=[carrier(cps="3", launched=(NOW,))]), "k", NOW) == 2


def test_dealing_changes_nothing_that_it_was_given():
    given = board(campaign())
    before = (dict(given.campaigns), dict(given.carriers), dict(given.numbers))
    pacing.deal(given, {"k": people(5)}, NOW)
    assert (given.campaigns, given.carriers, given.numbers) == before


def test_nobody_goes_before_a_campaign_of_better_right_whose_queue_was_cut_short():
    """The carrier has room for one launch now and for a second one microsecond later. One person was read of each
    campaign; whether the first has another one is not known, so that the second waits for the next deal."""
    first, second = campaign("k", priority=0), campaign("l", priority=2)
    busy = carrier(cps="2", launched=(NOW - timedelta(seconds=1), NOW - timedelta(seconds=1) + pacing.TICK))
    given = board(first, second, carriers=[busy])
    launches, waits = pacing.deal(given, {"k": people(1), "l": people(1, start=9)}, NOW)
    assert [launch.campaign for launch in launches] == ["k"]
    assert {wait.reason for wait in waits.values()} == {"more"}


def test_a_campaign_whose_interval_ends_within_the_deal_is_read_anew_and_not_told_that_nobody_is_due():
    first = campaign("a", interval=5 * SECOND, last=NOW - 5 * SECOND)
    second = campaign("b", interval=5 * SECOND, last=NOW - 5 * SECOND + pacing.TICK, turns={"c": NOW - SECOND})

    launched, waits = deal(board(first, second), a=people(1), b=[])  # held as it was read: nobody was

    assert launched == [("a", 0)]
    assert waits["b"] == "more"


def test_what_cps_allows_soon_is_dealt_ahead_for_its_own_time():
    last = [NOW - timedelta(milliseconds=950), NOW - timedelta(milliseconds=900), NOW - timedelta(milliseconds=100)]
    full = board(campaign(), carriers=[carrier(cps="3", launched=tuple(last))])
    launches, waits = pacing.deal(full, {"k": people(5)}, NOW, ahead=timedelta(milliseconds=300))
    assert [launch.at for launch in launches] == [last[0] + timedelta(seconds=1), last[1] + timedelta(seconds=1)]
    assert waits["k"].until == last[2] + timedelta(seconds=1)


def test_nothing_is_dealt_ahead_into_another_clock_minute():
    end = NOW.replace(second=0, microsecond=0) + timedelta(minutes=1)
    now, last = end - timedelta(milliseconds=100), end - timedelta(milliseconds=950)
    full = board(campaign(), carriers=[carrier(cps="1", launched=(last,))])
    launches, waits = pacing.deal(full, {"k": people(1)}, now, ahead=timedelta(milliseconds=300))
    assert (launches, waits["k"].reason) == ([], pacing.MORE)


def test_launches_are_dealt_for_the_times_at_which_the_way_to_the_carrier_takes_them_evenly_spread():
    slots = tuple(NOW + timedelta(milliseconds=ms) for ms in (50, 60, 250, 500))
    real = replace(carrier(cps="20"), slots=slots, spread=timedelta(milliseconds=40))
    launches, waits = pacing.deal(
        board(campaign(), carriers=[real]), {"k": people(9)}, NOW, ahead=timedelta(milliseconds=400)
    )
    assert [(launch.at - NOW) / timedelta(milliseconds=1) for launch in launches] == [50, 90, 250]
    assert (waits["k"].reason, waits["k"].until) == (pacing.CARRIER_CPS, slots[-1])


def test_room_counts_what_can_be_dealt_ahead():
    slots = tuple(NOW + timedelta(milliseconds=ms) for ms in (50, 500))
    real = replace(carrier(cps="20"), slots=slots, spread=timedelta(milliseconds=40))
    assert pacing.room(board(campaign(), carriers=[real]), "k", NOW, timedelta(milliseconds=130)) == 3
