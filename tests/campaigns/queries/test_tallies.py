import pytest

from campaigns.choices import Outcome
from campaigns.models import Call, CallReport
from campaigns.queries import dispositions, live_calls, live_count, live_counts_of, tallies
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignFactory

pytestmark = pytest.mark.django_db
SEEDS = (1, 2, 3)


def attempts(campaign):
    return [call for call in Call.objects.filter(campaign=campaign) if call.outcome != "cancelled"]


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_and_rates_are_those_of_the_calls(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    campaign_with_past(workspace, seed=seed + 100)
    calls, found = attempts(campaign), tallies(campaign)
    ended = [call for call in calls if call.outcome]
    assert (found.launched, found.ended) == (len(calls), len(ended))
    assert {row.outcome: row.calls for row in found.outcomes} == {
        outcome: sum(call.outcome == outcome for call in ended) for outcome in Outcome if outcome != "cancelled"
    }
    assert found.human.fraction == sum(call.outcome == "human" for call in ended) / len(ended)
    assert found.unanswered.part == sum(call.outcome in ("no_answer", "rnr") for call in ended)
    assert found.withdrawn == Call.objects.filter(campaign=campaign, outcome="cancelled").count()


@pytest.mark.parametrize("seed", SEEDS)
def test_conversations_are_answered_calls_in_which_the_person_spoke(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    spoken = [call for call in attempts(campaign) if call.outcome == "human" and call.spoke]
    found = tallies(campaign)
    assert found.conversations == len(spoken)
    assert found.talk_seconds == sum(call.talk_seconds for call in spoken)
    assert found.average_seconds == round(found.talk_seconds / len(spoken))


@pytest.mark.parametrize("seed", SEEDS)
def test_spend_is_the_cost_of_all_calls(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    assert tallies(campaign).spend == sum(call.cost or 0 for call in Call.objects.filter(campaign=campaign))


@pytest.mark.parametrize("seed", SEEDS)
def test_attempts_add_up_over_all_runs(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    ended = [call for call in attempts(campaign) if call.outcome]
    found = tallies(campaign).by_attempt()
    assert [row.attempt for row in found] == sorted({call.attempt for call in ended})
    for row in found:
        mine = [call for call in ended if call.attempt == row.attempt]
        assert (row.ended, row.answered.part) == (len(mine), sum(call.outcome == "human" for call in mine))
        assert sum(part.calls for part in row.outcomes) == row.ended


def test_without_calls_rates_are_unknown_and_sums_are_zero(workspace):
    found = tallies(CampaignFactory(workspace=workspace))
    assert (found.ended, found.conversations, found.spend, found.by_attempt()) == (0, 0, 0, [])
    assert found.human.fraction is None and found.average_seconds is None


def test_one_query_whatever_the_number_of_calls(workspace, django_assert_num_queries):
    campaign = campaign_with_past(workspace, people=9)
    with django_assert_num_queries(1):
        found = tallies(campaign)
        assert found.outcomes and found.by_attempt() is not None and found.spend is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_dispositions_are_counted_as_said_most_frequent_first(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed)
    said = [r.disposition for r in CallReport.objects.filter(call__campaign=campaign) if r.disposition]
    expected = sorted({word: said.count(word) for word in said}.items(), key=lambda pair: (-pair[1], pair[0]))
    assert dispositions(campaign) == expected


def test_live_calls_are_those_that_have_not_ended(workspace):
    campaign = campaign_with_past(workspace, people=20)
    live = [call.pk for call in Call.objects.filter(campaign=campaign, ended_at=None).order_by("launched_at", "id")]
    assert live and [row.call.pk for row in live_calls(campaign, NOON)] == live
    assert live_count(campaign) == len(live)
    assert live_counts_of(workspace, [campaign.pk, 0]) == {campaign.pk: len(live)}


def test_a_call_that_ended_and_waits_for_its_verdict_is_not_live(workspace):
    call = CallFactory(workspace=workspace, concluded_at=None)
    assert live_count(call.campaign) == 0
