"""Which number calls: four strategies, who is eligible, and the numbers of the person's own country."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.dialing import rotation, window
from campaigns.dialing.values import Board, CampaignState, CarrierState, Hours, NumberState, Person, Policy, PoolEntry

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARRIER = CarrierState("c", Decimal(9), 9)
POLICY = Policy("k", 1, window.parse("00:00", "24:00", "UTC", ["mon"]))
PERSON = Person(1, "+14155550000", Hours("US"), 3, NOW)


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


NUMBERS = [
    NumberState("a", "c", "US", 3, 4, ago(5)),
    NumberState("b", "c", "IN", 1, 2, ago(9)),
    NumberState("d", "c", "IN", 1, 4, ago(1)),
    NumberState("e", "c", "US", 5, 2, None),
]


def pick(*, numbers=NUMBERS, carrier=CARRIER, person=PERSON, entries=None, **settings):
    pool = entries or [PoolEntry(number.number, place) for place, number in enumerate(numbers)]
    state = CampaignState(replace(POLICY, **settings), pool=tuple(pool))
    board = Board({"k": state}, {"c": carrier}, {number.number: number for number in numbers})
    entry, why = rotation.pick(state, board, person, NOW)
    return entry and entry.number, dict(why.counts)


@pytest.mark.parametrize(
    ("strategy", "order"),
    [("round_robin", "ebad"), ("lowest_spam", "bdae"), ("least_used_today", "ebad")],
)
def test_each_strategy_has_its_order(strategy, order):
    numbers, found = list(NUMBERS), ""
    while numbers:
        found += pick(numbers=numbers, rotation=strategy)[0]
        numbers = [number for number in numbers if number.number != found[-1]]
    assert found == order


def test_ties_go_by_pool_order():
    fresh = [replace(number, spam_score=0, calls_today=0, last_used=None) for number in reversed(NUMBERS)]
    for strategy in ("round_robin", "lowest_spam", "least_used_today", "weighted"):
        assert pick(numbers=fresh, rotation=strategy)[0] == "e"


def test_weighted_calls_are_in_proportion_and_spread_evenly():
    entries = [PoolEntry("a", 0, weight=3), PoolEntry("b", 1, weight=1), PoolEntry("d", 2, weight=2)]
    found = ""
    for _ in range(12):
        chosen = pick(entries=entries, rotation="weighted")[0]
        found += chosen
        entries = [replace(e, calls_in_run=e.calls_in_run + (e.number == chosen)) for e in entries]
    assert found == "adaabd" * 2


@pytest.mark.parametrize(
    ("changes", "settings", "carrier", "word"),
    [
        ({"spam_score": 7}, {}, {}, "excluded"),
        ({"spam_score": 5}, {"spam_threshold": 5}, {}, "excluded"),
        ({"calls_today": 100}, {}, {}, "capped"),
        ({"calls_today": 3}, {"daily_cap": 3}, {}, "capped"),
        ({"outbound": False}, {}, {}, "disabled"),
        ({}, {}, {"enabled": False}, "disabled"),
        ({}, {}, {"live": 9}, "no_channel"),
        ({}, {}, {"max_cps": Decimal(1), "launched": (NOW,)}, "no_cps"),
        ({}, {}, {"rest_until": NOW + timedelta(seconds=1)}, "resting"),
    ],
)
def test_a_number_that_is_not_eligible_is_counted_by_its_reason(changes, settings, carrier, word):
    numbers = [replace(number, spam_score=0, calls_today=0) for number in NUMBERS]
    changed = [replace(number, **changes) for number in numbers]
    assert pick(numbers=changed, carrier=replace(CARRIER, **carrier), **settings) == (None, {word: 4})


def test_just_below_threshold_and_cap_a_number_is_eligible():
    number = NumberState("a", "c", "US", 6, 99, ago(1))
    assert pick(numbers=[number])[0] == "a"


def test_a_disabled_number_is_left_out():
    assert pick(entries=[PoolEntry("e", 0, active=False), PoolEntry("a", 1)]) == ("a", {"disabled": 1})


@pytest.mark.parametrize(("country", "chosen"), [("US", "e"), ("IN", "b"), ("FR", "e"), ("", "e")])
def test_numbers_of_the_persons_country_go_first_when_one_is_eligible(country, chosen):
    person = replace(PERSON, hours=Hours(country))
    assert pick(person=person, prefer_country=True)[0] == chosen


def test_without_an_eligible_number_of_the_country_the_others_serve():
    capped = [replace(number, calls_today=100 if number.country == "IN" else 0) for number in NUMBERS]
    assert pick(numbers=capped, person=replace(PERSON, hours=Hours("IN")), prefer_country=True) == ("e", {"capped": 2})
