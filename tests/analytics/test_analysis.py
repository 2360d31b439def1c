"""Post-call analysis: what the carrier said becomes findings, goal results and a verdict."""

from datetime import timedelta

import pytest

from analytics.analysis import analyse_due
from campaigns import audience
from campaigns.models import CallReport, CampaignContact
from contacts.models import Suppression
from goals.models import GoalResult, Result
from tests.factories import NOON, AgentFactory, CallFactory, CampaignContactFactory, CampaignFactory, GoalFactory

LATER = NOON + timedelta(minutes=20)


@pytest.fixture
def conversation(workspace):
    """An ended conversation whose completion timeout is over, and what the carrier says of it."""

    def make(**said):
        agent = AgentFactory(workspace=workspace)
        campaign = CampaignFactory(workspace=workspace, agent=agent, status="running", run=1)
        campaign.runs.create(run=1, started_at=NOON)
        GoalFactory(campaign=campaign, kind="primary")
        row = CampaignContactFactory(campaign=campaign, status="called", sequence=1, attempts=1, next_attempt_at=None)
        call = CallFactory(
            workspace=workspace, campaign=campaign, campaign_contact=row, contact=row.contact, agent=agent, run=1,
            sequence=1, phone_number=row.contact.phone_number, state=4, outcome="human", spoke=True, talk_seconds=30,
            launched_at=NOON, ended_at=NOON, check_at=None, concluded_at=None, analyse_at=NOON,
            conclude_by=NOON + timedelta(minutes=15),
        )  # fmt: skip
        CallReport.objects.create(call=call, received_at=NOON, **said)
        return call

    return make


def test_success_achieves_the_primary_goal_and_completes_the_contact(conversation):
    call = conversation(success=True, disposition="success")

    assert analyse_due(call.workspace_id, LATER) == 1

    row = CampaignContact.objects.get()
    assert (row.status, row.reason) == ("completed", "goal_achieved")
    assert GoalResult.objects.get().result == Result.ACHIEVED


def test_a_conversation_is_analysed_once(conversation):
    call = conversation(success=True)
    analyse_due(call.workspace_id, LATER)
    assert analyse_due(call.workspace_id, LATER) == 0


def test_a_do_not_call_excludes_the_person_and_is_kept_for_all_campaigns(conversation):
    call = conversation(do_not_call=True)
    analyse_due(call.workspace_id, LATER)
    assert CampaignContact.objects.get().status == "excluded"
    assert Suppression.objects.get().phone_number == call.phone_number


def test_goal_and_do_not_call_count_although_a_move_by_hand_replaced_the_verdict(conversation):
    call = conversation(success=True, do_not_call=True)
    audience.by_hand(call.campaign, [call.campaign_contact_id], "set_completed", now=NOON)

    analyse_due(call.workspace_id, LATER)

    row = CampaignContact.objects.get()
    assert (row.status, row.reason) == ("completed", "by_hand")
    assert GoalResult.objects.get().result == Result.ACHIEVED
    assert Suppression.objects.get().phone_number == call.phone_number


def test_nothing_is_analysed_before_its_time(conversation):
    call = conversation(success=True)
    assert analyse_due(call.workspace_id, NOON - timedelta(seconds=1)) == 0
    assert CampaignContact.objects.get().status == "called"
