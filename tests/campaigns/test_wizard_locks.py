"""What the wizard and the settings allow in which status."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from campaigns.models import Campaign
from tests.campaigns.test_wizard import DIALER, POOL, edit
from tests.factories import (
    NOON,
    AgentFactory,
    CampaignContactFactory,
    CampaignFactory,
    NumberFactory,
    PoolNumberFactory,
    ScheduleFactory,
)

pytestmark = pytest.mark.django_db

CLOSED = ["scheduled", "running", "completed", "failed", "cancelled"]


@pytest.fixture
def campaign(workspace) -> Campaign:
    """Paused in its first run."""
    agent = AgentFactory(workspace=workspace)
    found = CampaignFactory(workspace=workspace, agent=agent, name="Spring", status="paused", run=1)
    PoolNumberFactory(campaign=found)
    CampaignContactFactory(campaign=found)
    return found


def turn(campaign: Campaign, status: str) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(status=status)


@pytest.mark.parametrize("status", CLOSED)
@pytest.mark.parametrize("step", ["basics", "pool", "dialer", "upload", "review"])
def test_every_step_is_shown_read_only_with_the_reason_outside_of_draft_and_paused(operator, campaign, status, step):
    turn(campaign, status)
    page = operator.get(edit(campaign, step))
    assert "Only draft and paused campaigns can be edited." in page.content.decode()
    assert 'name="go" value="next"' not in page.content.decode()
    assert operator.post(edit(campaign, step), {**DIALER, **POOL}).status_code == 409


def test_after_the_first_run_name_and_agent_stay_whatever_is_sent(operator, campaign):
    other = AgentFactory(workspace=campaign.workspace)
    data = {"name": "Other", "agent": other.pk, "priority": 0, "notes": "changed"}
    assert operator.post(edit(campaign, "basics"), data).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.name, campaign.notes, campaign.priority) == ("Spring", "changed", 0)
    assert campaign.agent != other
    assert "fixed since the first run" in operator.get(edit(campaign, "basics")).content.decode()


def test_numbers_and_dialer_settings_stay_editable_while_paused(operator, campaign):
    number = NumberFactory(workspace=campaign.workspace)
    operator.post(edit(campaign, "pool"), {**POOL, "numbers": [number.pk]})
    operator.post(edit(campaign, "dialer"), {**DIALER, "concurrency_limit": "3"})
    campaign.refresh_from_db()
    assert (campaign.pool.get().number, campaign.concurrency_limit) == (number, 3)


def test_the_mode_changes_after_a_run_only_when_confirmed_and_leaves_a_trace(operator, campaign):
    data = {**DIALER, "mode": "single_day"}
    answer = operator.post(edit(campaign, "dialer"), data)
    assert "confirm_mode" in answer.context["form"].errors
    operator.post(edit(campaign, "dialer"), {**data, "confirm_mode": "on"})
    campaign.refresh_from_db()
    assert campaign.mode == "single_day"
    assert "mode" in AuditEvent.objects.filter(action="campaign.change").latest("pk").detail


def test_the_list_is_locked_after_the_first_run(operator, campaign):
    page = operator.get(edit(campaign, "upload")).content.decode()
    assert "Clone the campaign to call a different list." in page
    assert 'type="file"' not in page
    file = SimpleUploadedFile("a.csv", b"phone_number\n+14155550101\n")
    assert operator.post(edit(campaign, "upload"), {"go": "upload", "file": file}).status_code == 409
    assert campaign.uploads.count() == 0
    assert operator.post(edit(campaign, "upload"), {"go": "next"}).url == edit(campaign, "review")


def test_an_always_on_campaign_takes_more_people_while_paused(operator, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(always_on=True)
    file = SimpleUploadedFile("a.csv", b"phone_number\n+14155550101\n")
    assert operator.post(edit(campaign, "upload"), {"go": "upload", "file": file}).status_code == 302
    assert campaign.uploads.get().replaces is False


def test_a_campaign_that_starts_while_its_form_is_open_is_not_changed(operator, campaign, monkeypatch):
    from campaigns.views import wizard

    def started_meanwhile(request, pk):
        found = Campaign.objects.select_related("agent", "workspace").get(pk=pk)
        turn(campaign, "running")
        return found

    monkeypatch.setattr(wizard, "the_campaign", started_meanwhile)
    answer = operator.post(edit(campaign, "dialer"), DIALER)
    assert answer.status_code == 422
    assert "This one is running" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.concurrency_limit == 50


def test_saving_a_paused_campaign_says_so(operator, campaign):
    answer = operator.post(edit(campaign, "review"))
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Saved."]


def test_notes_priority_and_tags_can_be_changed_in_any_status(operator, campaign):
    for status in ["running", "completed"]:
        turn(campaign, status)
        data = {"notes": f"in {status}", "priority": 2, "tags": "vip, Spring ", "budget_cap": "5"}
        assert operator.post(f"/campaigns/{campaign.pk}/settings/", data).status_code == 302
        campaign.refresh_from_db()
        assert (campaign.notes, campaign.priority, campaign.tags) == (f"in {status}", 2, "|vip|Spring|")
        assert campaign.budget_cap is None


SETTINGS = {
    "priority": 1,
    "amd_mode": "ml",
    "ring_timeout_seconds": 45,
    "call_interval_seconds": 10,
    "completion_timeout_minutes_0": "2",
    "completion_timeout_minutes_1": "days",
    "max_voicemail_attempts": "2",
    "budget_cap": "120.50",
    "pilot_size": "25",
    "max_error_rate": "",
    "secondary_contacts": "after_primary",
    "metadata": '{"client": "Acme"}',
}


def test_settings_are_saved_while_paused(operator, campaign):
    assert operator.post(f"/campaigns/{campaign.pk}/settings/", SETTINGS).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.amd_mode, campaign.ring_timeout_seconds, campaign.call_interval_seconds) == ("ml", 45, 10)
    assert (campaign.completion_timeout_minutes, campaign.max_voicemail_attempts) == (2880, 2)
    assert (str(campaign.budget_cap), campaign.pilot_size, campaign.max_error_rate) == ("120.5000", 25, None)
    assert (campaign.secondary_contacts, campaign.metadata) == ("after_primary", {"client": "Acme"})


def test_a_schedule_is_linked_in_the_settings_and_another_workspaces_is_refused(operator, workspace, campaign):
    own, other = ScheduleFactory(workspace=workspace), ScheduleFactory()
    address = f"/campaigns/{campaign.pk}/settings/"
    assert operator.post(address, {**SETTINGS, "schedule": other.pk}).status_code == 422
    assert operator.post(address, {**SETTINGS, "schedule": own.pk}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.schedule == own


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ring_timeout_seconds", "31"),
        ("call_interval_seconds", "7"),
        ("max_voicemail_attempts", "12"),
        ("budget_cap", "-1"),
        ("pilot_size", "0"),
        ("max_error_rate", "101"),
        ("metadata", "[1]"),
        ("metadata", "{"),
    ],
)
def test_a_setting_out_of_range_is_refused_at_its_field(operator, campaign, field, value):
    answer = operator.post(f"/campaigns/{campaign.pk}/settings/", {**SETTINGS, field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_viewer_reads_the_settings_and_cannot_save(viewer, campaign):
    assert viewer.get(f"/campaigns/{campaign.pk}/settings/").status_code == 200
    assert viewer.post(f"/campaigns/{campaign.pk}/settings/", SETTINGS).status_code == 403


def test_an_archived_campaign_is_shut_too(operator, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(status="completed", archived_at=NOON)
    assert operator.post(edit(campaign, "dialer"), DIALER).status_code == 409
