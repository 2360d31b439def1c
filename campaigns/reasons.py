"""Reason words of contacts and campaigns, as people read them. A reason is a field of its own, beside the status."""

from campaigns.choices import Outcome

# What `CampaignContact.reason` says, for people. An unknown word is shown as it is.
REASONS = {
    "after_primary": "Waits for the primary contact",
    "balance": "The balance is used up",
    "budget": "The budget is reached",
    "by_hand": "Set by hand",
    "callback": "Asked to be called back",
    "capped": "Called as often as the frequency cap allows",
    "do_not_call": "Asked not to be called",
    "goal_achieved": "The goal was achieved",
    "goal_based_retry": "The goal is not achieved yet",
    "held": "Held until a date",
    "human": "A person answered",
    "machine": "A machine answered",
    "max_attempts": "Called as often as allowed",
    "never_open": "No allowed moment in the next 14 days",
    "no_speech": "Answered, but nobody spoke",
    "not_needed": "Somebody else of the family was reached",
    "not_retried": "The outcome is not one that is retried",
    "short_connect": "The call was too short",
    "stop_rule": "Talked long enough",
    "suppressed": "On the suppression list",
    "zone_unknown": "Country and time zone unknown",
}
REASONS |= {o.value: o.label for o in Outcome if o.value not in REASONS}

# Blockers of people that the contacts tab names beside the status; of the others it is enough to ask.
BLOCKERS = {
    "after_primary": "After the primary",
    "capped": "At the frequency cap",
    "held": "Held",
    "in_call": "In another call",
    "never_open": "Never open",
    "safe_hours": "Outside safe hours",
    "zone_unknown": "Zone unknown",
}


# What `Campaign.status_reason` says when the system ended the campaign; people's own words stay as they are.
ENDINGS = {
    "all_final": "Every contact is final.",
    "single_day_over": "The single day is over: whoever was not reached by then keeps their status.",
}


# What `ContactMove.action` says: who became what without a call.
MOVES = {
    "added": "Added to the list",
    "retry": "Retry by hand",
    "set_pending": "Set to pending by hand",
    "set_completed": "Set to completed by hand",
    "exclude": "Excluded by hand",
    "suppressed": "Excluded: on the suppression list",
    "never_open": "Given up: no allowed moment in the next 14 days",
    "max_attempts": "Given up: called as often as allowed",
    "not_needed": "Excluded: somebody else of the family was reached",
    "after_primary": "Takes their turn after the primary contact",
    "restart": "Back on the list for a new run",
}


def move_in_words(action: str) -> str:
    return MOVES.get(action) or action.replace("_", " ").capitalize()


def reason_in_words(reason: str) -> str:
    return REASONS.get(reason) or reason.replace("_", " ").capitalize()


def ending_in_words(reason: str) -> str:
    return ENDINGS.get(reason, reason)


def blocker_in_words(code: str) -> str:
    """A word or two beside a person's status; empty where the status says enough."""
    return BLOCKERS.get(code, "")
