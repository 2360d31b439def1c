"""GET and POST /campaigns/{id}/forecast/."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from campaigns.models import Call, Forecast
from tests.factories import CampaignContactFactory, CampaignFactory, PoolNumberFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    made = CampaignFactory(workspace=workspace)
    PoolNumberFactory(campaign=made)
    CampaignContactFactory(campaign=made)
    return made


def address(campaign) -> str:
    return f"/api/v1/campaigns/{campaign.pk}/forecast/"


def test_the_first_forecast_of_a_short_list_is_made_at_once(api, campaign):
    answer = api.get(address(campaign))
    assert answer.status_code == 200
    assert answer.data["current"] is True
    assert answer.data["result"]["contacts"] == 1
    assert Call.objects.count() == 0


def test_other_assumptions_and_a_question_are_answered_behind_the_request(api, campaign):
    by = (timezone.now() + timedelta(days=1)).isoformat()
    answer = api.post(address(campaign), {"talk_seconds": 90, "finish_by": by})
    assert answer.status_code == 202
    assert OrmQ.objects.count() == 1
    assert Forecast.objects.get().result["assumptions"]["talk_seconds"] == 90


@pytest.mark.parametrize("data", [{"human": 99}, {"human": 101}, {"finish_by": "2020-01-01T00:00:00Z"}])
def test_what_does_not_fit_is_refused(api, campaign, data):
    assert api.post(address(campaign), data).status_code == 400
    assert not Forecast.objects.exists()


def test_a_strangers_campaign_is_not_found(program, campaign):
    stranger = program(at=WorkspaceFactory())
    assert stranger.get(address(campaign)).status_code == 404
    assert stranger.post(address(campaign), {}).status_code == 404


def test_a_program_that_may_only_read_cannot_ask_for_a_new_one(program, campaign):
    assert program(scopes=("read",)).post(address(campaign), {}).status_code == 403


def test_an_ended_campaign_has_no_forecast(api, workspace):
    ended = CampaignFactory(workspace=workspace, status="completed", run=1)
    assert api.get(address(ended)).status_code == 409
