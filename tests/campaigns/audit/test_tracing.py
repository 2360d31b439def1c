"""Real runs told from their rows, and audited: what the database store did keeps the rules."""

from datetime import timedelta
from random import Random

import pytest

from campaigns import auditing, tracing
from campaigns.audit.times import when
from campaigns.models import Call, CallReport, Campaign
from contacts import suppression
from contacts.models import SuppressionReason
from tests.campaigns.audit.playing import played
from tests.campaigns.dialing.scenarios import do, one
from tests.flows import test_stores

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(n, marks=pytest.mark.load) for n in range(6, 30))])
def test_a_run_on_rows_audits_to_no_violations(seed):
    player, achieved = played(test_stores.scenario(Random(seed)))

    for campaign in Campaign.objects.select_related("agent", "workspace").order_by("id"):
        audited = auditing.check(campaign, player.scenario.until, lambda campaign: achieved)

        calls = Call.objects.filter(campaign=campaign).count()
        assert [finding.sentence for finding in audited.violations] == [], f"seed {seed}, {campaign}"
        assert audited.launches == calls


@pytest.mark.parametrize(("after", "rules"), [(1, []), (0, ["verdict"])])
def test_a_do_not_call_that_comes_after_the_verdict_was_not_known_to_it(after, rules):
    player, _ = played({"workspace": {}, **one([["human"]], [do("start")])})
    call = Call.objects.select_related("campaign__agent", "campaign__workspace").get()
    assert call.campaign_contact.status == "completed"

    CallReport.objects.update(do_not_call=True)
    told = call.concluded_at + timedelta(seconds=after)
    suppression.add(call.workspace_id, [call.phone_number], SuppressionReason.ASKED, "the carrier", told)

    found = auditing.check(call.campaign, player.scenario.until, lambda campaign: set())
    assert [finding.rule for finding in found.violations] == rules


def test_the_trace_is_in_the_order_of_time_and_tells_every_call_once():
    player, achieved = played(test_stores.scenario(Random(0)))
    campaign = Call.objects.order_by("id").first().campaign

    lines = list(tracing.trace(campaign, player.scenario.until, lambda campaign: achieved).lines)

    told = [line["at"] for line in lines if "at" in line]
    assert told == sorted(told, key=when)
    mine = [line for line in lines if line["type"] == "launch" and line["campaign"] == str(campaign.pk)]
    assert len(mine) == Call.objects.filter(campaign=campaign).count() > 0
    assert len([line for line in lines if line["type"] == "final"]) == campaign.audience.count()
