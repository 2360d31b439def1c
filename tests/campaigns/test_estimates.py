"""The most a campaign may cost."""

from decimal import Decimal

from campaigns import estimates


def test_every_contact_as_often_as_allowed_on_the_dearest_carrier_for_the_assumed_talk_time():
    estimate = estimates.most(100, 3, Decimal("0.08"), [Decimal("0.01"), Decimal("0.04")])
    assert (estimate.calls, estimate.talk_seconds, estimate.rate_per_minute) == (300, 60, Decimal("0.12"))
    assert estimate.cost == Decimal("36.00")


def test_nothing_to_call_costs_nothing_and_no_carrier_adds_nothing():
    assert estimates.most(0, 3, Decimal("0.08"), []).cost == 0
    assert estimates.most(1, 1, Decimal("0.08"), []).cost == Decimal("0.08")
