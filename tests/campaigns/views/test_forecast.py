"""The forecast's block: it shows the latest figures, asks for new ones, and never makes one while somebody waits."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from campaigns import forecasting
from campaigns.models import Campaign, Forecast
from tests.factories import CampaignContactFactory, CampaignFactory, PoolNumberFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace) -> Campaign:
    made = CampaignFactory(workspace=workspace)
    PoolNumberFactory(campaign=made)
    CampaignContactFactory(campaign=made)
    return Campaign.objects.select_related("agent", "workspace", "schedule").get(pk=made.pk)


def test_the_first_look_asks_for_a_forecast_and_says_so(operator, campaign):
    answer = operator.get(f"/campaigns/{campaign.pk}/parts/forecast/")
    assert "is being made" in answer.content.decode()
    assert OrmQ.objects.count() == 1
    operator.get(f"/campaigns/{campaign.pk}/parts/forecast/")
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("where", ["", "edit/review/"])
def test_draft_and_review_show_the_figures(operator, campaign, where):
    row = forecasting.make(campaign, timezone.now())
    text = operator.get(f"/campaigns/{campaign.pk}/{where}").content.decode()
    assert "Expected cost" in text
    assert row.result["limits"]["sentence"] in text.replace("&#x27;", "'")
    assert "At most" in text


def test_an_active_page_shows_the_time_left_and_asks_what_would_finish_it(operator, campaign):
    forecasting.make(campaign, timezone.now())
    Campaign.objects.filter(pk=campaign.pk).update(status="paused", run=1)
    campaign.runs.create(run=1, started_at=timezone.now())
    text = operator.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "What would finish it by" in text
    assert "out of date" in text


def test_edited_assumptions_are_kept_and_asked_with(operator, campaign):
    data = {"talk_seconds": "90", "own_calls": "on"}
    assert operator.post(f"/campaigns/{campaign.pk}/forecast/", data).status_code == 302
    assert Forecast.objects.get().result["assumptions"]["talk_seconds"] == 90
    operator.post(f"/campaigns/{campaign.pk}/forecast/", {"human": "99"})
    assert Forecast.objects.get().result["assumptions"]["human"] == 30


def test_a_time_that_lies_behind_is_refused(operator, campaign):
    operator.post(f"/campaigns/{campaign.pk}/forecast/", {"by": "2020-01-01T10:00"})
    assert not Forecast.objects.exists()


def test_an_answer_says_of_which_moment_it_is_and_when_it_is_older_than_the_figures(operator, campaign):
    now = timezone.now()
    forecasting.ask(campaign, now, by=now + timedelta(days=30))
    forecasting.make(campaign, now)
    page = f"/campaigns/{campaign.pk}/"
    text = operator.get(page).content.decode()
    assert "As it stood" in text and "ask again" not in text
    forecasting.make(campaign, now + timedelta(minutes=5))
    text = operator.get(page).content.decode()
    assert "it finishes by then as it is" in text and "ask again for an answer of now" in text


def test_a_scheduled_campaign_shows_its_forecast(operator, campaign):
    starts_at = timezone.now() + timedelta(days=2)
    fields = {"status": "scheduled", "trigger_mode": "scheduled", "starts_at": starts_at}
    Campaign.objects.filter(pk=campaign.pk).update(**fields)
    scheduled = Campaign.objects.select_related("agent", "workspace", "schedule").get(pk=campaign.pk)
    row = forecasting.make(scheduled, timezone.now())
    assert datetime.fromisoformat(row.result["finish"]) > starts_at
    text = operator.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "Finishes" in text and "Expected cost" in text and "out of date" not in text


def test_a_viewer_cannot_ask_and_a_stranger_finds_nothing(viewer, campaign, signed_in):
    assert viewer.post(f"/campaigns/{campaign.pk}/forecast/").status_code == 403
    stranger = signed_in("owner", at=WorkspaceFactory())
    assert stranger.get(f"/campaigns/{campaign.pk}/parts/forecast/").status_code == 404
