"""Budgets and the balance on rows: what a claim reserves, what an end settles, what stops dialing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounts.models import Workspace
from campaigns import budget, lifecycle, outcomes, tallies
from campaigns.dialing import place, tick
from campaigns.models import Call, Campaign, CampaignContact, CampaignTransition
from telephony.events import CallEvent, EventKind
from telephony.models import Carrier
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    """Four people, 0.10 a minute: each call reserves 0.10, the budget is enough for two and a half."""
    made = running(workspace, people=4, budget_cap=Decimal("0.25"))
    made.agent.cost_per_minute = Decimal("0.06")
    made.agent.save()
    Carrier.objects.update(cost_per_minute=Decimal("0.04"))
    return made


def turn(workspace, now=NOW):
    with transaction.atomic():
        made = tick.claim(workspace, now)
        place.mark(made.calls, now)
    tick.pause_by_budget(made, now)
    return made


def end(call, now=NOW):
    with transaction.atomic():
        outcomes.end(Call.objects.get(pk=call.pk), "busy", now, "test")


def test_a_claim_reserves_its_estimate_and_the_campaign_pauses_before_the_budget_could_be_exceeded(workspace, campaign):
    calls = turn(workspace).calls

    assert len(calls) == 2
    assert {call.reserved for call in Call.objects.all()} == {Decimal("0.1")}
    assert Call.objects.filter(ended_at=None).count() == 2, "calls that a carrier was told of go on"
    campaign.refresh_from_db()
    assert campaign.status == "paused"
    assert "budget of 0.25 USD is reached: 0.05 USD is left" in campaign.status_reason
    assert CampaignTransition.objects.get(campaign=campaign).action == "budget"
    assert CampaignContact.objects.filter(status="pending", next_attempt_at__isnull=False).count() == 2


def test_resume_is_refused_until_the_budget_is_raised(workspace, campaign):
    turn(workspace)
    with pytest.raises(lifecycle.Refused, match="budget"):
        lifecycle.act(campaign, "resume", actor=None, now=NOW)
    Campaign.objects.filter(pk=campaign.pk).update(budget_cap=Decimal("0.45"))

    lifecycle.act(campaign, "resume", actor=None, now=NOW)

    assert len(turn(workspace).calls) == 2
    campaign.refresh_from_db()
    assert campaign.status == "running", "nobody is left whose call could exceed it"


def test_what_calls_cost_takes_the_place_of_what_was_reserved(workspace, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(budget_cap=Decimal("0.20"), concurrency_limit=1)
    (call,) = turn(workspace).calls
    end(call)
    (call,) = turn(workspace, NOW + timedelta(seconds=2)).calls
    CallFactory(workspace=workspace, campaign=campaign, campaign_contact=None, contact=None,
                phone_number="+14155550199", attempt=None, sequence=None, cost=Decimal("0.15"))  # fmt: skip
    tallies.recount(campaign)
    end(call)
    assert turn(workspace, NOW + timedelta(seconds=4)).calls == []
    campaign.refresh_from_db()
    assert campaign.status == "paused"


def test_a_call_that_ends_while_the_budget_is_read_is_not_overlooked(workspace, campaign):
    call, _ = turn(workspace).calls
    Call.objects.filter(pk=call.pk).update(cost=Decimal("0.1"))
    asked = []

    def end_before_the_second_question(execute, sql, params, many, context):
        asked.append(sql)
        if len(asked) == 2:
            end(call)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(end_before_the_second_question):
        left = budget.left([campaign])[campaign.pk]

    assert left <= Decimal("0.05"), "one call has cost 0.10, the other one still reserves as much"


def test_no_budget_asks_nothing_and_reserves_all_the_same(workspace, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(budget_cap=None)
    assert len(turn(workspace).calls) == 4


def test_the_end_of_a_call_lowers_the_balance_once_and_at_nothing_left_nobody_is_called(workspace, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(budget_cap=None, concurrency_limit=1)
    workspace.balance = Decimal("0.05")
    workspace.save()
    (call,) = turn(workspace).calls
    event = _human(call)
    for _ in range(2):
        with transaction.atomic():
            outcomes.apply(workspace.pk, {str(call.reference): [event]}, NOW)
    workspace.refresh_from_db()
    assert workspace.balance == Decimal("-0.05")

    made = turn(workspace, NOW + timedelta(seconds=2))
    assert made.calls == [] and made.waits[campaign.pk].reason == "balance"
    campaign.refresh_from_db()
    assert campaign.status == "running"

    workspace.balance = Decimal(5)
    workspace.save()
    assert len(turn(workspace, NOW + timedelta(seconds=3)).calls) == 1


def test_no_balance_is_kept_where_none_is_set(workspace, campaign):
    call = turn(workspace).calls[0]
    with transaction.atomic():
        outcomes.apply(workspace.pk, {str(call.reference): [_human(call)]}, NOW)
    assert Workspace.objects.get(pk=workspace.pk).balance is None


def _human(call):
    return CallEvent(key="end", reference=str(call.reference), provider_call_id="", kind=EventKind.ENDED, at=NOW,
                     outcome="human", talk_seconds=60)  # fmt: skip
