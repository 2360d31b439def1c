"""Start, pause and the other moves from the pages; cloning; a second press."""

import pytest
from django.contrib.messages import get_messages

from campaigns.models import Campaign
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, PoolNumberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace) -> Campaign:
    found = CampaignFactory(workspace=workspace, name="Spring")
    PoolNumberFactory(campaign=found)
    CampaignContactFactory(campaign=found)
    return found


def act(client, campaign: Campaign, action: str, query: str = "", **data: object):
    return client.post(f"/campaigns/{campaign.pk}/do/{action}/{query}", data)


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def status(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).status


def test_start_pause_resume_stop(operator, campaign):
    seen = []
    for action in ("start", "pause", "resume", "stop"):
        assert act(operator, campaign, action).url == f"/campaigns/{campaign.pk}/"
        seen.append(status(campaign))
    assert seen == ["running", "paused", "running", "completed"]


def test_a_start_that_is_not_ready_is_refused_with_every_blocker(operator, campaign):
    campaign.pool.all().delete()
    campaign.audience.all().delete()
    answer = act(operator, campaign, "start")
    assert told(answer) == [
        "This campaign cannot be started yet: No number to call from is chosen. Choose at least one.",
        "The list is empty. Upload a contact file.",
    ]
    assert status(campaign) == "draft"


def test_a_move_that_the_status_does_not_allow_is_one_sentence(operator, campaign):
    assert told(act(operator, campaign, "resume")) == ["A draft campaign cannot be resumed; only paused ones can."]


def test_a_second_press_is_silent(operator, campaign):
    first, second = act(operator, campaign, "start"), act(operator, campaign, "start")
    assert (told(first)[-1:], second.url) == (["Started."], first.url)
    assert campaign.transitions.count() == 1
    assert "cannot be started" not in " ".join(told(second))


def test_start_as_pilot_takes_its_size_and_refuses_nonsense(operator, campaign):
    for wrong in ("0", "-1", "many", "1.5"):
        assert told(act(operator, campaign, "start", pilot=wrong))[-1:] == [
            "A pilot needs a whole number of calls, at least 1."
        ]
    act(operator, campaign, "start", pilot="20")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.pilot_size) == ("running", 20)


def test_it_returns_to_the_list_one_came_from_but_never_elsewhere(operator, campaign):
    assert act(operator, campaign, "cancel", "?next=/campaigns/%3Fq%3Dspring").url == "/campaigns/?q=spring"
    assert act(operator, campaign, "cancel", "?next=https://elsewhere.example/").url == f"/campaigns/{campaign.pk}/"


def test_delete_is_the_managers_and_only_without_calls(operator, manager, campaign):
    assert act(operator, campaign, "delete").status_code == 403
    assert act(manager, campaign, "delete").url == "/campaigns/"
    assert not Campaign.objects.filter(pk=campaign.pk).exists()


def test_archive_and_restore(manager, campaign):
    act(manager, campaign, "archive")
    assert Campaign.objects.get().archived_at is not None
    act(manager, campaign, "unarchive")
    assert Campaign.objects.get().archived_at is None


def test_reading_an_address_of_a_move_changes_nothing(operator, campaign):
    assert operator.get(f"/campaigns/{campaign.pk}/do/start/").status_code == 405
    assert status(campaign) == "draft"


def test_another_workspaces_campaign_and_an_unknown_move_are_404(operator, stranger, campaign):
    assert act(stranger, campaign, "start").status_code == 404
    assert act(operator, campaign, "explode").status_code == 404
    assert act(operator, campaign, "edit").status_code == 404


def test_a_viewer_moves_nothing(viewer, campaign):
    assert act(viewer, campaign, "start").status_code == 403


def test_clone_makes_one_draft_however_often_it_is_pressed(operator, campaign):
    answers = [operator.post(f"/campaigns/{campaign.pk}/clone/", {"contacts": "1", "once": "abc"}) for _ in range(2)]
    assert answers[0].url == answers[1].url
    copy = Campaign.objects.exclude(pk=campaign.pk).get()
    assert (copy.name, copy.audience.count(), copy.status) == ("Spring (copy)", 1, "draft")


def test_an_ended_campaign_can_be_cloned(operator, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="cancelled", archived_at=NOON)
    assert operator.post(f"/campaigns/{campaign.pk}/clone/").status_code == 302
