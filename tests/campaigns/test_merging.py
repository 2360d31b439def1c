"""Two contacts who turn out to be one person: one history, and nobody is called twice because of it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts.models import AuditEvent, Workspace
from campaigns import conclude, tallies
from campaigns.merging import merge
from campaigns.models import Call, Callback, CampaignContact, ContactMove
from contacts.merging import NotMerged
from contacts.models import Contact, Suppression
from goals.models import GoalResult
from tests.factories import (
    NOON,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    ContactFactory,
    GoalFactory,
    SuppressionFactory,
    WorkspaceFactory,
)

LATER = datetime(2126, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def ann(workspace) -> Contact:
    return ContactFactory(
        workspace=workspace, name="Ann", tags="|vip|", variables={"plan": "gold"}, phone_number="+14155550001"
    )


@pytest.fixture
def other(workspace) -> Contact:
    return ContactFactory(
        workspace=workspace,
        name="A. Lee",
        company="Acme",
        tags="|lead|vip|",
        variables={"plan": "basic", "age": "40"},
        phone_number="+14155550002",
    )


def place(contact, campaign, **columns) -> CampaignContact:
    columns = {"status": "completed", "next_attempt_at": None, **columns}
    return CampaignContactFactory(campaign=campaign, contact=contact, run=1, **columns)


def test_who_stays_keeps_their_own_and_takes_what_is_missing(workspace, ann, other):
    other.held_until, other.held_reason = LATER, "On holiday"
    other.save()
    merge(ann, other, now=NOON, actor_name="Bob")
    kept = Contact.objects.get()
    assert (kept.name, kept.company, kept.phone_number) == ("Ann", "Acme", "+14155550001")
    assert (kept.tag_list, kept.held_until, kept.spread_at) == (["vip", "lead"], LATER, None)
    assert kept.variables == {"plan": "gold", "age": "40", "merged_number": "+14155550002"}
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_name, event.detail["phone_number"]) == ("contact.merge", "Bob", "+14155550002")


@pytest.mark.parametrize("listed", ["+14155550001", "+14155550002"])
def test_one_number_suppressed_is_both_suppressed_and_nobody_is_called(workspace, ann, other, listed):
    SuppressionFactory(workspace=workspace, phone_number=listed, reason="complaint")
    waiting = place(other, CampaignFactory(workspace=workspace), status="pending", next_attempt_at=NOON)
    merge(ann, other, now=NOON)
    assert set(Suppression.objects.values_list("phone_number", "reason")) == {
        ("+14155550001", "complaint"),
        ("+14155550002", "complaint"),
    }
    waiting.refresh_from_db()
    assert (waiting.status, waiting.contact_id) == ("excluded", ann.pk)


def test_on_a_list_of_both_the_longer_history_stays_with_all_calls_and_results(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace, max_attempts=5)
    mine = place(ann, campaign, status="retry", next_attempt_at=NOON, attempts=1, attempt_number=1, sequence=1)
    his = place(other, campaign, status="failed", attempts=2, attempt_number=2, sequence=2)
    CallFactory(campaign_contact=mine, campaign=campaign)
    calls = [CallFactory(campaign_contact=his, campaign=campaign, attempt=n, sequence=n) for n in (1, 2)]
    with transaction.atomic():
        tallies.recount(campaign)
    goal = GoalFactory(campaign=campaign)
    GoalResult.objects.create(
        goal=goal, campaign_contact=mine, call=mine.calls.get(), source="carrier", result=0, at=NOON
    )
    merge(ann, other, now=NOON)
    row = CampaignContact.objects.get()
    assert (row.pk, row.contact_id, row.status) == (his.pk, ann.pk, "failed")
    assert (row.attempts, row.attempt_number, row.sequence) == (3, 3, 3)
    told = Call.objects.order_by("sequence").values_list("attempt", "sequence", "contact")
    assert list(told) == [(1, 1, ann.pk), (2, 2, ann.pk), (3, 3, ann.pk)]
    assert {call.pk for call in calls} < set(Call.objects.values_list("pk", flat=True))
    assert GoalResult.objects.get().campaign_contact == row
    assert ContactMove.objects.filter(campaign_contact=row, action="merged").exists()
    with transaction.atomic():
        assert tallies.differences(campaign) == []


@pytest.mark.parametrize(
    ("first", "second", "becomes"),
    [
        ("pending", "completed", "completed"),
        ("pending", "excluded", "excluded"),
        ("pending", "called", "called"),
        ("pending", "failed", "pending"),
        ("completed", "pending", "completed"),
    ],
)
def test_who_was_reached_at_one_number_is_not_called_at_the_other(workspace, ann, other, first, second, becomes):
    campaign = CampaignFactory(workspace=workspace, max_attempts=5)
    for contact, status in ((ann, first), (other, second)):
        due = NOON if status == "pending" else None
        place(contact, campaign, status=status, next_attempt_at=due)
    merge(ann, other, now=NOON)
    row = CampaignContact.objects.get()
    assert (row.status, row.next_attempt_at is None) == (becomes, becomes != "pending")


def test_an_awaited_verdict_decides_whatever_calls_are_taken_over(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace, status="running", run=1, max_attempts=5)
    mine = place(ann, campaign, status="called", attempts=2, attempt_number=2, sequence=2)
    his = place(other, campaign, status="failed", attempts=1, attempt_number=1, sequence=1)
    CallFactory(campaign_contact=mine, campaign=campaign)
    awaited = CallFactory(campaign_contact=mine, campaign=campaign, attempt=2, sequence=2, concluded_at=None)
    CallFactory(campaign_contact=his, campaign=campaign, outcome="busy")
    merge(ann, other, now=NOON)
    numbers = Call.objects.order_by("sequence").values_list("sequence", "attempt", "outcome")
    assert list(numbers) == [(1, 1, "busy"), (2, 2, "human"), (3, 3, "human")]
    conclude.conclude({awaited.pk: conclude.unheard(awaited)}, NOON)
    assert CampaignContact.objects.get().status == "completed"
    with transaction.atomic():
        assert tallies.differences(campaign) == []


def test_nobody_who_is_final_has_a_callback_that_the_campaign_waits_for(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace)
    row = place(ann, campaign, status="retry", rank=0, next_attempt_at=NOON, sequence=2)
    place(other, campaign, status="completed", sequence=1)
    call = CallFactory(campaign_contact=row, campaign=campaign)
    Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=NOON, found_by="told")
    merge(ann, other, now=NOON)
    assert (CampaignContact.objects.get().status, Callback.objects.get().status) == ("completed", "cancelled")


def test_attempts_of_both_count_towards_the_maximum(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace, max_attempts=3)
    place(ann, campaign, status="retry", next_attempt_at=NOON, attempts=2, sequence=2)
    place(other, campaign, status="failed", attempts=1, sequence=1)
    merge(ann, other, now=NOON)
    row = CampaignContact.objects.get()
    assert (row.status, row.reason, row.next_attempt_at) == ("failed", "max_attempts", None)


@pytest.mark.parametrize(("first", "second", "counted"), [(0, 1, 3), (1, 2, 1), (2, 1, 2), (2, 2, 3)])
def test_what_an_earlier_run_counted_counts_no_more(workspace, ann, other, first, second, counted):
    campaign = CampaignFactory(workspace=workspace, run=2, max_attempts=5)
    mine = place(ann, campaign, status="retry", next_attempt_at=NOON, attempts=2, attempt_number=2, sequence=4)
    his = place(other, campaign, status="failed", attempts=1, attempt_number=1, sequence=3)
    for row, run in ((mine, first), (his, second)):
        CampaignContact.objects.filter(pk=row.pk).update(run=run)
    merge(ann, other, now=NOON)
    row = CampaignContact.objects.get()
    assert (row.run, row.attempts, row.attempt_number) == (max(first, second), counted, counted)


def test_one_callback_at_the_most_is_pending(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace)
    for contact in (ann, other):
        row = place(contact, campaign, status="retry", rank=0, next_attempt_at=NOON, sequence=1)
        call = CallFactory(campaign_contact=row, campaign=campaign)
        Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=NOON, found_by="told")
    merge(ann, other, now=NOON)
    assert sorted(Callback.objects.values_list("status", flat=True)) == ["cancelled", "pending"]


def test_a_callback_that_waits_for_the_end_of_a_hold_waits_on(workspace, ann, other):
    campaign = CampaignFactory(workspace=workspace, max_attempts=5)
    place(ann, campaign, status="pending", sequence=2, next_attempt_at=NOON)
    row = place(other, campaign, status="retry", rank=0, sequence=1, due_at=NOON, look_at=LATER, reason="callback")
    call = CallFactory(campaign_contact=row, campaign=campaign)
    Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=NOON, found_by="told")
    merge(ann, other, now=NOON)
    row = CampaignContact.objects.get()
    assert (row.status, row.reason, row.rank) == ("retry", "callback", 0)
    assert (row.next_attempt_at, row.due_at, row.look_at) == (None, NOON, LATER)


def test_families_hold_together_without_chains(workspace, ann, other):
    child = ContactFactory(workspace=workspace, primary=other)
    ann.primary = other
    ann.save()
    merge(ann, other, now=NOON)
    child.refresh_from_db()
    kept = Contact.objects.get(pk=ann.pk)
    assert (child.primary_id, child.spread_at, kept.primary_id) == (ann.pk, None, None)


@pytest.mark.parametrize("live", ["ann", "other"])
def test_while_either_is_being_called_nothing_is_merged(workspace, ann, other, live, request):
    row = place(request.getfixturevalue(live), CampaignFactory(workspace=workspace), status="dialing")
    CallFactory(campaign_contact=row, campaign=row.campaign, ended_at=None, outcome="", check_at=NOON, state=1)
    with pytest.raises(NotMerged, match="being called now"):
        merge(ann, other, now=NOON)
    assert Contact.objects.count() == 2 and not AuditEvent.objects.exists()


def test_nobody_is_merged_with_a_stranger_or_themselves(ann):
    for one in (ann, ContactFactory(workspace=WorkspaceFactory())):
        with pytest.raises(NotMerged):
            merge(ann, one, now=NOON)


def test_an_edit_that_meets_somebody_elses_number_offers_the_merge(operator, workspace, ann, other):
    given = {"phone_number": other.phone_number, "priority": "normal"}
    page = operator.post(f"/contacts/{ann.pk}/edit/", given).content.decode()
    address = f"/contacts/{other.pk}/merge/?with={ann.pk}"
    assert address in page
    shown = operator.get(address).content.decode()
    assert "Acme" in shown and "Afterwards" in shown and "+14155550001" in shown
    answer = operator.post(f"/contacts/{other.pk}/merge/", {"with": ann.pk}, follow=True)
    assert "is merged into A. Lee" in answer.content.decode()
    assert Contact.objects.get().phone_number == other.phone_number


def test_the_other_contact_is_named_by_number_and_a_strangers_is_not_found(operator, workspace, ann, other):
    merge_page = f"/contacts/{ann.pk}/merge/"
    assert "A. Lee" in operator.get(merge_page, {"with": "(415) 555-0002"}).content.decode()
    stranger = ContactFactory(workspace=WorkspaceFactory(), phone_number="+14155550009")
    for named in ("+14155550009", str(stranger.pk), ann.phone_number, "nonsense"):
        assert operator.post(merge_page, {"with": named}).status_code == 422
    assert Contact.objects.filter(workspace=workspace).count() == 2


def test_before_a_merge_holds_are_shown_in_the_time_of_the_workspace(operator, workspace, ann, other):
    Workspace.objects.filter(pk=workspace.pk).update(timezone="America/New_York")
    Contact.objects.filter(pk=other.pk).update(held_until=datetime(2126, 1, 5, 15, 0, tzinfo=UTC))
    page = operator.get(f"/contacts/{ann.pk}/merge/", {"with": other.pk}).content.decode()
    assert "Sat 5 Jan 2126 10:00 America/New_York" in page
