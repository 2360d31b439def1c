"""What may be changed in which status."""

import pytest

from campaigns import locks
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign
from tests.factories import NOON

EVERY = list(CampaignStatus)


def open_in(**values: object) -> list[str]:
    """The statuses in which `field_locked` says nothing of the field."""
    field = str(values.pop("field"))
    return [status.value for status in EVERY if not locks.field_locked(Campaign(status=status, **values), field)]


@pytest.mark.parametrize("field", ["notes", "priority", "tags"])
def test_notes_priority_and_tags_are_open_in_any_status(field):
    assert open_in(field=field, run=1) == [status.value for status in EVERY]


def test_settings_are_open_in_draft_and_paused():
    assert open_in(field="max_attempts", run=1) == ["draft", "paused"]


@pytest.mark.parametrize("field", ["name", "agent"])
def test_name_and_agent_are_fixed_after_the_first_run(field):
    assert open_in(field=field, run=1) == []
    assert open_in(field=field, run=0) == ["draft", "paused"]


@pytest.mark.parametrize(
    ("always_on", "statuses"), [(False, ["draft"]), (True, ["draft", "scheduled", "running", "paused"])]
)
def test_people_may_be_added_in_draft_and_later_only_where_always_on(always_on, statuses):
    campaigns = [Campaign(status=status, always_on=always_on, run=1) for status in EVERY]
    assert [campaign.status for campaign in campaigns if not locks.list_locked(campaign)] == statuses


def test_an_archived_campaign_is_shut():
    campaign = Campaign(status="draft", archived_at=NOON)
    assert locks.not_editable(campaign) == "This campaign is archived. Restore it, or clone it into a new draft."
    assert locks.list_locked(campaign)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("running", "This one is running. Pause it, or clone it into a new draft."),
        ("completed", "This one is completed. Clone it into a new draft."),
    ],
)
def test_the_reason_names_the_status_and_the_way_out(status, sentence):
    assert locks.not_editable(Campaign(status=status, run=1)).endswith(sentence)
