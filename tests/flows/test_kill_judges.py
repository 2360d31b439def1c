"""What the kill matrix counts: rings of one attempt by the carrier's ledger, and people of whom nothing became."""

from types import SimpleNamespace

import pytest

from campaigns.models import Call, CampaignContact
from telephony.simulator.judge import Ring, Verdict
from tests.factories import CallFactory
from tests.flows import kill_matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Call:
    made = CallFactory()
    CampaignContact.objects.update(status="completed", next_attempt_at=None)
    return made


def ring(reference: object, n: int = 0) -> Ring:
    return Ring(f"c{n}", str(reference), "+12122000000", "+12125550100", placed=1.0 + n, ended=2.0 + n, heard=True)


def rung_twice(call: Call, *rings: Ring) -> int:
    return kill_matrix.rung_twice(SimpleNamespace(workspace=call.workspace), Verdict(rings=list(rings)))


def test_an_attempt_that_rang_once_was_not_rung_twice(call):
    assert rung_twice(call, ring(call.reference)) == 0


def test_a_reference_that_rang_three_times_is_two_rings_too_many(call):
    assert rung_twice(call, *(ring(call.reference, n) for n in range(3))) == 2


def test_a_claim_that_was_taken_back_and_rang_counts_with_the_attempt_that_followed_it(call):
    again = CallFactory(
        workspace=call.workspace,
        campaign=call.campaign,
        campaign_contact=call.campaign_contact,
        contact=call.contact,
        sequence=2,
        attempt=call.attempt,
        outcome="cancelled",
    )
    assert rung_twice(call, ring(call.reference), ring(again.reference, 1)) == 1


def test_a_ring_that_we_know_nothing_of_is_one_too_many(call):
    assert rung_twice(call, ring(call.reference), ring("of somebody else", 1)) == 1


@pytest.mark.parametrize("status", ["pending", "retry", "dialing", "called"])
def test_whoever_still_waits_when_all_is_over_is_forgotten(call, status):
    world = SimpleNamespace(workspace=call.workspace)
    assert kill_matrix.forgotten(world) == 0
    CampaignContact.objects.update(status=status)
    assert kill_matrix.forgotten(world) == 1


def test_a_call_without_a_verdict_is_forgotten(call):
    Call.objects.update(concluded_at=None)
    assert kill_matrix.forgotten(SimpleNamespace(workspace=call.workspace)) == 1


@pytest.mark.parametrize("found", [{"rung_twice": 1}, {"forgotten": 1}, {"violations": ["a"]}, {"disagreement": "b"}])
def test_a_run_is_good_only_when_nothing_at_all_was_found(found):
    nothing = {"rung_twice": 0, "forgotten": 0, "violations": [], "disagreement": ""}
    counts = dict.fromkeys(("seed", "calls", "rings", "kills", "withdrawn", "unheard", "lookups"), 7)
    assert kill_matrix.Result(**counts, **nothing, seconds=1.0).is_good
    assert not kill_matrix.Result(**counts, **{**nothing, **found}, seconds=1.0).is_good
