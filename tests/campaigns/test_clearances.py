import pytest

from campaigns.clearances import clearance_rows
from campaigns.reasons import ending_in_words, reason_in_words
from tests.campaigns.dialing.floor import claimed, running
from tests.factories import CallFactory

KEPT = {
    "window": {
        "start": "09:00",
        "end": "18:00",
        "days": ["mon", "tue"],
        "read_in": "contact",
        "local": {"Europe/Berlin": "Mon 2026-06-01 14:00:00 +0200"},
    },
    "suppressed": False,
    "attempts": {"before": 1, "maximum": 3},
    "number": {"rotation": "weighted", "spam_score": 2, "spam_threshold": 7, "calls_today": 3, "daily_cap": 100},
    "live": {"campaign": 4, "limit": 50},
}


def test_every_check_is_said_with_what_was_found():
    assert clearance_rows(KEPT) == [
        ("Call window", "Mon–Tue, 09:00–18:00"),
        (
            "Local time in Europe/Berlin",
            "Mon 2026-06-01 14:00:00 +0200, inside the window as read in the contact's own zone",
        ),
        ("Suppression list", "Not listed"),
        ("Attempts before this call", "1 of 3 allowed"),
        ("Why this number", "Weighted: next in turn"),
        ("Its spam score", "2, below the threshold of 7"),
        ("Its calls that day", "3 of 100 allowed"),
        ("Live calls of the campaign", "4 of 50 allowed"),
    ]


def test_when_its_number_was_used_last_is_said_to_the_second():
    kept = {"number": KEPT["number"] | {"last_used": "2026-06-01T12:00:05.123456+00:00"}}
    assert clearance_rows(kept)[0] == ("Why this number", "Weighted: next in turn; last used 2026-06-01 12:00:05 UTC")


@pytest.mark.django_db
def test_what_a_claim_keeps_answers_every_question_of_a_lawyer(workspace):
    workspace.calls_per_day, workspace.balance = 2, 50
    workspace.save()
    campaign = running(workspace, people=1, budget_cap=10)
    person = campaign.audience.get()
    before = {"campaign_contact": None, "contact": person.contact, "phone_number": person.contact.phone_number}
    CallFactory(workspace=workspace, campaign=campaign, launched_at=person.added_at, outcome="busy", **before)
    (call,) = claimed(workspace)

    told = dict(clearance_rows(call.clearance))

    assert told["Safe hours of US"].startswith("Mon 08:00–21:00; Tue")
    assert "47 CFR 64.1200" in told["Safe hours of US"]
    assert told["Where the person may live: America/Los_Angeles"] == (
        "Mon 2026-06-01 11:00:00 -0700, inside the safe hours"
    )
    assert told["Calls to this person in the 24 hours before"] == "1 of 2 allowed"
    assert "Calls to this person in the 7 days before" not in told
    assert told["Why this number"] == "Round robin: next in turn of 2 that could be used"
    assert told["Live calls of the carrier"] == "0 of 100 allowed"
    assert told["Its launches in the second before"] == "0; 50 a second allowed"
    assert told["Left of the budget"].startswith("10")
    assert told["Balance of the workspace"].startswith("50")
    assert told["Hold"] == "Not held"


@pytest.mark.django_db
def test_a_linked_schedule_is_kept_by_name_with_the_spans_of_that_day(workspace):
    office = workspace.schedules.create(name="Office", days={"mon": [["17:00", "19:00"], ["20:00", "21:00"]]})
    running(workspace, people=1, schedule=office)
    (call,) = claimed(workspace)
    told = dict(clearance_rows(call.clearance))
    assert told["Call window"] == "Schedule “Office”: 17:00–19:00, 20:00–21:00 on 2026-06-01"


def test_a_call_that_kept_nothing_says_nothing():
    assert clearance_rows({}) == []


def test_reasons_are_said_in_words_and_unknown_ones_as_they_are():
    assert reason_in_words("max_attempts") == "Called as often as allowed"
    assert reason_in_words("busy") == "Busy"
    assert reason_in_words("wants_a_boat") == "Wants a boat"
    assert ending_in_words("all_final") == "Every contact is final."
    assert ending_in_words("Stopped by Ada.") == "Stopped by Ada."
