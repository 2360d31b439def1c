"""A claim counts, and taking it back leaves everything as if it had never been."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from campaigns.dialing import tick
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked
from campaigns.models import Call, Callback, Campaign, CampaignContact, CampaignRun, PoolNumber
from telephony.models import NumberDay
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CampaignContactFactory, SuppressionFactory
from tests.flows.world import until

pytestmark = pytest.mark.django_db


def people() -> list[tuple]:
    names = ("id", "status", "reason", "rank", "next_attempt_at", "attempts", "attempt_number")
    return list(CampaignContact.objects.order_by("id").values_list(*names))


def counted() -> tuple[list, list, list]:
    pool = PoolNumber.objects.order_by("id").values_list("calls_in_run", flat=True)
    days = NumberDay.objects.filter(calls__gt=0).values_list("calls", flat=True)
    return list(pool), list(days), list(CampaignRun.objects.values_list("first_launch_at", "day"))


def test_a_claim_counts_attempts_numbers_and_the_single_day(workspace):
    running(workspace, mode="single_day")
    calls = claimed(workspace)
    assert [call.phone_number for call in calls] == sorted(call.phone_number for call in calls)
    assert {row[1:] for row in people()} == {("dialing", "", 3, None, 1, 1)}
    pool, days, [run] = counted()
    assert (sum(pool), sum(days), run[1]) == (3, 3, NOW.date())


def test_a_withdrawn_claim_gives_back_status_place_due_time_and_every_count(workspace):
    campaign = running(workspace, mode="single_day")
    first, second, _ = CampaignContact.objects.order_by("id")
    due = NOW - timedelta(minutes=7)
    CampaignContact.objects.filter(pk=first.pk).update(
        status="retry", reason="busy", attempts=1, attempt_number=3, sequence=4, next_attempt_at=due
    )
    CampaignContact.objects.filter(pk=second.pk).update(status="retry", reason="callback", rank=0, next_attempt_at=due)
    before = people(), counted()
    calls = claimed(workspace)
    assert {call.cause for call in calls} == {"first", "retry", "callback"}

    with transaction.atomic():
        withdraw(calls, NOW + timedelta(seconds=9), "dialer_lost")

    assert (people(), counted()) == before
    assert set(Call.objects.values_list("outcome", "reason", "check_at")) == {("cancelled", "dialer_lost", None)}
    assert len(claimed(workspace, NOW + timedelta(seconds=10))) == 3, "and they are called again"
    assert {call.attempt for call in campaign.calls.filter(outcome="")} == {1, 4}


def test_who_was_suppressed_while_being_dialed_is_excluded_when_the_call_is_withdrawn(workspace):
    campaign = running(workspace, people=2)
    campaign.audience.update(status="retry", rank=0)
    calls = claimed(workspace)
    SuppressionFactory(workspace=workspace, phone_number=calls[0].phone_number, spread_at=NOW)
    for call in calls:
        row = call.campaign_contact
        Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=NOW, found_by="told")

    with transaction.atomic():
        withdraw(calls, NOW, "not_sent")

    assert sorted(row[1:3] for row in people()) == [("excluded", "suppressed"), ("retry", "")]
    assert sorted(Callback.objects.values_list("status", flat=True)) == ["cancelled", "pending"]
    assert CampaignContact.objects.get(status="excluded").next_attempt_at is None


@pytest.mark.parametrize(("ended", "claims"), [(0, 1), (0.3, 0), (11, 1)])
def test_who_was_given_back_while_a_claim_was_under_way_is_left_to_the_next(workspace, ended, claims):
    """Or the rows would have them in two calls at once. A carrier whose clock is far ahead holds up nobody."""
    running(workspace, people=1)
    [call] = claimed(workspace, NOW - timedelta(seconds=20))
    with transaction.atomic():
        withdraw([call], NOW + timedelta(seconds=ended), "never_received")
    assert len(claimed(workspace, NOW)) == claims
    assert len(claimed(workspace, NOW + timedelta(seconds=1))) == 1 - claims


@pytest.mark.django_db(transaction=True)
def test_a_first_call_that_is_taken_back_while_another_is_claimed_leaves_the_run_its_day(workspace):
    """On SQLite they come one after the other."""
    running(workspace, people=1, mode="single_day")
    [first] = claimed(workspace)
    [campaign] = Campaign.objects.all()
    CampaignContactFactory(campaign=campaign)
    taken_back = Thread(target=take_back, args=[first])
    with transaction.atomic():
        assert len(tick.claim(workspace, NOW + timedelta(seconds=1)).calls) == 1
        taken_back.start()
        if connection.vendor == "postgresql":
            until(lambda: somebody_waits() or not taken_back.is_alive(), 10)
    taken_back.join()
    assert Call.objects.get(pk=first.pk).outcome == "cancelled"
    assert CampaignRun.objects.get().day == NOW.date()


def take_back(call: Call) -> None:
    try:
        with transaction.atomic():
            withdraw(locked(Call.objects.filter(pk=call.pk)), NOW + timedelta(seconds=1), "never_received")
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]
