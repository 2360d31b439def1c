"""People who call one of our numbers: whose call it is, what it replaces, what it blocks, and what it costs."""

import pytest

from tests.campaigns.dialing.scenarios import at, lines_of, one, phone, trace

ANN = phone(0)


def calls_in(hours, talk=60, **said):
    return {
        "at": at(hours),
        "action": "inbound",
        "number": "n",
        "phone_number": ANN,
        "talk_seconds": talk,
        **said,
    }


def start(campaign="k", hours=0.0):
    return {"at": at(hours), "action": "start", "campaign": campaign}


def of(lines, kind, *keys):
    return [tuple(line[key] for key in keys) for line in lines_of(lines, kind)]


def retried(actions, **campaign):
    """Ann does not answer at 00:00 and is due again an hour later, then answers."""
    calls = [["no_answer", {"outcome": "human", "talk_seconds": 30}]]
    return trace(one(calls, [start(), *actions], retry_on=["no_answer"], retry_delay_minutes=60, **campaign))


def test_it_is_no_attempt_and_no_launch():
    lines = retried([calls_in(0.5)])
    assert of(lines, "final", "status", "attempts") == [("completed", 1)]
    assert len(lines_of(lines, "launch")) == 1
    assert of(lines, "inbound", "campaign", "contact", "at", "talk_seconds") == [("k", ANN, at(0.5), 60)]


@pytest.mark.parametrize(
    ("campaign", "said", "expected"),
    [
        ({}, {"disposition": "Sold"}, ("completed", "sold", None)),
        ({}, {"primary_goal": "achieved"}, ("completed", "goal_achieved", None)),
        ({"redial_short_connect": True}, {"talk_seconds": 14}, ("retry", "short_connect", "2026-03-02T01:30:14Z")),
        ({"retry_dispositions": ["later"]}, {"disposition": "later"}, ("retry", "later", "2026-03-02T01:31:00Z")),
        ({"callback_detection": True}, {"callback_at": at(9)}, ("retry", "callback", at(9))),
        ({"goal_based_retry": True}, {}, ("retry", "goal_based_retry", "2026-03-02T01:31:00Z")),
    ],
)
def test_rules_one_to_three_judge_it(campaign, said, expected):
    lines = retried([calls_in(0.5, **said)], **campaign)
    assert of(lines, "contact", "status", "reason", "next_attempt_at")[1] == expected


@pytest.mark.parametrize("said", [{"talk": 0}, {"speech": False}, {"speech": False, "primary_goal": "achieved"}])
def test_where_nobody_spoke_the_retry_stays_as_it_was(said):
    lines = retried([calls_in(0.5, **said)])
    assert of(lines, "launch", "at") == [(at(0),), ("2026-03-02T01:00:10Z",)]
    assert of(lines, "contact", "status", "reason") == [("retry", "no_answer"), ("completed", "human")]


def test_the_completion_timeout_goes_by_the_end_of_that_call():
    lines = retried([calls_in(0.5)], completion_timeout_minutes=5)
    assert of(lines, "contact", "at", "status")[1] == ("2026-03-02T00:36:00Z", "completed")


def test_a_paused_campaign_takes_it_and_a_stopped_one_does_not():
    pause = {"at": at(0.25), "action": "pause", "campaign": "k"}
    stop = {"at": at(0.25), "action": "stop", "campaign": "k"}
    assert of(retried([pause, calls_in(0.5)]), "contact", "status", "reason")[1] == ("completed", "human")
    lines = retried([stop, calls_in(0.5)])
    assert of(lines, "refused", "action") == [("inbound",)]
    assert lines_of(lines, "inbound") == []


def test_it_belongs_to_the_campaign_that_called_last():
    data = one([["no_answer"]], [start("k", 0), start("l", 0.25), calls_in(0.5)], retry_on=["no_answer"])
    data["campaigns"].append({**data["campaigns"][0], "ref": "l"})
    data["campaigns"][0]["retry_delay_minutes"] = data["campaigns"][1]["retry_delay_minutes"] = 600
    lines = trace(data)
    assert of(lines, "inbound", "campaign") == [("l",)]
    assert {line["campaign"]: line["status"] for line in lines_of(lines, "final")} == {"k": "failed", "l": "completed"}


def test_a_campaign_is_not_over_while_one_of_its_people_is_in_a_call():
    calls = [[{"outcome": "human", "talk_seconds": 5}], ["no_answer"]]
    late = {"at": at(2), "action": "set_completed", "campaign": "k", "phone_number": phone(1)}
    actions = [start(), calls_in(1.5, talk=3600), late]
    lines = trace(one(calls, actions, retry_on=["no_answer"], retry_delay_minutes=600))
    assert of(lines, "campaign", "status", "at")[-1] == ("completed", at(2.5))


def test_it_costs_what_a_call_costs_and_lowers_the_budget():
    """An hour at a dime a minute takes the budget below what a second call would need."""
    data = one([["no_answer", "human"], ["no_answer", "human"]], [start(), calls_in(0.25, talk=600, speech=False)],
               retry_on=["no_answer"], budget_cap="1.05")  # fmt: skip
    data["agents"][0]["cost_per_minute"] = "0.10"
    assert of(trace(data), "campaign", "status", "reason")[-1] == ("paused", "budget")
    del data["actions"][1]
    assert of(trace(data), "campaign", "status", "reason")[-1] == ("completed", "all_final")
