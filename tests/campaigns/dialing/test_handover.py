"""No second of a carrier's own clock holds more calls than its CPS when another dialer goes on."""

from datetime import timedelta
from time import monotonic

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import lease, testcall
from campaigns.dialing import place
from campaigns.dialing.handover import ARRIVED_BY, UNDER_WAY, Handover
from campaigns.models import Call, Lease
from telephony.gateway import close, gateway
from telephony.models import Agent, Carrier
from telephony.providers.base import Placed, Refused, Unknown
from tests.campaigns.dialing.floor import NOW, claimed, running, told
from tests.flows.world import until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_but_the_rows_knows():
    close()
    yield
    close()


def free_in(carrier: Carrier) -> float:
    """In how many seconds the next call may leave, once the gateway has heard of those that count."""
    return gateway().slots(carrier.pk, float(carrier.max_cps), 0.1)[0]


def sent(workspace, count: int, cps: int | str) -> Carrier:
    """So many calls were marked at NOW, of a carrier with that CPS."""
    running(workspace, people=count)
    Carrier.objects.update(max_cps=50)
    assert len(told(workspace)) == count
    Carrier.objects.update(max_cps=cps)
    return Carrier.objects.get()


def free_after(workspace, later: float, carrier: Carrier, heard: float = 0) -> tuple[float, float]:
    """In how many seconds the next call may leave once the gateway has heard of all calls (there is longer to wait than
    `heard`), and the same as of the moment before taking over, however long this process stood still meanwhile."""
    begun = monotonic()
    take_over(workspace, later)
    until(lambda: free_in(carrier) > heard, 5)
    left = free_in(carrier)
    return left, left + monotonic() - begun


def take_over(workspace, later: float) -> Handover:
    handover = Handover()
    handover.take_over(workspace.pk, NOW + timedelta(seconds=later))
    return handover


@pytest.mark.parametrize(
    ("answered", "taken_over", "free"),
    [
        (0.3, 0.5, 0.8),  # a second after the answer
        (2.5, 2.6, 0.9),  # a starved carrier: however long ago the call was launched
        (None, 0.0, 2.8),  # may leave in SEND_BY, and takes LONGEST
        (None, 1.0, 1.8),
        (None, 5.0, 1.0),  # may arrive now
    ],
)
def test_a_call_counts_from_its_answer_on_and_without_one_as_long_as_it_may_arrive(
    workspace, answered, taken_over, free
):
    carrier = sent(workspace, 1, cps=1)
    if answered is not None:
        place.note([(str(Call.objects.get().reference), Placed("c-1"))], NOW + timedelta(seconds=answered))
    left, before = free_after(workspace, taken_over, carrier)
    assert left <= free <= before + 0.05


@pytest.mark.parametrize("answer", [Placed("c-1"), Refused("carrier", "429"), Refused("number", "number_busy", "busy")])
def test_whatever_the_answer_says_a_second_later_the_call_counts_no_more(workspace, answer):
    carrier = sent(workspace, 1, cps=1)
    place.note([(str(Call.objects.get().reference), answer)], NOW + timedelta(seconds=0.1))
    take_over(workspace, 1.1)
    assert gateway().wait(0.1) is False
    assert free_in(carrier) == 0


def test_without_an_answer_it_counts_no_more_once_its_request_has_ended(workspace):
    carrier = sent(workspace, 1, cps=1)
    place.note([(str(Call.objects.get().reference), Unknown("timed out"))], NOW + timedelta(seconds=10))
    take_over(workspace, UNDER_WAY.total_seconds() + 1)
    assert gateway().wait(0.1) is False
    assert free_in(carrier) == 0


def test_of_a_slow_carrier_all_that_its_longer_second_holds_counts(workspace):
    carrier = sent(workspace, 1, cps="0.1")
    place.note([(str(Call.objects.get().reference), Placed("c-1"))], NOW)
    left, before = free_after(workspace, 7, carrier)
    assert left <= 3 <= before + 0.05


def test_all_calls_of_the_second_count_and_not_the_latest_alone(workspace):
    """Two that were launched first are answered last."""
    carrier = sent(workspace, 4, cps=2)
    references = [str(pk) for pk in Call.objects.order_by("launched_at").values_list("reference", flat=True)]
    for n, at in enumerate((0.9, 0.9, 0.1, 0.1)):
        place.note([(references[n], Placed(f"c-{n}"))], NOW + timedelta(seconds=at))
    left, before = free_after(workspace, 1, carrier, heard=0.1)
    assert left <= 0.9 <= before + 0.05


def test_an_answer_that_the_one_before_writes_meanwhile_ends_the_doubt(workspace):
    carrier = sent(workspace, 1, cps=1)
    handover = take_over(workspace, 0)
    until(lambda: free_in(carrier) > 1.5, 5)
    assert handover.look() == 1
    place.note([(str(Call.objects.get().reference), Placed("c-1"))], NOW + timedelta(seconds=0.1))
    assert handover.look() == 0
    until(lambda: free_in(carrier) <= 1, 5)


def test_calls_of_a_time_to_come_were_made_before_the_clock_was_set_back(workspace):
    """Dialing does not wait until that time has been and gone."""
    carrier = sent(workspace, 2, cps=1)
    first, _ = Call.objects.all()
    place.note([(str(first.reference), Placed("c-1"))], NOW)
    take_over(workspace, -3600)
    until(lambda: free_in(carrier) > 0, 5)
    assert free_in(carrier) <= ARRIVED_BY.total_seconds() + 1


def test_whoever_lost_the_lease_marks_nothing_and_sends_nothing(workspace, monkeypatch):
    """A dialer that did not get round to it for so long: another has taken over, and counts what is marked."""
    running(workspace, people=1)
    handed_over = []
    monkeypatch.setattr(gateway(), "place", lambda ready, *when: handed_over.extend(ready))
    held = lease.take("dial:1", "starved", timezone.now())
    calls = claimed(workspace)
    Lease.objects.update(epoch=2, owner="another")

    with pytest.raises(lease.Lost):
        place.place(calls, NOW, held)
    assert (Call.objects.get().sent_at, handed_over) == (None, [])

    Lease.objects.update(epoch=1, owner="starved")
    assert place.place(calls, NOW, held) == len(handed_over) == 1


def test_what_was_claimed_and_not_marked_is_withdrawn_at_once_but_for_test_calls(workspace):
    """Nobody can mark it any more; its people are called by whoever took over."""
    campaign = running(workspace, people=3)
    [marked, *others] = claimed(workspace)
    with transaction.atomic():
        place.mark([marked], NOW)
    Agent.objects.filter(pk=campaign.agent_id).update(provider=marked.carrier.provider)
    waiting = testcall.place(Agent.objects.get(), "+14155550123", None, NOW)

    take_over(workspace, 0.1)

    cancelled = Call.objects.filter(outcome="cancelled", reason="dialer_lost")
    assert set(cancelled) == set(others)
    assert set(Call.objects.filter(ended_at=None)) == {marked, waiting}
    assert len(claimed(workspace, NOW + timedelta(seconds=1))) == 2


def test_a_lease_is_confirmed_within_a_transaction_and_stays_what_it_was():
    held = lease.take("dial:1", "a", timezone.now())
    before = Lease.objects.values().get()
    with transaction.atomic():
        lease.confirm(held)
    assert Lease.objects.values().get() == before
