"""Every order of outcomes up to five attempts, against a timeline that this file works out by itself."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.campaigns.dialing.scenarios import START, lines_of, one, text, trace

OUTCOMES = ["human", "machine", "no_answer", "rnr", "busy", "rejected", "error", "timeout"]
RING, TALK, DELAY = timedelta(seconds=10), timedelta(seconds=20), timedelta(minutes=30)
SETTINGS = [[], ["no_answer", "rnr", "error"], ["machine", "busy", "rejected", "timeout", "no_answer"], OUTCOMES[1:]]
KINDS = ["human", "machine", "no_answer", "busy", "error"]  # one of each way that a verdict goes


def timeline(order, retry_on, most, voicemails=None):
    """[(launched after, ended after, outcome)], final status."""
    at, calls = timedelta(0), []
    for attempt, outcome in enumerate(order, start=1):
        ended = at + RING + (TALK if outcome in ("human", "machine") else timedelta(0))
        calls.append((at, ended, outcome))
        if outcome == "human":
            return calls, "completed"
        heard = order[:attempt].count("machine")
        spent = attempt == most or (outcome == "machine" and voicemails is not None and heard == voicemails)
        if outcome not in retry_on or spent:
            return calls, "no_conversation" if outcome == "machine" else "failed"
        at = ended + DELAY
    raise AssertionError("the last attempt always decides")


@pytest.mark.parametrize("retry_on", SETTINGS, ids=["none", "some", "others", "all"])
def test_every_order_of_three_outcomes(retry_on):
    check(list(product(OUTCOMES, repeat=3)), retry_on, 3)


@pytest.mark.parametrize("most", [1, 2, 4, 5])
@pytest.mark.parametrize("voicemails", [None, 1, 3])
def test_every_order_of_the_kinds_of_outcomes_up_to_five_attempts(most, voicemails):
    retry_on = ["machine", "no_answer", "error"]
    orders = list(product(KINDS, repeat=most))
    # Two orders that are the same up to the call that decides are one.
    decided = {order[: len(timeline(order, retry_on, most, voicemails)[0])] for order in orders}
    check(sorted(decided), retry_on, most, voicemails)


def check(orders, retry_on, most, voicemails=None):
    contacts = [
        [{"outcome": o, "talk_seconds": 20 if o in ("human", "machine") else 0} for o in order] for order in orders
    ]
    limits = {"max_attempts": most, "max_voicemail_attempts": voicemails}
    data = one(contacts, hours=48, retry_on=retry_on, concurrency_limit=1000, **limits)
    data["carriers"][0] |= {"max_cps": 10_000, "max_channels": 1000}
    data["campaigns"][0]["max_calls_per_number_per_day"] = 1000
    data["numbers"] = [{"ref": f"n{k}", "number": f"+1415555{k:04d}", "carrier": "c"} for k in range(4)]
    data["campaigns"][0]["numbers"] = [{"ref": f"n{k}"} for k in range(4)]
    lines = trace(data)
    got = {contact["phone_number"]: [] for contact in data["campaigns"][0]["contacts"]}
    for launch in lines_of(lines, "launch"):
        got[launch["contact"]].append([launch["at"], None, None])
    for end in lines_of(lines, "end"):
        got[end["contact"]][end["attempt"] - 1][1:] = [end["at"], end["outcome"]]
    final = {line["contact"]: (line["status"], line["attempts"]) for line in lines_of(lines, "final")}
    for place, (order, (number, calls)) in enumerate(zip(orders, got.items(), strict=True)):
        wanted, status = timeline(order, retry_on, most, voicemails)
        first = START + timedelta(microseconds=place)  # launches of one instant are a microsecond apart
        assert calls[0] == [text(first), text(first + wanted[0][1]), wanted[0][2]]
        assert [outcome for _, _, outcome in calls] == [outcome for _, _, outcome in wanted]
        for call, (after, ended, _) in zip(calls, wanted, strict=True):
            assert 0 <= (_seconds(call[0]) - (first + after).timestamp()) < 0.01
            assert 0 <= (_seconds(call[1]) - (first + ended).timestamp()) < 0.01
        assert final[number] == (status, len(wanted))


def _seconds(moment):
    return datetime.fromisoformat(moment).timestamp()
