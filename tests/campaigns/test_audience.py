"""Who is on a campaign's list, what people do to them by hand, and what a restart makes of them."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns import audience
from campaigns.audience import Enrolment
from campaigns.choices import Rank
from campaigns.models import Callback, CallReport, CampaignContact, CampaignHours, CampaignRun
from contacts import suppression
from tests.factories import NOON, CallFactory, CampaignContactFactory, CampaignFactory, ContactFactory

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace)


def enrol(campaign, *people, now=NOON):
    with transaction.atomic():
        return audience.enrol(campaign, [Enrolment(p.pk) if not isinstance(p, Enrolment) else p for p in people], now)


def row_of(contact):
    return CampaignContact.objects.get(contact=contact)


def test_people_are_enrolled_in_the_order_given_with_their_hours_and_priority(campaign, workspace):
    urgent, usual = ContactFactory(workspace=workspace, priority=0), ContactFactory(workspace=workspace)

    result = enrol(campaign, usual, urgent)

    assert (result.added, result.by_contact[urgent.pk]) == (2, "added")
    assert [row.contact for row in CampaignContact.objects.order_by("id")] == [usual, urgent]
    assert (row_of(urgent).rank, row_of(usual).rank) == (Rank.HIGH, Rank.NORMAL)
    assert set(CampaignHours.objects.values_list("hours_key", flat=True)) == {usual.hours_key_id, urgent.hours_key_id}


def test_adding_somebody_again_only_updates_variables(campaign, workspace):
    person = ContactFactory(workspace=workspace)
    enrol(campaign, Enrolment(person.pk, {"plan": "pro", "due": 1}))

    assert enrol(campaign, Enrolment(person.pk, {"plan": "pro"})).unchanged == 1
    assert enrol(campaign, Enrolment(person.pk, {"plan": "team"})).updated == 1
    assert row_of(person).detail.variables == {"plan": "team", "due": 1}


def test_a_suppressed_person_is_not_added(campaign, workspace):
    person = ContactFactory(workspace=workspace)
    suppression.add(workspace.pk, [person.phone_number], "by_hand", "test", NOON)
    assert enrol(campaign, person).suppressed == 1
    assert not CampaignContact.objects.exists()


@pytest.mark.parametrize(("sticky", "status", "word"), [(False, "pending", "updated"), (True, "excluded", "excluded")])
def test_adding_an_excluded_person_again_dials_them_unless_exclusion_is_sticky(workspace, sticky, status, word):
    campaign = CampaignFactory(workspace=workspace, sticky_exclusion=sticky)
    person = ContactFactory(workspace=workspace)
    enrol(campaign, person)
    audience.by_hand(campaign, [row_of(person).pk], "exclude", now=NOON)

    result = enrol(campaign, person, now=LATER)

    assert getattr(result, word) == 1
    assert row_of(person).status == status


def test_nobody_of_another_workspace_gets_on_the_list(campaign):
    with pytest.raises(KeyError):
        enrol(campaign, ContactFactory())


@pytest.mark.parametrize(
    ("action", "status", "rank", "due"),
    [
        ("retry", "retry", Rank.BY_HAND, LATER),
        ("set_pending", "pending", Rank.NORMAL, NOON),
        ("set_completed", "completed", Rank.NORMAL, None),
        ("exclude", "excluded", Rank.NORMAL, None),
    ],
)
def test_a_move_by_hand_gives_the_contact_its_new_place(campaign, action, status, rank, due):
    row = CampaignContactFactory(
        campaign=campaign, status="retry", attempts=2, voicemails=1, attempt_number=2, added_at=NOON,
        next_attempt_at=NOON + timedelta(days=1),
    )  # fmt: skip

    assert audience.by_hand(campaign, [row.pk], action, now=LATER).done == 1

    row.refresh_from_db()
    assert (row.status, row.reason, row.rank, row.next_attempt_at) == (status, "by_hand", rank, due)
    assert row.attempt_number == 2, "attempt numbers run on"
    assert row.attempts == (0 if action in ("retry", "set_pending") else 2), "with a new count towards the maximum"


def test_a_contact_that_is_being_dialed_is_left_alone_and_bulk_says_how_many_and_why(campaign):
    dialed = CampaignContactFactory(campaign=campaign, status="dialing", next_attempt_at=None)
    waiting = CampaignContactFactory(campaign=campaign)
    listed = CampaignContactFactory(campaign=campaign)
    suppression.add(campaign.workspace_id, [listed.contact.phone_number], "by_hand", "test", NOON)

    result = audience.by_hand(campaign, [dialed.pk, waiting.pk, listed.pk], "retry", now=LATER)

    assert result.done == 1
    assert result.skipped == {
        "This person is being dialed right now.": 1,
        "This person is on the suppression list.": 1,
    }


def test_a_move_by_hand_cancels_the_pending_callback(campaign):
    row = CampaignContactFactory(campaign=campaign, status="retry", rank=Rank.CALLBACK)
    call = CallFactory(workspace=campaign.workspace, campaign=campaign, campaign_contact=row)
    callback = Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=LATER, found_by="test")

    audience.by_hand(campaign, [row.pk], "set_completed", now=NOON)

    callback.refresh_from_db()
    assert (callback.status, callback.done_at) == ("cancelled", NOON)


def test_an_ended_campaign_takes_no_moves_by_hand(workspace):
    campaign = CampaignFactory(workspace=workspace, status="completed", run=1)
    row = CampaignContactFactory(campaign=campaign)
    result = audience.by_hand(campaign, [row.pk], "retry", now=NOON)
    assert (result.done, sum(result.skipped.values())) == (0, 1)


@pytest.mark.parametrize("back", ["retry", "set_pending", "added"])
def test_counts_of_a_run_begin_for_whoever_was_done_in_an_earlier_one(workspace, back):
    campaign = CampaignFactory(workspace=workspace, status="paused", run=2, always_on=True, mode="multi_day")
    CampaignRun.objects.create(campaign=campaign, run=2, started_at=NOON)
    counts = {"attempt_number": 3, "callbacks": 5, "status": "excluded", "next_attempt_at": None}
    earlier, now = (CampaignContactFactory(campaign=campaign, run=run, **counts) for run in (1, 2))
    if back == "added":
        enrol(campaign, earlier.contact, now.contact, now=LATER)
    else:
        audience.by_hand(campaign, [earlier.pk, now.pk], back, now=LATER)
    rows = CampaignContact.objects.order_by("id").values_list("run", "attempt_number", "callbacks")
    assert list(rows) == [(2, 0, 0), (2, 3, 5)]


def test_a_restart_brings_back_who_is_not_completed_or_excluded(campaign):
    made = {
        status: CampaignContactFactory(campaign=campaign, status=status, attempts=3, next_attempt_at=None)
        for status in ("pending", "retry", "failed", "no_conversation", "completed", "excluded")
    }
    gone = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    suppression.add(campaign.workspace_id, [gone.contact.phone_number], "by_hand", "test", NOON)

    with transaction.atomic():
        assert audience.restart(campaign, 2, LATER) == 4

    now = {name: CampaignContact.objects.get(pk=row.pk) for name, row in made.items()}
    assert {name for name, row in now.items() if row.status == "pending"} == {
        "pending", "retry", "failed", "no_conversation",
    }  # fmt: skip
    assert {(r.run, r.attempts, r.next_attempt_at) for r in now.values() if r.status == "pending"} == {(2, 0, LATER)}
    gone.refresh_from_db()
    assert (gone.status, gone.reason) == ("excluded", "suppressed")


def test_who_asked_not_to_be_called_is_heard_although_a_restart_takes_the_place_of_the_verdict(campaign):
    row = CampaignContactFactory(campaign=campaign, status="called", next_attempt_at=None)
    call = CallFactory(workspace=campaign.workspace, campaign=campaign, campaign_contact=row, concluded_at=None)
    CallReport.objects.create(call=call, do_not_call=True, received_at=NOON)

    with transaction.atomic():
        assert audience.restart(campaign, 2, LATER) == 0

    row.refresh_from_db()
    assert (row.status, row.reason) == ("excluded", "suppressed")
    assert suppression.listed(campaign.workspace_id, [row.contact.phone_number])


def test_a_retry_beyond_the_present_maximum_fails_but_a_callback_stays(workspace):
    campaign = CampaignFactory(workspace=workspace, max_attempts=2)
    spent = CampaignContactFactory(campaign=campaign, status="retry", attempts=2)
    asked = CampaignContactFactory(campaign=campaign, status="retry", attempts=2, rank=Rank.CALLBACK)

    assert audience.fail_exhausted(campaign, NOON) == 1

    spent.refresh_from_db()
    asked.refresh_from_db()
    assert (spent.status, spent.reason, spent.next_attempt_at) == ("failed", "max_attempts", None)
    assert asked.status == "retry"
