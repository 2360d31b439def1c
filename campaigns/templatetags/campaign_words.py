"""Words of campaigns in templates."""

import json

from django import template

from campaigns.choices import CallState, Outcome
from campaigns.models import Call
from campaigns.reasons import blocker_in_words, ending_in_words, move_in_words, reason_in_words

register = template.Library()
register.filter("reason_in_words", reason_in_words)
register.filter("ending_in_words", ending_in_words)
register.filter("blocker_in_words", blocker_in_words)
register.filter("move_in_words", move_in_words)

STATE_COLOURS = {
    CallState.QUEUED: "gray",
    CallState.INITIATED: "blue",
    CallState.RINGING: "yellow",
    CallState.IN_PROGRESS: "green",
    CallState.ENDED: "gray",
}


@register.filter
def spoken(word: str) -> str:
    """A business word as people read it: "callback_requested" → "Callback requested"."""
    return word.replace("_", " ").strip().capitalize()


@register.filter
def as_json(value: object) -> str:
    """A kept value to be read by people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def state_colour(state: int) -> str:
    return STATE_COLOURS[CallState(state)]


@register.filter
def call_colour(call: Call) -> str:
    """The colour of its outcome, else of how far it has come."""
    return Outcome(call.outcome).colour if call.outcome else STATE_COLOURS[CallState(call.state)]
