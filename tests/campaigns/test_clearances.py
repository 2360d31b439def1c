from campaigns.clearances import clearance_rows
from campaigns.reasons import ending_in_words, reason_in_words

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
        ("Call window", "09:00–18:00, Mon–Tue"),
        (
            "Local time in Europe/Berlin",
            "Mon 2026-06-01 14:00:00 +0200, inside the window as read in the contact's own zone",
        ),
        ("Suppression list", "Not listed"),
        ("Attempts before this call", "1 of 3 allowed"),
        ("Why this number", "Weighted: eligible and next in turn"),
        ("Its spam score", "2, below the threshold of 7"),
        ("Its calls that day", "3 of 100 allowed"),
        ("Live calls of the campaign", "4 of 50 allowed"),
    ]


def test_a_call_that_kept_nothing_says_nothing():
    assert clearance_rows({}) == []


def test_reasons_are_said_in_words_and_unknown_ones_as_they_are():
    assert reason_in_words("max_attempts") == "Called as often as allowed"
    assert reason_in_words("busy") == "Busy"
    assert reason_in_words("wants_a_boat") == "Wants a boat"
    assert ending_in_words("all_final") == "Every contact is final."
    assert ending_in_words("Stopped by Ada.") == "Stopped by Ada."
