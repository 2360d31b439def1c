"""Tallies are what a count of the calls says, after every way in which a call can end."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import transaction

from campaigns import editing, lifecycle, outcomes, schedules, tallies
from campaigns.choices import Outcome
from campaigns.models import Call, Campaign, PoolNumber, Tally
from campaigns.queries import hours
from telephony.models import NumberDay
from tests.campaigns.dialing.floor import NOW, running, told
from tests.campaigns.history import campaign_with_past
from tests.factories import CallFactory, ScheduleFactory

pytestmark = pytest.mark.django_db


def differences(campaign):
    with transaction.atomic():
        return tallies.differences(campaign)


def end(calls, seed=1):
    chance = random.Random(seed)
    for call in calls:
        with transaction.atomic():
            outcomes.end(Call.objects.get(pk=call.pk), chance.choice(Outcome.values), NOW, "test")


def recount(*args):
    """Exit status, output."""
    out = StringIO()
    try:
        call_command("recount", *args, stdout=out)
    except SystemExit as stop:
        return stop.code, out.getvalue()
    return 0, out.getvalue()


def test_calls_are_counted_with_their_end_and_once(workspace):
    campaign = running(workspace, people=12)
    calls = told(workspace)
    assert not Tally.objects.exists()

    end(calls)
    end(calls, seed=2)  # ended already: nothing is counted again

    assert sum(Tally.objects.values_list("calls", flat=True)) == len(calls) == 12
    assert differences(campaign) == []
    assert tallies.spent([campaign.pk])[campaign.pk] == sum(call.cost or 0 for call in Call.objects.all())


def test_withdrawn_calls_are_in_cells_of_their_own(workspace):
    campaign = running(workspace, people=4)
    calls = told(workspace)
    Call.objects.filter(pk__in=[call.pk for call in calls[:2]]).update(sent_at=None)

    lifecycle.act(campaign, "pause", actor=None, now=NOW)

    assert list(Tally.objects.values_list("outcome").distinct()) == [("cancelled",)]
    assert sum(Tally.objects.values_list("calls", flat=True)) == 2
    assert differences(campaign) == []


def test_an_end_that_is_rolled_back_leaves_no_count(workspace):
    running(workspace, people=1)
    calls = told(workspace)
    with pytest.raises(RuntimeError), transaction.atomic():
        outcomes.end(Call.objects.get(pk=calls[0].pk), "busy", NOW, "test")
        raise RuntimeError
    assert not Tally.objects.exists()


def test_the_cost_of_thousands_of_calls_is_exact(workspace):
    chance = random.Random(1)
    one = CallFactory(workspace=workspace, cost=Decimal("0.0140"))
    same = {field.attname: getattr(one, field.attname) for field in Call._meta.concrete_fields}
    for _ in range(20):
        own = [{"cost": one.cost * chance.randint(1, 5), "reference": uuid4()} for _ in range(150)]
        calls = [Call(**same | {"id": None, "campaign_contact_id": None} | each) for each in own]
        tallies.move(Call.objects.bulk_create(calls))
    assert differences(one.campaign) == []


def test_test_calls_count_nowhere(workspace):
    call = CallFactory(workspace=workspace)
    Call.objects.filter(pk=call.pk).update(campaign=None, campaign_contact=None)
    Tally.objects.all().delete()
    with transaction.atomic():
        tallies.move([Call.objects.get(pk=call.pk)])
    assert not Tally.objects.exists()


@pytest.mark.parametrize(
    ("zone", "at", "place"),
    [
        ("Asia/Kolkata", datetime(2026, 3, 2, 18, 29, tzinfo=UTC), (0, 23)),
        ("Asia/Kolkata", datetime(2026, 3, 2, 18, 30, tzinfo=UTC), (1, 0)),
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), (6, 1)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), (6, 3)),
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), (6, 2)),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), (6, 2)),
    ],
)
def test_hours_are_those_of_the_campaigns_wall_clock(workspace, zone, at, place):
    call = CallFactory(workspace=workspace, campaign__window_timezone=zone, launched_at=at)

    assert Tally.objects.values_list("weekday", "hour").get() == place
    assert differences(call.campaign) == []
    assert [(hour.weekday, hour.hour) for hour in hours.heatmap(call.campaign).hours] == [place]


def test_a_new_zone_counts_the_past_anew(workspace):
    campaign = campaign_with_past(workspace, people=6, seed=3, status="paused")
    before = set(Tally.objects.values_list("weekday", "hour", "calls"))

    editing.change(campaign, {"window_timezone": "America/New_York"}, actor=None, now=NOW)

    assert set(Tally.objects.values_list("weekday", "hour", "calls")) != before
    assert differences(Campaign.objects.get(pk=campaign.pk)) == []


def test_a_new_zone_of_a_linked_schedule_counts_the_past_anew(workspace):
    schedule = ScheduleFactory(workspace=workspace, timezone="Asia/Tokyo")
    campaign = campaign_with_past(workspace, people=6, seed=3, schedule=schedule)
    before = set(Tally.objects.values_list("weekday", "hour", "calls"))
    schedule.timezone = "America/New_York"

    schedules.save(schedule, actor=None)

    assert set(Tally.objects.values_list("weekday", "hour", "calls")) != before
    assert differences(Campaign.objects.get(pk=campaign.pk)) == []


def test_moving_takes_as_many_statements_whatever_the_number_of_calls(workspace, django_assert_max_num_queries):
    campaign = campaign_with_past(workspace, people=20)
    calls = list(Call.objects.filter(campaign=campaign).exclude(outcome=""))
    Tally.objects.all().delete()
    cells = len({(c.run, c.attempt, c.number_id, c.launched_at.hour, c.outcome) for c in calls})
    assert cells > 5
    with transaction.atomic(), django_assert_max_num_queries(3):  # the gate, the zones, the cells
        tallies.move(calls)
    assert differences(campaign) == []


def test_recount_says_what_differs_and_mends_it(workspace):
    campaign = running(workspace, people=6)
    end(told(workspace))
    assert recount() == (0, "Everything agrees with the rows.\n")
    tally = Tally.objects.first()
    Tally.objects.filter(pk=tally.pk).update(calls=tally.calls + 7)
    PoolNumber.objects.filter(campaign=campaign).update(calls_in_run=99)
    NumberDay.objects.update(calls=99)

    status, said = recount()
    assert status == 1
    assert said.count(": kept ") == 5
    assert recount() == (1, said), "without --mend nothing is changed"

    assert recount("--mend")[0] == 1
    assert recount() == (0, "Everything agrees with the rows.\n")


def test_recount_of_one_campaign_finds_missing_and_idle_cells(workspace):
    one, other = (campaign_with_past(workspace, seed=seed) for seed in (1, 2))
    Tally.objects.filter(campaign=other).delete()
    PoolNumber.objects.update(calls_in_run=0)
    Tally.objects.filter(pk=Tally.objects.filter(campaign=one).first().pk).update(attempt=11)

    assert recount(str(one.pk))[1].count("counted") >= 2
    recount(str(one.pk), "--mend")

    assert recount(str(one.pk))[0] == 0
    assert not Tally.objects.filter(campaign=other).exists()


def test_recount_of_a_campaign_that_is_not_there_says_so():
    with pytest.raises(Exception, match="There is no campaign 77"):
        recount("77")
