"""A campaign with a linked schedule: its window is the schedule's, in rules and on pages."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from campaigns import fields, policies, review, schedules
from campaigns.dialing import window
from campaigns.dialing.values import Hours
from campaigns.models import Campaign, CampaignRun, Schedule
from campaigns.wizard import summary
from tests.campaigns.dialing.floor import claimed, running
from tests.factories import NOON, CampaignFactory, PoolNumberFactory, WorkspaceFactory
from tests.forms import fields as fields_of

pytestmark = pytest.mark.django_db
DAYS = {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "tue": [["22:00", "02:00"]]}


@pytest.fixture
def schedule(workspace):
    return Schedule.objects.create(workspace=workspace, name="Office", timezone="Asia/Tokyo", days=DAYS)


@pytest.fixture
def campaign(workspace, schedule):
    return CampaignFactory(workspace=workspace, schedule=schedule)


def test_the_window_is_the_schedules(campaign, schedule):
    found = policies.window(campaign)
    assert (found.timezone, found.days[0]) == ("Asia/Tokyo", ((540, 720), (780, 1080)))
    assert not window.is_open(policies.policy(campaign), Hours("JP", "", ("Asia/Tokyo",)), at(2026, 6, 1, 3))  # noon

    schedule.exceptions = [{"date": "2026-06-01", "spans": []}]
    schedule.save()
    again = Campaign.objects.get(pk=campaign.pk)
    assert policies.window(again).exceptions == {date(2026, 6, 1): ()}


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


def test_a_schedule_that_cannot_be_used_is_never_read_as_open(campaign, schedule):
    Schedule.objects.update(days={"mon": [["09:00", "09:00"]]})
    broken = Campaign.objects.get(pk=campaign.pk)
    with pytest.raises(window.InvalidWindow):
        policies.policy(broken)
    with pytest.raises(ValidationError) as error:
        fields.check(broken, NOON)
    sentence = "The schedule “Office” cannot be used. A span starts and ends at 09:00: choose two different times."
    assert error.value.message_dict == {"schedule": [sentence]}


def test_a_schedule_of_another_workspace_is_refused(campaign):
    campaign.schedule = Schedule.objects.create(workspace=WorkspaceFactory(), name="Theirs", days=DAYS)
    with pytest.raises(ValidationError, match="Choose a schedule of this workspace"):
        fields.check(campaign, NOON)


def test_the_windows_own_fields_mean_nothing_beside_a_schedule(campaign):
    campaign.window_days, campaign.window_start = [], campaign.window_end
    fields.check(campaign, NOON)
    campaign.schedule = None
    with pytest.raises(ValidationError, match="Tick at least one working day"):
        fields.check(campaign, NOON)


def test_pages_name_the_schedule_and_its_zone(campaign, operator):
    page = operator.get(reverse("campaigns:detail", args=[campaign.pk])).content.decode()
    assert "Schedule “Office”" in page
    assert "13:00–18:00" in page  # the week as it is drawn
    assert ("Call window", "Schedule “Office”, Asia/Tokyo") in summary.parts(campaign, [])[2].lines
    row = operator.get("/campaigns/").content.decode()
    assert "Schedule “Office”" in row
    assert "Asia/Tokyo" in row


def test_a_draft_lists_the_dates_that_differ_from_the_drawn_week(campaign, schedule, operator):
    schedule.exceptions = [
        {"date": "2099-12-25", "spans": [], "note": "Christmas"},
        {"date": "2099-12-24", "spans": [["09:00", "12:00"]]},
        {"date": "2020-01-01", "spans": [], "note": "Long over"},
    ]
    schedule.save()
    page = operator.get(reverse("campaigns:detail", args=[campaign.pk])).content.decode()
    listed = page[page.index("Dates that differ") : page.index('id="cost"')]
    assert listed.index("2099-12-24") < listed.index("2099-12-25")
    assert "09:00–12:00" in listed and "Closed" in listed and "Christmas" in listed
    assert "Long over" not in page


def test_an_exception_of_today_is_told_by_the_schedules_clock(schedule):
    schedule.exceptions = [{"date": "2026-06-02", "spans": []}]
    assert schedules.coming(schedule, at(2026, 6, 2, 14, 59))  # 23:59 in Tokyo
    assert not schedules.coming(schedule, at(2026, 6, 2, 15))


def test_the_wizard_reads_the_start_time_by_the_schedules_clock(campaign, schedule, operator):
    PoolNumberFactory(campaign=campaign)
    address = reverse("campaigns:edit", args=[campaign.pk, "dialer"])
    first = operator.get(address)
    assert "Office (Asia/Tokyo)" in first.content.decode()
    data = fields_of(first, schedule=schedule.pk, trigger_mode="scheduled", starts_at="2099-07-01T10:00")
    assert operator.post(address, data).status_code == 302
    campaign.refresh_from_db()
    assert campaign.starts_at == at(2099, 7, 1, 1)
    assert 'value="2099-07-01T10:00"' in operator.get(address).content.decode()


def test_a_single_day_closes_with_its_schedules_last_span(workspace, schedule):
    campaign = running(workspace, people=1, schedule=schedule, mode="single_day")
    CampaignRun.objects.update(day=date(2026, 6, 2))
    run = review.run_of(campaign)
    # 02:00 of the 3rd in Tokyo; in California the law allows calls then (10:00).
    assert review.day_closes(campaign, run) == at(2026, 6, 2, 17)


def test_reviewing_costs_the_same_with_a_schedule(
    workspace, schedule, django_assert_num_queries, django_assert_max_num_queries
):
    plain = running(workspace, people=1)
    with django_assert_max_num_queries(40) as asked:
        review.review([plain.pk], NOON)
    Campaign.objects.filter(pk=plain.pk).update(schedule=schedule)
    with django_assert_num_queries(len(asked)):
        review.review([plain.pk], NOON)


def test_a_call_past_midnight_keeps_the_spans_of_the_date_it_belongs_to(workspace, schedule):
    running(workspace, people=1, schedule=schedule)
    (call,) = claimed(workspace, at(2026, 6, 2, 16))  # Wednesday 01:00 in Tokyo, Tuesday 09:00 in California
    told = call.clearance["window"]
    assert (told["schedule"], told["date"], told["spans"]) == ("Office", "2026-06-02", ["22:00–02:00"])
    assert told["local"] == {"Asia/Tokyo": "Wed 2026-06-03 01:00:00 +0900"}
