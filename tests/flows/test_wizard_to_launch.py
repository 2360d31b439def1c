"""Through the pages: five steps, a contact file, Start, Pause, Resume; the calls arrive at a carrier process."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns import readiness, uploads
from campaigns.models import Call, Campaign
from contacts.models import Upload
from tests.factories import MembershipFactory
from tests.flows.world import World, until, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

ROWS = "phone_number,name\n" + "".join(f"+12125{n:05d}5,Person {n}\n" for n in range(20)) + "12,Nobody\n"
DIALER = {
    "concurrency_limit": "",  # repaired to 50
    "mode": "multi_day",
    "trigger_mode": "manual",
    "window_start": "00:00",
    "window_end": "24:00",
    "window_timezone": "Europe/Berlin",
    "window_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "max_attempts": "1",
    "retry_delay_minutes_0": "30",
    "retry_delay_minutes_1": "minutes",
}


@pytest.fixture
def installation(tmp_path):
    with world(tmp_path, "--speed", "40") as made:
        yield made


@pytest.fixture
def operator(installation) -> Client:
    client = Client()
    client.force_login(MembershipFactory(workspace=installation.workspace, role=Role.OPERATOR).user)
    return client


def set_up(installation: World, operator: Client) -> Campaign:
    """The wizard, each step sent to where the one before led."""
    basics = {"name": "Spring", "agent": installation.agent.pk, "priority": 1}
    at = operator.post(reverse("campaigns:new", args=["basics"]), basics).url
    pool = {"numbers": [number.pk for number in installation.numbers], "rotation_strategy": "round_robin"}
    at = operator.post(at, {**pool, "spam_threshold": 7, "max_calls_per_number_per_day": 100}).url
    at = operator.post(at, DIALER).url
    at = operator.post(at, {"go": "next", "file": SimpleUploadedFile("people.csv", ROWS.encode())}).url
    assert operator.get(at).status_code == 200
    page = operator.post(at).url
    campaign = Campaign.objects.get()
    assert page == reverse("campaigns:detail", args=[campaign.pk])
    return campaign


def press(operator: Client, campaign: Campaign, action: str) -> str:
    operator.post(reverse("campaigns:act", args=[campaign.pk, action]))
    campaign.refresh_from_db()
    return campaign.status


def load(campaign: Campaign) -> None:
    """What the work cluster does with the file that Start handed to it."""
    upload = Upload.objects.get(campaign_upload__campaign=campaign)
    uploads.run(upload.pk, upload.turn)


def test_from_the_first_step_to_the_last_call(installation, operator):
    campaign = set_up(installation, operator)
    assert (campaign.status, campaign.audience.count(), Call.objects.count()) == ("draft", 0, 0)
    assert readiness.blockers(readiness.check(campaign, timezone.now())) == []

    installation.start_dialer()
    assert press(operator, campaign, "start") == "running"
    load(campaign)
    until(lambda: Call.objects.exists(), 20)
    assert press(operator, campaign, "pause") == "paused"
    assert press(operator, campaign, "resume") == "running"

    installation.until_status(campaign, "completed")
    installation.judged()
    assert campaign.audience.count() == 20
    assert len(installation.simulated.judge().rings) == 20


def test_a_draft_dials_nothing_however_long_the_dialer_runs(installation, operator):
    campaign = set_up(installation, operator)
    other = installation.campaign(max_attempts=1)
    installation.people(other, ["+12125999995"])
    installation.start_dialer()
    installation.act(other, "start")

    installation.until_status(other, "completed")

    assert not Call.objects.filter(campaign=campaign).exists()
    assert press(operator, campaign, "cancel") == "cancelled"
