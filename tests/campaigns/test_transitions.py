"""The table of transitions: what is allowed where, and the sentence that refuses the rest."""

import pytest

from campaigns.choices import CampaignStatus
from campaigns.transitions import TABLE, Action, allowed, by_system, hand_refusal, refusal, target

EVERYWHERE = {"clone", "save_template", "export"}
ALLOWED = {
    "draft": {"edit", "start", "cancel", "archive", "delete"},
    "scheduled": {"pause", "cancel"},
    "running": {"pause", "stop", "cancel"},
    "paused": {"edit", "resume", "stop", "cancel"},
    "completed": {"restart", "archive", "delete"},
    "failed": {"restart", "archive", "delete"},
    "cancelled": {"archive", "delete"},
}


@pytest.mark.parametrize("status", list(CampaignStatus))
def test_each_status_allows_its_actions_and_no_other(status):
    assert set(allowed(status)) == ALLOWED[status] | EVERYWHERE
    assert set(allowed(status, has_calls=True)) == (ALLOWED[status] | EVERYWHERE) - {"delete"}


def test_an_archived_campaign_can_only_be_looked_at_copied_or_brought_back():
    assert set(allowed("completed", archived=True)) == {"unarchive", "delete", *EVERYWHERE}


@pytest.mark.parametrize("status", list(CampaignStatus))
@pytest.mark.parametrize("action", list(Action))
def test_every_refusal_is_one_sentence_that_names_the_status(action, status):
    sentence = refusal(action, status)
    if sentence is not None:
        assert CampaignStatus(status).label.lower() in sentence
        assert sentence.endswith(".")
        assert sentence.count(".") == 1


def test_refusals_read_as_people_speak():
    assert (
        refusal("pause", "completed") == "A completed campaign cannot be paused; only scheduled and running ones can."
    )
    assert refusal("start", "running") == "A running campaign cannot be started; only draft ones can."
    assert refusal("delete", "completed", has_calls=True) == (
        "This completed campaign has calls, so it is kept: archive it instead."
    )


def test_targets():
    assert target("start") == "running"
    assert target("start", ahead=True) == "scheduled"
    assert target("resume", ahead=True) == "scheduled"
    assert target("restart") == "paused"
    assert target("clone") is None
    assert {action for action in TABLE if target(action)} == {"start", "pause", "resume", "stop", "cancel", "restart"}


def test_what_the_system_may_do_by_itself():
    moves = {(a, b) for a in CampaignStatus for b in CampaignStatus if by_system(a, b)}
    assert moves == {
        ("scheduled", "running"),
        ("scheduled", "paused"),
        ("running", "paused"),
        ("running", "completed"),
        ("running", "failed"),
        ("paused", "completed"),
    }


@pytest.mark.parametrize("move", ["retry", "set_pending", "set_completed", "exclude"])
@pytest.mark.parametrize("status", list(CampaignStatus))
def test_contacts_are_moved_by_hand_before_and_while_a_campaign_is_active(move, status):
    may = status in ("draft", "scheduled", "running", "paused")
    assert (hand_refusal(move, status, "failed") is None) is may
    assert hand_refusal(move, "running", "dialing") == "This person is being dialed right now."
    barred = hand_refusal(move, "running", "failed", suppressed=True)
    assert barred == ("This person is on the suppression list." if move in ("retry", "set_pending") else None)
