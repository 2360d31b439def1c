"""Secondary contacts on rows: who of a family is due, who waits, who is not needed any more."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns import audience, lifecycle
from campaigns.audience import Enrolment
from campaigns.conclude import conclude
from campaigns.dialing import sweep
from campaigns.dialing.values import Findings
from campaigns.models import Callback, Campaign, CampaignContact, ContactMove
from contacts import suppression
from goals.models import Goal, GoalResult
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CallFactory, CampaignContactFactory, ContactFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def campaign(workspace):
    """A primary, its two secondaries, and one who is nobody's; the secondaries are listed first."""
    made = running(workspace, people=0, secondary_contacts="after_primary", max_attempts=1)
    head = ContactFactory(workspace=workspace, name="head")
    for name in ("first", "second"):
        person = ContactFactory(workspace=workspace, name=name, primary=head)
        CampaignContactFactory(campaign=made, contact=person)
    for contact in (head, ContactFactory(workspace=workspace, name="other")):
        CampaignContactFactory(campaign=made, contact=contact)
    line_up(made)
    return made


def line_up(campaign, now=NOW):
    with transaction.atomic():
        audience.families.line_up(campaign, now)


def row(name):
    return CampaignContact.objects.get(contact__name=name)


def state(name):
    one = row(name)
    return one.status, one.reason, one.next_attempt_at


WAITS = ("pending", "after_primary", None)


def ends(campaign, name, outcome="busy", now=LATER, **findings):
    """A call to this person ends and gets its verdict."""
    CampaignContact.objects.filter(contact__name=name).update(
        status="called" if outcome == "human" else "dialing", next_attempt_at=None, attempts=1, sequence=1
    )
    call = CallFactory(workspace=campaign.workspace, campaign=campaign, campaign_contact=row(name), outcome=outcome,
                       ended_at=now, concluded_at=None)  # fmt: skip
    conclude({call.pk: Findings(**findings)}, now)
    return call


def test_secondaries_wait_and_are_not_called(campaign, workspace):
    assert state("first") == state("second") == WAITS
    assert {call.contact.name for call in claimed(workspace)} == {"head", "other"}


def test_one_after_another_from_the_moment_the_one_before_failed(campaign):
    ends(campaign, "head")
    assert (row("head").status, state("first"), state("second")) == (
        "failed", ("pending", "after_primary", LATER), WAITS,
    )  # fmt: skip
    ends(campaign, "first", "machine", LATER + timedelta(hours=1))
    assert row("first").status == "no_conversation"
    assert state("second") == ("pending", "after_primary", LATER + timedelta(hours=1))
    moves = ContactMove.objects.values_list("action", "campaign_contact__contact__name", "next_attempt_at")
    assert list(moves) == [("after_primary", "first", LATER), ("after_primary", "second", LATER + timedelta(hours=1))]


def test_nobody_else_is_needed_once_one_is_completed(campaign):
    ends(campaign, "head")
    ends(campaign, "first", "human")
    assert [row(name).status for name in ("first", "second", "other")] == ["completed", "excluded", "pending"]
    assert state("second") == ("excluded", "not_needed", None)
    assert ContactMove.objects.filter(action="not_needed").count() == 1


def test_the_primary_goal_achieved_ends_a_family_even_when_the_person_is_called_back(campaign):
    goal = Goal.objects.create(campaign=campaign, name="g", kind="primary")
    campaign.callback_detection = True
    campaign.save()
    campaign.agent.callback_enabled = True
    campaign.agent.save()
    call = CallFactory(
        workspace=campaign.workspace, campaign=campaign, campaign_contact=row("head"), sequence=9, attempt=9
    )
    GoalResult.objects.create(goal=goal, campaign_contact=row("head"), call=call, source="carrier", result=0, at=NOW)
    ends(campaign, "head", "human", callback_asked=True, primary_goal="achieved")
    assert [state(name)[:2] for name in ("first", "second")] == [("excluded", "not_needed")] * 2


def test_whoever_is_in_a_call_is_left_alone_until_it_is_over(campaign):
    CampaignContact.objects.filter(contact__name="first").update(status="dialing")
    ends(campaign, "head", "human")
    assert [row(name).status for name in ("first", "second")] == ["dialing", "excluded"]
    ends(campaign, "first")
    assert row("first").status == "failed"


def test_moves_by_hand_pass_the_turn_take_it_back_and_end_it(campaign):
    audience.by_hand(campaign, [row("other").pk, row("head").pk], "set_pending", now=NOW)
    assert state("first") == WAITS
    ends(campaign, "head")
    audience.by_hand(campaign, [row("head").pk], "set_pending", now=LATER)
    assert state("first") == WAITS, "the primary is called first again"
    audience.by_hand(campaign, [row("head").pk], "exclude", now=LATER)
    assert [state(name)[:2] for name in ("first", "second")] == [("excluded", "not_needed")] * 2


def test_a_retry_by_hand_of_a_secondary_is_called_out_of_turn(campaign, workspace):
    audience.by_hand(campaign, [row("second").pk], "retry", now=NOW)
    assert row("second").next_attempt_at == NOW
    assert "second" in {call.contact.name for call in claimed(workspace)}


def test_a_callback_of_a_secondary_who_is_not_needed_is_cancelled(campaign):
    CampaignContact.objects.filter(contact__name="first").update(status="retry", next_attempt_at=LATER, rank=0)
    call = CallFactory(
        workspace=campaign.workspace, campaign=campaign, campaign_contact=row("first"), sequence=7, attempt=7
    )
    Callback.objects.create(campaign_contact=row("first"), run=1, asked_call=call, due_at=LATER)
    ends(campaign, "head", "human")
    assert (row("first").reason, Callback.objects.get().status) == ("not_needed", "cancelled")


def test_suppression_passes_the_turn(campaign, workspace):
    ends(campaign, "head")
    suppression.add(workspace.pk, [row("first").contact.phone_number], "by_hand", "test", NOW)
    sweep.spread_suppressions(workspace.pk, LATER)
    assert state("second") == ("pending", "after_primary", LATER)


def test_a_suppressed_primary_ends_its_family(campaign, workspace):
    suppression.add(workspace.pk, [row("head").contact.phone_number], "by_hand", "test", NOW)
    sweep.spread_suppressions(workspace.pk, LATER)
    assert [state(name)[:2] for name in ("first", "second")] == [("excluded", "not_needed")] * 2


def test_somebody_added_to_a_campaign_under_way_takes_their_place_in_the_family(campaign, workspace):
    third = ContactFactory(workspace=workspace, name="third", primary=row("head").contact)
    with transaction.atomic():
        audience.enrol(campaign, [Enrolment(third.pk)], LATER)
    assert state("third") == WAITS
    assert ContactMove.objects.get(action="added").campaign_contact == row("third")


def test_a_secondary_without_its_primary_is_an_ordinary_contact(campaign, workspace):
    row("head").contact.delete()
    assert sweep.sweep(workspace.pk, LATER) >= 2
    assert row("first").next_attempt_at == row("first").added_at
    assert {call.contact.name for call in claimed(workspace)} == {"first", "second", "other"}


def test_switched_off_the_link_has_no_effect(campaign, workspace):
    Campaign.objects.update(secondary_contacts="off", status="paused")
    campaign.refresh_from_db()
    line_up(campaign)
    assert {state(name)[0] for name in ("first", "second")} == {"pending"}
    assert row("first").next_attempt_at is not None


def test_a_link_made_while_the_campaign_runs_counts_at_the_next_look(campaign, workspace):
    other = row("other").contact
    other.primary, other.spread_at = row("head").contact, None
    other.save()
    sweep.spread_contacts(workspace.pk, LATER)
    assert state("other") == WAITS


def test_restart_revives_those_who_were_not_needed(campaign):
    ends(campaign, "head")
    ends(campaign, "first", "human")
    assert row("second").reason == "not_needed"
    Campaign.objects.update(status="completed")
    campaign.refresh_from_db()
    lifecycle.act(campaign, "restart", actor=None, now=LATER)
    assert [row(name).status for name in ("head", "first", "second")] == ["pending", "completed", "pending"]
    assert state("second") == WAITS


def test_a_campaign_that_does_not_ask_for_it_pays_no_query(campaign, django_assert_num_queries):
    campaign.secondary_contacts = "off"
    with django_assert_num_queries(0):
        audience.families.follow(campaign, [row("head").contact_id for _ in ()], NOW)


def test_retry_by_hand_stands_in_a_family_that_is_done(campaign, workspace):
    ends(campaign, "head", "human")
    assert state("first")[:2] == ("excluded", "not_needed")
    again = LATER + timedelta(minutes=1)
    done = audience.by_hand(campaign, [row("first").pk], "retry", now=again)
    assert (done.done, done.skipped) == (1, {})
    audience.families.regroup([row("head").contact_id], again)
    line_up(campaign, again)
    assert state("first") == ("retry", "by_hand", again)
    assert {call.contact.name for call in claimed(workspace, again)} == {"first", "other"}


def test_a_call_by_hand_that_reached_nobody_ends_the_retry_as_the_family_is_done(campaign):
    Campaign.objects.update(max_attempts=3, retry_on=["busy"])
    ends(campaign, "head", "human")
    audience.by_hand(campaign, [row("first").pk], "retry", now=LATER)
    ends(campaign, "first", "busy")
    assert state("first")[:2] == ("excluded", "not_needed")


def test_all_of_a_family_set_to_retry_are_called_until_one_is_reached(campaign):
    Campaign.objects.update(max_attempts=3)
    ends(campaign, "head", "human")
    people = [row(name).pk for name in ("head", "first", "second")]
    assert audience.by_hand(campaign, people, "retry", now=LATER).done == 3
    assert {state(name)[0] for name in ("head", "first", "second")} == {"retry"}
    ends(campaign, "first", "human", LATER + timedelta(minutes=2))
    assert state("head")[:2] == state("second")[:2] == ("excluded", "not_needed")


def test_set_to_pending_says_why_a_secondary_of_a_family_that_is_done_stays_out(campaign):
    ends(campaign, "head", "human")
    done = audience.by_hand(campaign, [row("first").pk], "set_pending", now=LATER)
    assert done.done == 0
    ((sentence, people),) = done.skipped.items()
    assert people == 1 and "Use Retry" in sentence
    assert state("first") == ("excluded", "not_needed", None)
