import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, CampaignRun
from campaigns.views.parts import PARTS
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    campaign = campaign_with_past(workspace, status="running", status_at=NOON, name="The <campaign>")
    for run in (1, 2):
        CampaignRun.objects.create(campaign=campaign, run=run, started_at=NOON)
    return campaign


def address(campaign, name, status="running"):
    return f"{reverse('campaigns:part', args=[campaign.pk, name])}?status={status}"


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_page_is_the_part_that_refreshes(viewer, campaign, name):
    """The page holds each part with the same address, so that what is polled is what was there."""
    page = viewer.get(reverse("campaigns:detail", args=[campaign.pk])).content.decode()
    part = viewer.get(address(campaign, name)).content.decode()
    assert f'hx-get="{address(campaign, name)}"' in page
    assert part.lstrip().startswith(("<section", "<div")) and f'id="{name}"' in part


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_looks_the_same_is_not_sent_again(viewer, campaign, name, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # live calls show how many seconds they last
    first = viewer.get(address(campaign, name))
    again = viewer.get(address(campaign, name), headers={"X-Seen": first["X-Seen"]})
    assert (first.status_code, again.status_code) == (200, 204)


@pytest.mark.parametrize("name", PARTS)
def test_when_the_status_has_changed_the_whole_page_is_asked_anew(viewer, campaign, name):
    Campaign.objects.filter(pk=campaign.pk).update(status="paused")
    answer = viewer.get(address(campaign, name))
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_parts_ask_each_second_while_calls_are_made_and_seldom_when_not(viewer, campaign):
    running = viewer.get(address(campaign, "kpis")).content.decode()
    campaign.calls.filter(ended_at=None).delete()
    Campaign.objects.filter(pk=campaign.pk).update(status="paused")
    resting = viewer.get(address(campaign, "kpis", "paused")).content.decode()
    assert "every 1s" in running and "every 5s" in resting


def test_an_unknown_part_is_not_there(viewer, campaign):
    assert viewer.get(address(campaign, "nonsense")).status_code == 404
