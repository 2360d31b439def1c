"""A carrier that fails in every way it can: each attempt rings once, and what was not placed is no attempt."""

import pytest
from django.db.models import QuerySet

from campaigns import dispatch
from campaigns.lease import clock
from campaigns.models import Call, Campaign, CampaignContact
from telephony import carriers
from telephony.models import Carrier
from tests.flows.world import phones

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


@pytest.fixture
def dialed(world):
    """Start a campaign with so many people and dial until it is over or the condition holds."""

    def start(count: int = 6, *endings: str, **fields) -> Campaign:
        campaign = world.campaign(**{"max_attempts": 1, **fields})
        world.people(campaign, phones(count, *(endings or ("003", "005", "000"))))
        return world.act(campaign, "start")

    return start


def over(campaign: Campaign):
    return lambda: Campaign.objects.get(pk=campaign.pk).status == "completed"


def told() -> QuerySet[Call]:
    """The calls that a carrier heard of, or may have: a slow machine takes claims back whose time is over."""
    return Call.objects.exclude(reason__in=("not_sent", "dialer_lost"))


def outcomes() -> list[str]:
    return sorted(told().values_list("outcome", flat=True))


@pytest.mark.parametrize("fault", ["hang", "cut", "fail_after", "slow", "early"])
def test_a_placed_call_whose_answer_is_lost_or_late_rings_once_and_is_followed_by_its_events(world, dialed, fault):
    world.simulated.set(next=[fault] * 4, slow_seconds=0.5)
    campaign = dialed()

    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 6


@pytest.mark.parametrize("fault", ["hang", "cut", "fail_after"])
def test_a_placed_call_of_which_nothing_is_heard_at_all_is_found_by_asking(world, dialed, fault):
    world.simulated.set(next=[fault] * 3, lose=1.0)
    campaign = dialed(3)
    world.dial(lambda: len(world.ledger().rings) == 3 and all(ring.ended for ring in world.ledger().rings))
    assert outcomes() == ["", "", ""]

    world.pass_time(minutes=3)
    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 3
    assert outcomes() == ["busy", "human", "machine"]


def test_a_request_that_vanished_is_withdrawn_once_the_carrier_says_so_late_enough(world, dialed):
    world.simulated.set(next=["hang_before"] * 3)
    campaign = dialed(3)
    world.dial(lambda: told().filter(sent_at__isnull=False).count() == 3)

    told().update(check_at=clock())  # asked too early: a request may still be on its way
    world.dial(lambda: sum(world.ledger().lookups[str(ref)] for ref in refs()) >= 3)
    world.dial(lambda: not Call.objects.filter(check_at__lte=clock()).exists())
    assert outcomes() == ["", "", ""]
    world.pass_time(minutes=3)
    world.dial(over(campaign))

    world.judged()
    assert outcomes() == ["busy", "cancelled", "cancelled", "cancelled", "human", "machine"]
    assert set(told().filter(outcome="cancelled").values_list("reason", flat=True)) == {"never_received"}


def refs() -> list[object]:
    return list(told().values_list("reference", flat=True))


def test_a_refusal_that_promises_nothing_was_placed_is_no_attempt_and_lets_the_carrier_rest(world, dialed):
    world.simulated.set(next=["fail_before"] * 6, promise=True)
    campaign = dialed()
    world.dial(lambda: told().filter(outcome="cancelled").count() == 6)
    carrier = Carrier.objects.get()
    assert carrier.rest_seconds == 5 and carrier.rest_until > clock()
    assert set(CampaignContact.objects.values_list("status", "attempts", "attempt_number")) == {("pending", 0, 0)}

    world.pass_time(seconds=5)
    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 6
    assert Carrier.objects.get().rest_seconds == 0


def test_a_rate_limit_lets_the_carrier_rest_longer_each_time_and_costs_nobody_an_attempt(world, dialed):
    world.simulated.set(rate_limited=1.0)
    campaign = dialed()
    for seconds in (5, 10, 20, 40):
        world.dial(lambda: Carrier.objects.get().rest_seconds == seconds)  # noqa: B023 - called here
        assert "429" in Carrier.objects.get().last_error
        assert [reason.code for reason in dispatch.why(campaign, clock())][:1] != []
        world.dial(lambda: not Call.objects.filter(ended_at=None).exists())
        world.pass_time(seconds=seconds)
    world.simulated.set(rate_limited=0)

    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 6
    assert Carrier.objects.get().rest_seconds == 0


def test_wrong_credentials_switch_the_carrier_off_with_the_reason_and_cost_nobody_an_attempt(world, dialed):
    world.simulated.set(unauthorised=1.0)
    campaign = dialed()
    world.dial(lambda: Carrier.objects.get().disabled_at)
    world.dial(lambda: not Call.objects.filter(ended_at=None).exists())
    assert any("401" in reason.sentence for reason in dispatch.why(campaign, clock()))
    assert set(CampaignContact.objects.values_list("status", "attempts")) == {("pending", 0)}

    world.simulated.set(unauthorised=0)
    carriers.enable(Carrier.objects.get().pk)
    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 6


@pytest.mark.parametrize("lookup", ["forgetful", "unavailable"])
def test_a_call_known_to_be_placed_is_never_believed_away_and_ends_after_fifteen_minutes(world, dialed, lookup):
    world.simulated.set(lose=1.0, lookup=lookup)
    campaign = dialed(2, "005")
    world.dial(lambda: Call.objects.exclude(provider_call_id="").count() == 2)

    world.pass_time(minutes=3)
    world.dial(lambda: Call.objects.exclude(unanswered_since=None).count() == 2)
    world.pass_time(minutes=14)
    world.dial(lambda: not Call.objects.filter(check_at__lte=clock()).exists())
    assert outcomes() == ["", ""]
    world.pass_time(minutes=2)
    world.dial(over(campaign))

    world.judged()
    assert outcomes() == ["timeout", "timeout"]
    assert set(CampaignContact.objects.values_list("status", "attempts")) == {("failed", 1)}


def test_a_carrier_that_took_a_call_and_is_silent_for_ever_holds_nobody_for_ever(world, dialed):
    campaign = dialed(2, "919")
    world.dial(lambda: Call.objects.exclude(provider_call_id="").count() == 2)

    for minutes in (3, 8, 8):
        world.pass_time(minutes=minutes)
        world.dial(lambda: not Call.objects.filter(check_at__lte=clock()).exists())
        world.dial(lambda: True)
    world.dial(over(campaign))

    assert outcomes() == ["timeout", "timeout"]
    assert set(told().values_list("reason", flat=True)) == {"no_word_from_carrier"}


def test_events_that_come_early_doubled_swapped_late_or_never_change_nothing_about_the_outcome(world, dialed):
    world.simulated.set(early=0.3, double=0.4, swap=0.4, late=0.3, late_seconds=0.5, lose=0.2)
    campaign = dialed(40, "000", "003", "004", "005", "006", "007", "008", "010")

    # The end of some is lost: it is asked for; again where a late answer has put the look-up off meanwhile.
    for _ in range(2):
        world.dial(lambda: over(campaign)() or world.is_quiet())
        world.pass_time(minutes=6)
    world.dial(over(campaign))

    world.judged()
    assert len(world.ledger().rings) == 40
