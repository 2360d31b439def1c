"""Stories on the virtual clock: what time and calls make of campaigns and their contacts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.campaigns.dialing.judge import judge
from tests.campaigns.dialing.scenarios import START, at, do, lines_of, one, phone, text, trace

NINE_TO_FIVE = {"start": "09:00", "end": "17:00"}


def play(data):
    """The trace, which the judge must find nothing wrong with."""
    lines = trace(data)
    assert judge(data, lines) == []
    return lines


def launches(lines):
    return [(line["at"], line["contact"]) for line in lines_of(lines, "launch")]


def contact_lines(lines, number=None):
    found = [line for line in lines_of(lines, "contact") if line["contact"] == (number or phone(0))]
    return [(line["at"], line["status"], line["reason"], line["next_attempt_at"]) for line in found]


def campaign_lines(lines, ref="k"):
    found = [line for line in lines_of(lines, "campaign") if line["campaign"] == ref]
    return [(line["at"], line["status"], line["reason"]) for line in found]


def final(lines):
    return {line["contact"]: (line["status"], line["attempts"]) for line in lines_of(lines, "final")}


def test_ringing_beyond_the_timeout_is_cut_and_becomes_rnr():
    contacts = [[{"outcome": "human", "ring_seconds": seconds, "talk_seconds": 9}] for seconds in (30, 30.5, 45)]
    ends = lines_of(play(one(contacts)), "end")
    assert sorted((e["contact"][-1], e["outcome"], e["talk_seconds"]) for e in ends) == [
        ("0", "human", 9),
        ("1", "rnr", 0),
        ("2", "rnr", 0),
    ]
    assert [e["at"][17:] for e in ends] == ["30.000001Z", "30.000002Z", "39Z"]


def test_the_last_outcome_repeats_and_outcomes_go_on_across_runs():
    actions = [do("start"), do("restart", 1), do("resume", 2)]
    data = one([["busy", "no_answer"]], actions, retry_on=["busy", "no_answer"], max_attempts=2, retry_delay_minutes=1)
    outcomes = [(e["run"], e["attempt"], e["outcome"]) for e in lines_of(play(data), "end")]
    assert outcomes == [(1, 1, "busy"), (1, 2, "no_answer"), (2, 1, "no_answer"), (2, 2, "no_answer")]


def test_everyone_gets_a_first_call_before_anyone_of_that_priority_gets_a_second():
    contacts = [["no_answer"]] * 3 + [{"priority": "high", "outcomes": [{"outcome": "no_answer"}]}]
    data = one(
        contacts,
        concurrency_limit=1,
        retry_on=["no_answer"],
        max_attempts=2,
        retry_delay_minutes=1,
        call_interval_seconds=60,
    )
    called = [number[-1] for _, number in launches(play(data))]
    assert called == list("30312012")


def test_a_retry_outside_the_window_waits_for_the_next_opening():
    data = one(
        [["no_answer"]], hours=48, window=NINE_TO_FIVE, retry_on=["no_answer"], retry_delay_minutes=480, max_attempts=2
    )
    lines = play(data)
    assert contact_lines(lines)[0][3] == "2026-03-02T17:00:10Z"
    assert launches(lines) == [(at(9), phone(0)), (at(33), phone(0))]


def test_called_until_the_completion_timeout_is_over_and_the_retry_at_the_verdict_when_later():
    said = {"outcome": "human", "talk_seconds": 20, "disposition": "Call back"}
    settings = {"completion_timeout_minutes": 60, "retry_delay_minutes": 5, "retry_dispositions": ["call-back"]}
    lines = play(one([[said]], max_attempts=2, **settings))
    verdict = text(START + timedelta(hours=1, seconds=30))
    assert contact_lines(lines)[0] == (verdict, "retry", "call_back", verdict)
    assert launches(lines)[1][0] == verdict


# ── callbacks ──

CALLBACKS = {"callback_detection": True, "max_attempts": 1}


def asked(moment, **more):
    return {"outcome": "human", "talk_seconds": 20, "callback_at": moment, **more}


def test_a_callback_is_called_at_its_time_even_beyond_the_maximum():
    lines = play(one([[asked(at(5)), "human"]], **CALLBACKS))
    assert [(line["at"], line["callback"]) for line in lines_of(lines, "launch")] == [(at(0), False), (at(5), True)]
    assert final(lines)[phone(0)] == ("completed", 2)


def test_at_most_five_callbacks_in_a_run():
    lines = play(one([[asked(None)]], **CALLBACKS, retry_delay_minutes=10))
    assert [line["callback"] for line in lines_of(lines, "launch")] == [False, *[True] * 5]
    assert contact_lines(lines)[-1][1:3] == ("completed", "human")


def test_a_callback_outside_the_window_moves_to_the_next_opening_and_goes_before_everybody():
    contacts = [[asked(at(20)), "human"], ["no_answer"]]
    data = one(contacts, hours=40, window=NINE_TO_FIVE, **CALLBACKS | {"max_attempts": 2}, concurrency_limit=1)
    data["campaigns"][0] |= {"retry_on": ["no_answer"], "retry_delay_minutes": 600}
    lines = play(data)
    assert contact_lines(lines)[0] == (text(START + timedelta(hours=9, seconds=30)), "retry", "callback", at(33))
    assert [number for _, number in launches(lines)] == [phone(0), phone(1), phone(0), phone(1)]


def test_a_callback_call_that_reaches_nobody_gets_an_ordinary_verdict():
    lines = play(one([[asked(at(5)), "no_answer"]], **CALLBACKS, retry_on=["no_answer"]))
    assert contact_lines(lines)[-1][1:3] == ("failed", "max_attempts")


# ── one call at a time ──


def two_campaigns(first, second, **more):
    data = one([first], **more)
    data["campaigns"].append(
        {**data["campaigns"][0], "ref": "k2", "contacts": one([second, ["human"]])["campaigns"][0]["contacts"]}
    )
    data["actions"] = [do("start"), {**do("start"), "campaign": "k2"}]
    return data


def test_a_person_who_is_in_a_call_elsewhere_waits_and_parks_nobody():
    lines = play(two_campaigns([{"outcome": "human", "talk_seconds": 600}], ["human"]))
    found = [(line["campaign"], line["contact"], line["at"]) for line in lines_of(lines, "launch")]
    assert found == [
        ("k", phone(0), at(0)),
        ("k2", phone(1), "2026-03-02T00:00:00.000001Z"),
        ("k2", phone(0), "2026-03-02T00:10:10Z"),
    ]


def test_do_not_call_excludes_the_person_in_every_campaign():
    said = {"outcome": "human", "talk_seconds": 60, "do_not_call": True}
    lines = play(two_campaigns([said], ["human"]))
    assert contact_lines(lines) == [
        ("2026-03-02T00:01:10Z", "excluded", "do_not_call", None),
        ("2026-03-02T00:01:10Z", "excluded", "suppressed", None),
    ]
    assert [line["campaign"] for line in lines_of(lines, "launch")] == ["k", "k2"]


def test_the_suppression_list_excludes_at_once_and_a_person_being_dialed_at_the_verdict():
    actions = [do("start"), do("suppress", 0.001, phone_number=phone(0)), do("suppress", 5, phone_number=phone(1))]
    data = one(
        [["no_answer"], {"outcomes": [{"outcome": "no_answer"}]}, ["human"]],
        actions,
        retry_on=["no_answer"],
        retry_delay_minutes=999,
    )
    data["workspace"] = {"suppressed": [phone(2)]}
    lines = play(data)
    assert contact_lines(lines) == [("2026-03-02T00:00:10Z", "excluded", "suppressed", None)]
    assert contact_lines(lines, phone(1))[-1] == (at(5), "excluded", "suppressed", None)
    assert contact_lines(lines, phone(2)) == [(at(0), "excluded", "suppressed", None)]
    assert campaign_lines(lines)[-1] == (at(5), "completed", "all_final")


# ── windows of the contact's own zone ──


def test_contact_local_windows_open_in_each_contacts_zone():
    zones = ["Asia/Tokyo", "Europe/London", "America/New_York", None]
    contacts = [{"timezone": zone, "outcomes": [{"outcome": "human"}]} for zone in zones]
    lines = play(one(contacts, window=NINE_TO_FIVE, contact_local_time=True))
    assert launches(lines) == [
        (at(0), phone(0)),
        (at(9), phone(1)),
        (at(14), phone(2)),
        ("2026-03-02T14:00:00.000001Z", phone(3)),  # +1 212 is New York
    ]


def test_whoever_has_no_allowed_moment_in_14_days_fails_at_once():
    contacts = [{"phone_number": "+88216000001", "outcomes": [{"outcome": "human"}]}, ["human"]]
    lines = play(one(contacts, contact_local_time=True))
    assert contact_lines(lines, "+88216000001") == [(at(0), "failed", "never_open", None)]
    assert final(lines)[phone(1)] == ("completed", 1)


# ── the single day ──


def test_a_single_day_ends_when_its_window_closes_and_leaves_statuses():
    data = one(
        [["no_answer"], ["human"]],
        hours=48,
        mode="single_day",
        window=NINE_TO_FIVE,
        retry_on=["no_answer"],
        retry_delay_minutes=600,
    )
    lines = play(data)
    assert campaign_lines(lines)[-1] == (at(17), "completed", "single_day_over")
    assert final(lines) == {phone(0): ("retry", 1), phone(1): ("completed", 1)}


def test_a_single_day_waits_for_the_last_call_and_its_verdict():
    said = {"outcome": "human", "talk_seconds": 600}
    actions = [do("start", 16.95)]
    data = one([[said], ["no_answer"]], actions, mode="single_day", window=NINE_TO_FIVE, completion_timeout_minutes=30)
    data["campaigns"][0] |= {"retry_on": ["no_answer"], "retry_delay_minutes": 600}
    lines = play(data)
    ended = START + timedelta(hours=16.95, seconds=610)
    assert campaign_lines(lines)[-1] == (text(ended + timedelta(minutes=30)), "completed", "single_day_over")


def test_a_paused_single_day_ends_too_and_callbacks_past_it_are_cancelled():
    contacts = [[asked(at(30))], ["human"]]
    data = one(
        contacts,
        [do("start"), do("pause", 10)],
        hours=48,
        mode="single_day",
        window=NINE_TO_FIVE,
        callback_detection=True,
    )
    lines = play(data)
    assert campaign_lines(lines)[-1] == (at(17), "completed", "single_day_over")
    assert final(lines)[phone(0)] == ("retry", 1)


def test_a_single_day_past_midnight_belongs_to_the_day_it_starts_on():
    overnight = {"start": "22:00", "end": "02:00", "days": ["fri"]}
    friday = 4 * 24
    data = one(
        [["no_answer"]],
        hours=24 * 7,
        mode="single_day",
        window=overnight,
        retry_on=["no_answer"],
        retry_delay_minutes=120,
        max_attempts=11,
    )
    lines = play(data)
    assert [moment for moment, _ in launches(lines)] == [at(friday + 22), "2026-03-07T00:00:10Z"]
    assert campaign_lines(lines)[-1] == (at(friday + 26), "completed", "single_day_over")


def test_a_run_that_launched_nothing_waits_for_its_next_window():
    data = one(
        [["human"]],
        [do("start", 18), do("pause", 32), do("resume", 42)],
        hours=96,
        mode="single_day",
        window=NINE_TO_FIVE,
    )
    lines = play(data)
    assert launches(lines) == [(at(57), phone(0))]
    assert campaign_lines(lines)[-1][1:] == ("completed", "all_final")


def test_a_contact_local_single_day_is_that_date_in_each_contacts_zone():
    zones = ["America/Los_Angeles", "Asia/Tokyo", "Pacific/Auckland"]
    contacts = [{"timezone": zone, "outcomes": [{"outcome": "no_answer"}]} for zone in zones]
    data = one(contacts, hours=60, mode="single_day", window=NINE_TO_FIVE, contact_local_time=True)
    lines = play(
        data
    )  # starts on Monday 00:00 UTC: Tokyo 09:00 and Auckland 13:00 are Monday, Los Angeles is Sunday 16:00
    assert launches(lines)[0] == (at(0), phone(0))  # so Sunday is the day
    assert campaign_lines(lines)[-1] == (at(1), "completed", "single_day_over")
    assert final(lines)[phone(1)] == ("pending", 0)


# ── the campaign pauses by itself ──


def test_a_pilot_pauses_when_its_calls_have_a_verdict_and_resume_lifts_it():
    said = {"outcome": "human", "talk_seconds": 60}
    data = one([[said]] * 5, [do("start"), do("resume", 3)], pilot_size=2, completion_timeout_minutes=30)
    lines = play(data)
    assert [c[1:] for c in campaign_lines(lines)] == [
        ("running", ""),
        ("paused", "pilot"),
        ("running", ""),
        ("completed", "all_final"),
    ]
    assert [moment[:16] for moment, _ in launches(lines)] == ["2026-03-02T00:00"] * 2 + ["2026-03-02T03:00"] * 3


def test_too_many_errors_among_the_last_fifty_calls_pause_the_campaign():
    contacts = [["error"] if k % 2 or k == 2 else ["human"] for k in range(80)]
    data = one(contacts, max_error_rate=50, concurrency_limit=1)
    lines = play(data)
    assert campaign_lines(lines)[-1][1:] == ("paused", "error_rate")
    assert len(launches(lines)) == 50
    assert len(launches(play(one(contacts, max_error_rate=52, concurrency_limit=1)))) == 80


# ── numbers ──


def test_the_daily_cap_goes_by_the_workspaces_day():
    data = one([["human"]] * 5, hours=48, max_calls_per_number_per_day=2)
    data["workspace"] = {"timezone": "Asia/Kolkata"}  # midnight there is 18:30 UTC
    assert [moment[:16] for moment, _ in launches(play(data))] == [
        *["2026-03-02T00:00"] * 2,
        *["2026-03-02T18:30"] * 2,
        "2026-03-03T18:30",
    ]


def test_a_score_at_the_threshold_takes_the_number_out_until_it_falls():
    actions = [do("start"), do("spam_score", 1, number="n", value=7), do("spam_score", 5, number="n", value=6)]
    data = one([["human"]] * 3, actions, concurrency_limit=1, call_interval_seconds=1800)
    assert [moment for moment, _ in launches(play(data))] == [at(0), at(0.5), at(5)]


def test_a_disabled_number_rests_until_it_is_enabled():
    actions = [do("start"), do("disable_number", 0.25, number="n"), do("enable_number", 3, number="n")]
    data = one([["human"]] * 2, actions, call_interval_seconds=1800)
    assert [moment for moment, _ in launches(play(data))] == [at(0), at(3)]


def test_slow_carriers_and_intervals_keep_their_distance():
    data = one([["human"]] * 4)
    data["carriers"][0]["max_cps"] = 0.3
    moments = [datetime.fromisoformat(moment) for moment, _ in launches(play(data))]
    assert {b - a for a, b in pairwise(moments)} == {timedelta(microseconds=3_333_334)}


def test_a_withdrawn_call_is_no_attempt_and_the_contact_has_its_place_again():
    lines = play(one([["cancelled", "human"], ["human"]], concurrency_limit=1, max_attempts=1))
    assert [(line["contact"], line["attempt"]) for line in lines_of(lines, "launch")] == [
        (phone(0), 1),
        (phone(0), 1),
        (phone(1), 1),
    ]
    assert final(lines) == {phone(0): ("completed", 1), phone(1): ("completed", 1)}


def test_nothing_is_launched_once_the_clock_has_stopped():
    data = one([["no_answer"]], hours=1, retry_on=["no_answer"], retry_delay_minutes=59, ring_timeout_seconds=60)
    data["campaigns"][0]["contacts"][0]["outcomes"][0]["ring_seconds"] = 60
    lines = play(data)
    assert len(launches(lines)) == 1
    assert contact_lines(lines)[0][3] == at(1)
    assert START.tzinfo is UTC


@pytest.mark.parametrize("strategy", ["round_robin", "lowest_spam", "least_used_today", "weighted"])
def test_rotations_in_a_whole_campaign(strategy):
    data = one([["human"]] * 12, concurrency_limit=1, rotation_strategy=strategy)
    data["numbers"] = [{"ref": f"n{k}", "number": f"+1415555010{k}", "carrier": "c", "spam_score": k} for k in range(3)]
    data["campaigns"][0]["numbers"] = [{"ref": f"n{k}", "weight": 3 - k} for k in range(3)]
    used = "".join(line["number"][-1] for line in lines_of(play(data), "launch"))
    assert (
        used
        == {"round_robin": "012" * 4, "lowest_spam": "0" * 12, "least_used_today": "012" * 4, "weighted": "010012" * 2}[
            strategy
        ]
    )
