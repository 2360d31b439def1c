"""After each call: the table of section 4, row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.dialing import verdict, window
from campaigns.dialing.values import EndedCall, Findings, Policy, Tries, Verdict

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENDED = NOW - timedelta(minutes=5)
LATER = ENDED + timedelta(minutes=30)
POLICY = Policy("k", 1, window.parse("00:00", "24:00", "UTC", ["mon"]))
ALL = frozenset(["no_answer", "rnr", "busy", "rejected", "error", "timeout", "machine"])
NOBODY = ["no_answer", "rnr", "busy", "rejected", "error", "timeout"]


def decide(outcome="human", said=None, *, talk=20, tries=None, opening=None, now=NOW, **settings):
    """The verdict on a call that ended five minutes ago; `tries` as Tries' fields, the rest as Policy's."""
    return verdict.decide(
        replace(POLICY, **settings),
        Tries(**{"attempts": 1, **(tries or {})}),
        EndedCall(outcome, ENDED, talk),
        said or Findings(),
        now,
        opening or (lambda at: at),
    )


@pytest.mark.parametrize("outcome", ["human", "machine", *NOBODY])
def test_whoever_asks_not_to_be_called_is_excluded_and_suppressed_whatever_else_holds(outcome):
    said = Findings(do_not_call=True, callback_asked=True, primary_goal="achieved")
    assert decide(outcome, said, callbacks=True, retry_on=ALL) == Verdict("excluded", "do_not_call", suppress=True)


@pytest.mark.parametrize("outcome", ["human", "machine", *NOBODY])
def test_whoever_is_suppressed_by_now_is_excluded(outcome):
    assert decide(outcome, tries={"suppressed": True}, retry_on=ALL) == Verdict("excluded", "suppressed")


CALL_ME = Findings(callback_asked=True, callback_at=NOW + timedelta(hours=3), primary_goal="achieved")


@pytest.mark.parametrize(
    ("asked_for", "due"),
    [
        (NOW + timedelta(hours=3), NOW + timedelta(hours=3)),
        (NOW + timedelta(minutes=2), NOW + timedelta(minutes=2)),
        (NOW + timedelta(minutes=2) - timedelta(microseconds=1), LATER),
        (NOW - timedelta(days=1), LATER),
        (None, LATER),
    ],
)
def test_a_callback_comes_when_asked_for_but_not_in_less_than_two_minutes(asked_for, due):
    said = Findings(callback_asked=True, callback_at=asked_for)
    assert decide(said=said, callbacks=True) == Verdict("retry", "callback", due, callback=True)


def test_a_callback_moves_to_the_next_opening_also_when_it_comes_after_the_retry_delay():
    morning = NOW + timedelta(hours=20)
    for said in (CALL_ME, Findings(callback_asked=True)):
        assert decide(said=said, callbacks=True, opening=lambda at: morning).next_attempt_at == morning


def test_a_callback_may_exceed_the_maximum():
    assert decide(said=CALL_ME, callbacks=True, max_attempts=1).callback


@pytest.mark.parametrize(
    ("settings", "tries", "outcome"),
    [
        ({"callbacks": False}, {}, "human"),
        ({"callbacks": True}, {"callbacks": 5}, "human"),
        ({"callbacks": True}, {}, "machine"),
        ({"callbacks": True}, {}, "no_answer"),
    ],
)
def test_no_callback_through_a_closed_gate_for_the_sixth_time_or_without_a_person(settings, tries, outcome):
    assert not decide(outcome, CALL_ME, tries=tries, **settings).callback


def test_the_fifth_callback_of_a_run_is_granted():
    assert decide(said=CALL_ME, callbacks=True, tries={"callbacks": 4}).callback


RETRY = {"retry_dispositions": frozenset(["call_again"])}
AGAIN = Findings(disposition=" Call-again ")


@pytest.mark.parametrize(
    ("said", "talk", "attempts", "settings", "expected"),
    [
        (
            Findings(primary_goal="achieved"),
            5,
            1,
            {"redial_short": 15, "goal_based_retry": True},
            ("completed", "goal_achieved"),
        ),
        (Findings(primary_goal="partially_achieved"), 20, 1, {"goal_based_retry": True}, ("retry", "goal_based_retry")),
        (AGAIN, 31, 1, {"stop_after": 30, **RETRY}, ("completed", "stop_rule")),
        (AGAIN, 30, 1, {"stop_after": 30, **RETRY}, ("retry", "call_again")),
        (Findings(), 14, 1, {"redial_short": 15}, ("retry", "short_connect")),
        (Findings(), 15, 1, {"redial_short": 15}, ("completed", "human")),
        (Findings(), 14, 3, {"redial_short": 15}, ("completed", "human")),
        (AGAIN, 14, 1, {"redial_short": 15, **RETRY}, ("retry", "short_connect")),
        (AGAIN, 20, 1, RETRY, ("retry", "call_again")),
        (AGAIN, 20, 3, RETRY, ("completed", "call_again")),
        (AGAIN, 20, 2, {"goal_based_retry": True}, ("retry", "goal_based_retry")),
        (AGAIN, 20, 3, {"goal_based_retry": True}, ("completed", "call_again")),
        (Findings(spoke=False), 20, 1, {}, ("no_conversation", "no_speech")),
        (Findings(spoke=False), 20, 1, {"goal_based_retry": True}, ("retry", "goal_based_retry")),
        (Findings(spoke=False), 31, 1, {"stop_after": 30}, ("completed", "stop_rule")),
        (Findings(), 20, 1, {"retry_on": ALL}, ("completed", "human")),
        (Findings(disposition="Sold"), 20, 1, {}, ("completed", "sold")),
    ],
)
def test_after_a_person_answered(said, talk, attempts, settings, expected):
    found = decide(said=said, talk=talk, tries={"attempts": attempts}, **settings)
    assert (found.status, found.reason) == expected
    assert found.next_attempt_at == (LATER if found.status == "retry" else None)


@pytest.mark.parametrize(
    ("attempts", "voicemails", "retry_on", "most", "status"),
    [
        (1, 1, ALL, 3, "retry"),
        (1, 1, frozenset(), 3, "no_conversation"),
        (3, 1, ALL, 3, "no_conversation"),
        (2, 2, ALL, 2, "no_conversation"),
        (2, 1, ALL, 2, "retry"),
    ],
)
def test_after_a_machine(attempts, voicemails, retry_on, most, status):
    tries = {"attempts": attempts, "voicemails": voicemails}
    found = decide("machine", tries=tries, retry_on=retry_on, max_voicemails=most)
    assert found == Verdict(status, "machine", LATER if status == "retry" else None)


@pytest.mark.parametrize("outcome", NOBODY)
def test_after_nobody_answered(outcome):
    assert decide(outcome, retry_on=ALL) == Verdict("retry", outcome, LATER)
    assert decide(outcome, retry_on=ALL, tries={"attempts": 3}) == Verdict("failed", "max_attempts")
    assert decide(outcome, retry_on=ALL - {outcome}) == Verdict("failed", "not_retried")
    assert decide(outcome, retry_on=frozenset(), tries={"attempts": 3}) == Verdict("failed", "not_retried")


def test_a_retry_is_due_at_the_verdict_when_that_is_later():
    late = ENDED + timedelta(hours=2)
    assert decide("busy", retry_on=ALL, now=late).next_attempt_at == late


@pytest.mark.parametrize("word", ["call me back", " Call-Me-Back ", "CALL_ME BACK"])
def test_dispositions_are_compared_in_one_plain_form(word):
    assert verdict.plain(word) == "call_me_back"
