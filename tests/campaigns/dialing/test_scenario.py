"""Scenario files: what is read, and one sentence for each mistake."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.dialing import scenario
from campaigns.dialing.scenario import BadScenario
from tests.campaigns.dialing.scenarios import at, one


def mistakes(change=None, **campaign):
    data = one([["human"]], **campaign)
    if change:
        change(data)
    with pytest.raises(BadScenario) as bad:
        scenario.load(data)
    return bad.value.mistakes


def test_a_campaign_has_the_defaults_of_the_specification():
    data = one([["human"]])
    data["workspace"] = {"timezone": "Asia/Kolkata"}
    data["campaigns"][0] = {"ref": "k", "agent": "a"}
    campaign = scenario.load(data).campaigns[0]
    policy = campaign.policy
    assert policy.window.timezone == "Asia/Kolkata"
    assert policy.window.days == (((540, 1080),),) * 7
    assert (policy.priority, policy.single_day, policy.always_on, policy.contact_local) == (1, True, False, False)
    assert (policy.concurrency, policy.interval, policy.ring_timeout) == (50, timedelta(0), timedelta(seconds=30))
    assert (policy.max_attempts, policy.retry_delay, policy.retry_on) == (3, timedelta(minutes=30), frozenset())
    assert (policy.max_voicemails, policy.stop_after, policy.redial_short) == (3, None, None)
    assert (policy.callbacks, policy.goal_based_retry, policy.completion_timeout) == (False, False, timedelta(0))
    assert (policy.rotation, policy.spam_threshold, policy.daily_cap) == ("round_robin", 7, 100)
    assert (policy.max_error_rate, campaign.pilot_size, campaign.starts_at) == (None, None, None)
    assert campaign.contacts == ()


def test_callbacks_need_both_halves_of_the_gate():
    for here, there in ((True, False), (False, True), (True, True)):
        data = one([["human"]], callback_detection=here)
        data["agents"][0]["callback_enabled"] = there
        assert scenario.load(data).campaigns[0].policy.callbacks is (here and there)


def test_an_outcome_has_its_defaults():
    call = scenario.load(one([[{"outcome": "human"}]])).campaigns[0].contacts[0].calls[0]
    assert (call.ring, call.talk_seconds, call.findings.spoke) == (timedelta(seconds=10), 0, True)
    assert (call.findings.callback_asked, call.findings.do_not_call) == (False, False)


def test_a_callback_without_a_clear_time_is_still_asked_for():
    said = {"outcome": "human", "callback_at": None}
    assert scenario.load(one([[said]])).campaigns[0].contacts[0].calls[0].findings.callback_asked


def test_actions_come_in_the_order_of_time_and_keep_their_order_at_one_instant():
    actions = [
        {"at": at(hour), "campaign": "k", "action": word} for hour, word in ((2, "pause"), (0, "start"), (2, "resume"))
    ]
    assert [a.action for a in scenario.load(one([["human"]], actions)).actions] == ["start", "pause", "resume"]


def test_times_may_have_any_offset_and_fractions():
    data = one([["human"]], [])
    data["clock"] = {"start": "2026-03-02T05:30:00.25+05:30", "until": "2026-03-03T00:00:00Z"}
    assert scenario.load(data).start == datetime(2026, 3, 2, 0, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("cps", [0.1, 0.5, 0.9, 1, 2, 100, 3.0])
def test_cps_is_whole_or_a_fraction_below_one(cps):
    data = one([["human"]])
    data["carriers"][0]["max_cps"] = cps
    assert scenario.load(data).carriers[0].max_cps == Decimal(str(cps))


K = "campaigns[0]"
CPS = "must be a whole number of at least 1, or 0.1 to 0.9"
A_TIME = "must be a time with its offset, such as 2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    ("campaign", "sentence"),
    [
        ({"max_attempts": 0}, f"{K}.max_attempts: must be a whole number from 1 to 11, not 0."),
        ({"max_attempts": 12}, f"{K}.max_attempts: must be a whole number from 1 to 11, not 12."),
        ({"max_attempts": "3"}, f"{K}.max_attempts: must be a whole number from 1 to 11, not “3”."),
        ({"max_attempts": True}, f"{K}.max_attempts: must be a whole number from 1 to 11, not True."),
        ({"max_attempts": 2.5}, f"{K}.max_attempts: must be a whole number from 1 to 11, not 2.5."),
        (
            {"retry_delay_minutes": 43_201},
            f"{K}.retry_delay_minutes: must be a whole number from 1 to 43200, not 43201.",
        ),
        ({"concurrency_limit": 0}, f"{K}.concurrency_limit: must be a whole number of at least 1, not 0."),
        (
            {"call_interval_seconds": 7},
            f"{K}.call_interval_seconds: must be one of 0, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, not 7.",
        ),
        ({"ring_timeout_seconds": 5}, f"{K}.ring_timeout_seconds: must be one of 10, 15, 20, 25, 30, 45, 60, not 5."),
        ({"mode": "weekly"}, f"{K}.mode: must be one of single_day, multi_day, not “weekly”."),
        ({"priority": "urgent"}, f"{K}.priority: must be one of high, normal, low, not “urgent”."),
        (
            {"retry_on": ["human"]},
            f"{K}.retry_on: must be a list of no_answer, busy, rejected, rnr, machine, error, timeout, not ['human'].",
        ),
        ({"retry_dispositions": [1]}, f"{K}.retry_dispositions: must be a list of texts."),
        ({"spam_threshold": 10}, f"{K}.spam_threshold: must be a whole number from 1 to 9, not 10."),
        (
            {"max_calls_per_number_per_day": 1001},
            f"{K}.max_calls_per_number_per_day: must be a whole number from 1 to 1000, not 1001.",
        ),
        (
            {"completion_timeout_minutes": -1},
            f"{K}.completion_timeout_minutes: must be a whole number from 0 to 43200, not -1.",
        ),
        ({"pilot_size": 0}, f"{K}.pilot_size: must be a whole number of at least 1, not 0."),
        ({"metadata": []}, f"{K}.metadata: must be an object."),
        ({"colour": "red"}, f"{K}.colour: is not a known key."),
        ({"agent": "b"}, f"{K}.agent: there is no agent “b”."),
        ({"mode": "single_day", "always_on": True}, f"{K}.always_on: goes only with the mode multi_day."),
        ({"trigger_mode": "scheduled"}, f"{K}.starts_at: is required when the trigger is scheduled."),
        (
            {"trigger_mode": "scheduled", "starts_at": "2026-02-28T23:59:59Z"},
            f"{K}.starts_at: lies more than 24 hours in the past.",
        ),
        (
            {"starts_at": "tomorrow"},
            f"{K}.starts_at: must be a time with its offset, such as 2026-03-02T09:00:00Z, not “tomorrow”.",
        ),
        (
            {"stop_after_connect": True, "redial_short_connect": True, "redial_short_connect_seconds": 31},
            f"{K}.redial_short_connect_seconds: may not exceed stop_after_connect_seconds when both rules are on.",
        ),
        (
            {"window": {"start": "09:00", "end": "09:00"}},
            f"{K}.window: The window's start and end are the same time: choose two different times.",
        ),
        (
            {"window": {"timezone": "Nowhere"}},
            f"{K}.window.timezone: must be the IANA name of a time zone, not “Nowhere”.",
        ),
        ({"window": {"days": []}}, f"{K}.window: The window has no day: choose at least one."),
        (
            {"window": {"days": ["monday"]}},
            f"{K}.window.days: must be a list of mon, tue, wed, thu, fri, sat, sun, not ['monday'].",
        ),
        ({"numbers": [{"ref": "x"}]}, f"{K}.numbers[0].ref: there is no number “x”."),
        ({"numbers": [{"ref": "n"}, {"ref": "n"}]}, f"{K}.numbers[1].ref: “n” is in the pool already."),
        (
            {"numbers": [{"ref": "n", "weight": 101}]},
            f"{K}.numbers[0].weight: must be a whole number from 1 to 100, not 101.",
        ),
        ({"secondary_contacts": "yes"}, f"{K}.secondary_contacts: must be one of off, after_primary, not “yes”."),
        ({"budget_cap": -1}, f"{K}.budget_cap: must be an amount of 0 or more, not -1."),
        ({"schedule": "office"}, f"{K}.schedule: there is no schedule “office”."),
    ],
)
def test_a_field_that_does_not_fit_gets_one_sentence_with_its_path(campaign, sentence):
    assert mistakes(**campaign) == [sentence]


C = f"{K}.contacts[0]"


@pytest.mark.parametrize(
    ("contact", "sentence"),
    [
        ({"phone_number": "12345"}, f"{C}.phone_number: must be a phone number such as +14155550100, not “12345”."),
        ({"timezone": "Mars"}, f"{C}.timezone: must be the IANA name of a time zone, not “Mars”."),
        ({"outcomes": []}, f"{C}.outcomes: must hold at least one outcome."),
        ({"outcomes": "human"}, f"{C}.outcomes: must be a list, not “human”."),
        ({"outcomes": ["human"]}, f"{C}.outcomes[0]: must be an object."),
        ({"outcomes": [{}]}, f"{C}.outcomes[0].outcome: is required."),
        (
            {"outcomes": [{"outcome": "human", "ring_seconds": -1}]},
            f"{C}.outcomes[0].ring_seconds: must be a number of seconds, 0 or more, not -1.",
        ),
        (
            {"outcomes": [{"outcome": "human", "callback_at": "2026-03-02T09:00:00"}]},
            f"{C}.outcomes[0].callback_at: {A_TIME}, not “2026-03-02T09:00:00”.",
        ),
        (
            {"outcomes": [{"outcome": "cancelled", "ring_seconds": 0}]},
            f"{C}.outcomes[0].ring_seconds: must be above 0: the last outcome repeats, and a withdrawn call is "
            "due at once.",
        ),
    ],
)
def test_a_contact_that_does_not_fit(contact, sentence):
    def change(data):
        data["campaigns"][0]["contacts"][0] |= contact

    found = mistakes(change)
    assert found[0] == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.pop("clock"), "clock: is required."),
        (lambda d: d["clock"].update(until="2026-03-01T00:00:00Z"), "clock.until: must be after the start."),
        (lambda d: d.update(extra=1), "extra: is not a known key."),
        (
            lambda d: d["campaigns"][0]["contacts"][0].update(primary=d["campaigns"][0]["contacts"][0]["phone_number"]),
            "campaigns[0].contacts[0].primary: is the contact itself.",
        ),
        (
            lambda d: d["campaigns"][0].update(
                contacts=[
                    {"phone_number": "+14155550101", "primary": "+14155550102"},
                    {"phone_number": "+14155550102", "primary": "+14155550103"},
                ]
            ),
            "campaigns[0].contacts[0].primary: is a secondary contact itself.",
        ),
        (
            lambda d: d.update(workspace={"safe_hours": "on"}),
            "workspace.safe_hours: must be true, false or a list of rows.",
        ),
        (
            lambda d: d.update(workspace={"safe_hours": [{"country": "US", "days": {"mon": [["9", "10:00"]]}}]}),
            "workspace.safe_hours[0]: “9” is not a time: write the window's start as HH:MM.",
        ),
        (
            lambda d: d.update(workspace={"frequency_cap": {"day": "one"}}),
            "workspace.frequency_cap.day: must be a whole number of at least 0, not “one”.",
        ),
        (
            lambda d: d.update(schedules=[{"ref": "s", "days": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}]),
            "schedules[0]: Two spans of mon overlap: let one end before the next begins.",
        ),
        (
            lambda d: d.update(schedules=[{"ref": "s", "days": {}, "exceptions": []}]),
            "schedules[0]: The schedule is never open: give at least one day a span.",
        ),
        (
            lambda d: d.update(workspace={"suppressed": ["x"]}),
            "workspace.suppressed[0]: must be a phone number such as +14155550100, not “x”.",
        ),
        (
            lambda d: d["carriers"][0].update(max_cps=1.5),
            "carriers[0].max_cps: must be a whole number of at least 1, or 0.1 to 0.9, not 1.5.",
        ),
        (
            lambda d: d["carriers"][0].update(max_channels=0),
            "carriers[0].max_channels: must be a whole number of at least 1, not 0.",
        ),
        (
            lambda d: d["clock"].update(until="2036-03-04T00:00:00Z"),
            "clock.until: must be at most ten years after the start.",
        ),
        (
            lambda d: d["clock"].update(start="9999-12-31T00:00:00Z"),
            f"clock.start: {A_TIME}, not “9999-12-31T00:00:00Z”.",
        ),
        (lambda d: d["carriers"][0].update(max_cps=float("nan")), f"carriers[0].max_cps: {CPS}, not nan."),
        (lambda d: d["carriers"][0].update(max_cps=True), f"carriers[0].max_cps: {CPS}, not True."),
        (
            lambda d: d["numbers"].append({**d["numbers"][0], "ref": "m"}),
            "numbers[1].number: +14155550100 is there already.",
        ),
        (lambda d: d["carriers"].append(d["carriers"][0]), "carriers[1].ref: “c” is used twice."),
        (lambda d: d["numbers"][0].update(carrier="x"), "numbers[0].carrier: there is no carrier “x”."),
        (
            lambda d: d["numbers"][0].update(spam_score=11),
            "numbers[0].spam_score: must be a whole number from 0 to 10, not 11.",
        ),
        (lambda d: d["actions"][0].update(action="dance"), "actions[0].action: “dance” is not a known action."),
        (lambda d: d["actions"][0].update(action="hold"), "actions[0].phone_number: is required."),
        (lambda d: d["actions"][0].update(campaign="x"), "actions[0].campaign: there is no campaign “x”."),
        (lambda d: d["actions"][0].update(at="2026-03-01T23:59:59Z"), "actions[0].at: lies before the clock's start."),
        (lambda d: d["actions"][0].update(value=3), "actions[0].value: is not a known key."),
        (lambda d: d["actions"][0].update(action="retry"), "actions[0].phone_number: is required."),
        (lambda d: d["actions"][0].update(action="add_contacts"), "actions[0].contacts: is required."),
    ],
)
def test_the_rest_of_the_file(change, sentence):
    assert mistakes(change)[0] == sentence


def test_every_mistake_is_told():
    assert len(mistakes(max_attempts=0, mode="x", colour=1)) == 3


@pytest.mark.parametrize("text", ["", "[1, 2", "[]", "3", "null", "[" * 100_000])
def test_a_file_that_is_no_json_object_is_told_in_one_sentence(text):
    with pytest.raises(BadScenario) as bad:
        scenario.read(text)
    assert len(bad.value.mistakes) == 1


def test_what_has_no_effect_yet_is_taken():
    data = one([["human"]], budget_cap=None, secondary_contacts="off", name="Spring", notes="", metadata={"a": 1})
    data["campaigns"][0]["contacts"][0]["primary"] = "+14155550111"
    data["workspace"] = {"safe_hours": False, "balance": None}
    data["agents"][0]["cost_per_minute"] = 0.1
    assert scenario.read(json.dumps(data)).campaigns[0].ref == "k"
