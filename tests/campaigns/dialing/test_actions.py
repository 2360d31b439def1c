"""What people do to campaigns, contacts and numbers on the virtual clock, and what is refused."""

import pytest

from tests.campaigns.dialing.judge import judge
from tests.campaigns.dialing.scenarios import at, do, lines_of, one, phone, trace

RETRYING = {"retry_on": ["no_answer"], "retry_delay_minutes": 60}


def play(data):
    lines = trace(data)
    assert judge(data, lines) == []
    return lines


def launched(lines, number=None):
    found = lines_of(lines, "launch")
    return [(line["at"], line["attempt"]) for line in found if line["contact"] == (number or phone(0))]


def statuses(lines):
    return [(line["at"], line["status"]) for line in lines_of(lines, "campaign")]


def refusals(lines):
    return [(line["action"], line["reason"]) for line in lines_of(lines, "refused")]


def finals(lines):
    return [(line["status"], line["attempts"]) for line in lines_of(lines, "final")]


def moved(lines, number=None):
    found = [line for line in lines_of(lines, "contact") if line["contact"] == (number or phone(0))]
    return [(line["at"], line["run"], line["status"], line["reason"], line["next_attempt_at"]) for line in found]


def test_pause_stops_launches_and_lets_calls_in_flight_finish():
    said = {"outcome": "human", "talk_seconds": 600}
    lines = play(one([[said], [said]], [do("start"), do("pause", 0.1), do("resume", 2)], concurrency_limit=1))
    assert [line["at"] for line in lines_of(lines, "launch")] == [at(0), at(2)]
    assert moved(lines)[0][:3] == ("2026-03-02T00:10:10Z", 1, "completed")


def test_stop_lets_calls_finish_without_a_due_time_and_keeps_the_others_as_they_are():
    slow = [{"outcome": "no_answer", "ring_seconds": 30}]
    asked = {"outcome": "human", "callback_at": at(9)}
    data = one(
        [[asked], slow, ["human"]],
        [do("start"), do("stop", 0.005)],
        concurrency_limit=2,
        callback_detection=True,
        **RETRYING,
    )
    lines = play(data)
    assert statuses(lines)[-1] == ("2026-03-02T00:00:18Z", "completed")
    assert moved(lines, phone(1)) == [("2026-03-02T00:00:30.000001Z", 1, "retry", "no_answer", None)]
    assert moved(lines)[0][3:] == ("callback", at(9))
    assert finals(lines) == [("retry", 1), ("retry", 1), ("completed", 1)]


@pytest.mark.parametrize("hour", [0, 1])
def test_cancel_ends_for_good_from_draft_and_while_running(hour):
    actions = [do("start", 0.5), do("cancel", hour), do("restart", 2), do("resume", 2), do("start", 2)]
    lines = play(one([["no_answer"]], actions, **RETRYING))
    assert statuses(lines)[-1] == (at(hour), "cancelled")
    assert {reason for _, reason in refusals(lines)} == {
        *(
            f"A cancelled campaign cannot be {done}; only {ones} ones can."
            for done, ones in (("restarted", "completed and failed"), ("resumed", "paused"), ("started", "draft"))
        )
    }


def test_restart_begins_a_new_run_for_whoever_is_not_completed_or_excluded():
    contacts = [["no_answer", "no_answer", "human"], ["human"], ["busy"], ["no_answer"]]
    actions = [do("start"), do("exclude", 0.5, phone_number=phone(3)), do("stop", 3), do("restart", 4), do("resume", 5)]
    lines = play(one(contacts, actions, max_attempts=2, **RETRYING))
    assert launched(lines) == [(at(0), 1), ("2026-03-02T01:00:10Z", 2), (at(5), 1)]
    assert [line["run"] for line in lines_of(lines, "launch")][-2:] == [2, 2]
    assert moved(lines, phone(2))[-2][:4] == (at(4), 2, "pending", "restart")
    assert statuses(lines)[-3:-1] == [(at(4), "paused"), (at(5), "running")]
    assert finals(lines) == [("completed", 3), ("completed", 1), ("failed", 2), ("excluded", 1)]


def test_who_was_done_in_an_earlier_run_begins_with_attempt_one_when_brought_back_by_hand():
    again = [do("retry", 4.2, phone_number=phone(0)), do("resume", 4.5), do("retry", 4.8, phone_number=phone(0))]
    actions = [do("start"), do("stop", 3), do("restart", 4), *again]
    lines = play(one([["no_answer", "human"], ["no_answer"]], actions, max_attempts=5, **RETRYING))
    mine = [line for line in lines_of(lines, "launch") if line["contact"] == phone(0)]
    assert [(line["run"], line["attempt"]) for line in mine] == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_restart_waits_for_live_calls_and_needs_somebody():
    said = {"outcome": "human", "talk_seconds": 3600}
    lines = play(one([[said]], [do("start"), do("stop", 0.5), do("restart", 0.6), do("restart", 2)]))
    assert refusals(lines) == [
        ("restart", "A call of this campaign is still live: wait until it has ended."),
        ("restart", "Nobody is left to call: every contact is completed or excluded."),
    ]


def test_restart_leaves_out_whoever_was_suppressed_in_between():
    actions = [do("start"), do("suppress", 1, phone_number=phone(0)), do("restart", 2), do("resume", 3)]
    lines = play(one([["busy"], ["busy"]], actions))
    assert moved(lines)[-1] == (at(2), 2, "excluded", "suppressed", None)
    assert launched(lines, phone(1))[-1] == (at(3), 1)


def test_a_scheduled_campaign_waits_for_its_start_time():
    schedule = {"trigger_mode": "scheduled", "starts_at": at(6)}
    assert statuses(play(one([["human"]], **schedule)))[:2] == [(at(0), "scheduled"), (at(6), "running")]
    past = {"trigger_mode": "scheduled", "starts_at": at(-3)}
    assert statuses(play(one([["human"]], **past)))[0] == (at(0), "running")
    never = play(one([["human"]], [], **schedule))
    assert (statuses(never), finals(never)) == ([], [("pending", 0)])


def test_a_scheduled_campaign_can_be_paused_and_goes_on_waiting_or_runs_when_its_time_is_past():
    schedule = {"trigger_mode": "scheduled", "starts_at": at(6)}
    early = play(one([["human"]], [do("start"), do("pause", 1), do("resume", 2)], **schedule))
    assert [s for _, s in statuses(early)] == ["scheduled", "paused", "scheduled", "running", "completed"]
    late = play(one([["human"]], [do("start"), do("pause", 1), do("resume", 9)], **schedule))
    assert statuses(late)[2] == (at(9), "running")


def test_start_and_resume_need_a_usable_number_and_contacts():
    nobody = one([])
    assert refusals(play(nobody)) == [("start", "The campaign has no contacts.")]
    data = one([["human"]], [do("start"), do("pause", 0), do("spam_score", 0, number="n", value=9), do("resume", 1)])
    data["campaigns"][0]["window"] = {"start": "12:00", "end": "13:00"}
    assert refusals(play(data))[0][0] == "resume"
    inbound = one([["human"]])
    inbound["numbers"][0]["direction"] = "inbound"
    assert refusals(play(inbound))[0][1].startswith("No number of the pool can be used")


# ── contacts by hand ──


def test_retry_by_hand_is_due_now_before_everybody_and_counts_anew():
    contacts = [["no_answer"]] + [["human"]] * 3
    actions = [do("start"), do("retry", 0.01, phone_number=phone(0)), do("retry", 9, phone_number=phone(0))]
    data = one(contacts, actions, concurrency_limit=1, call_interval_seconds=60, max_attempts=1, retry_on=["no_answer"])
    data["campaigns"][0] |= {"mode": "multi_day", "always_on": True}
    lines = play(data)
    assert launched(lines) == [(at(0), 1), ("2026-03-02T00:01:00Z", 2), (at(9), 3)]
    assert moved(lines)[1] == ("2026-03-02T00:00:36Z", 1, "retry", "by_hand", "2026-03-02T00:00:36Z")


def test_callbacks_go_before_those_set_to_retry_by_hand():
    asked = {"outcome": "human", "callback_at": at(2)}
    actions = [do("start"), do("pause", 1), do("retry", 1.5, phone_number=phone(1)), do("resume", 3)]
    data = one(
        [[asked, "human"], ["no_answer", "human"]], actions, concurrency_limit=1, callback_detection=True, **RETRYING
    )
    late = [line["contact"] for line in lines_of(play(data), "launch") if line["at"] >= at(2)]
    assert late == [phone(0), phone(1)]


def test_set_to_pending_goes_back_to_the_list_place():
    contacts = [["no_answer"], ["no_answer"], ["no_answer"]]
    actions = [do("start"), do("pause", 0.5), do("set_pending", 0.6, phone_number=phone(1)), do("resume", 5)]
    data = one(contacts, actions, concurrency_limit=1, **RETRYING)
    late = [line["contact"] for line in lines_of(play(data), "launch") if line["at"] >= at(5)]
    assert late[:3] == [phone(1), phone(0), phone(2)]


def test_a_move_by_hand_replaces_the_awaited_verdict_and_cancels_a_callback():
    said = {"outcome": "human", "talk_seconds": 20, "callback_at": at(9)}
    actions = [do("start"), do("set_completed", 0.5, phone_number=phone(0)), do("exclude", 2, phone_number=phone(1))]
    data = one([[said], [said]], actions, callback_detection=True, completion_timeout_minutes=60)
    lines = play(data)
    assert moved(lines) == [(at(0.5), 1, "completed", "by_hand", None)]
    assert [line[2:4] for line in moved(lines, phone(1))] == [("retry", "callback"), ("excluded", "by_hand")]
    assert len(lines_of(lines, "launch")) == 2


def test_a_do_not_call_counts_although_a_move_by_hand_replaced_the_verdict():
    said = {"outcome": "human", "talk_seconds": 20, "do_not_call": True}
    actions = [do("start"), do("set_pending", 0.5, phone_number=phone(0)), do("pause", 0.5)]
    lines = play(one([[said]], [actions[0], actions[2], actions[1]], completion_timeout_minutes=60))
    assert moved(lines)[-1] == ("2026-03-02T01:00:30Z", 1, "excluded", "suppressed", None)


def test_moves_by_hand_that_are_refused():
    said = {"outcome": "human", "talk_seconds": 600}
    actions = [
        do("start"),
        do("retry", 0.01, phone_number=phone(0)),
        do("exclude", 0.01, phone_number="+14155550199"),
        do("suppress", 1, phone_number=phone(0)),
        do("retry", 1, phone_number=phone(0)),
        do("set_pending", 1, phone_number=phone(1)),
        do("stop", 2),
        do("exclude", 2, phone_number=phone(1)),
        do("disable_number", 2, number="spare"),
    ]
    data = one([[said], ["human"]], actions, always_on=True)
    data["numbers"].append({"ref": "spare", "number": "+14155550101", "carrier": "c"})
    assert refusals(play(data)) == [
        ("retry", "This person is being dialed right now."),
        ("exclude", "This person is not in the campaign."),
        ("retry", "This person is on the suppression list."),
        ("exclude", "The campaign is completed: its contacts stay as they are."),
        ("disable_number", "This number is not in the campaign's pool."),
    ]


# ── adding ──


def person(place, **more):
    return {"phone_number": phone(place), "outcomes": [{"outcome": "human"}], **more}


def test_contacts_are_locked_after_start_unless_the_campaign_is_always_on():
    more = do("add_contacts", 1, contacts=[person(7)])
    assert refusals(play(one([["no_answer"]], [do("start"), more], **RETRYING))) == [
        ("add_contacts", "contacts_locked: the contacts of a running campaign are fixed.")
    ]
    lines = play(one([], [do("start"), more], always_on=True))
    assert launched(lines, phone(7)) == [(at(1), 1)]
    assert statuses(lines) == [(at(0), "running")]


def test_contacts_are_added_to_a_draft():
    lines = play(one([["human"]], [do("add_contacts", 0, contacts=[person(7)]), do("start", 1)]))
    assert [line["contact"] for line in lines_of(lines, "launch")] == [phone(0), phone(7)]


@pytest.mark.parametrize(("sticky", "attempts"), [(False, 2), (True, 1)])
def test_adding_an_excluded_person_again_sets_it_to_pending_unless_exclusion_is_sticky(sticky, attempts):
    actions = [do("start"), do("exclude", 1, phone_number=phone(0)), do("add_contacts", 2, contacts=[person(0)])]
    lines = play(one([["human"]], actions, always_on=True, sticky_exclusion=sticky, max_attempts=1))
    assert finals(lines)[0][1] == attempts


def test_adding_somebody_who_is_in_the_list_changes_nothing():
    actions = [do("start"), do("add_contacts", 2, contacts=[person(0), person(1)])]
    lines = play(one([["human"], ["busy"]], actions, always_on=True))
    assert len(lines_of(lines, "launch")) == 2


def test_a_suppressed_person_who_is_added_is_excluded_at_once():
    actions = [do("start"), do("suppress", 1, phone_number=phone(5)), do("add_contacts", 2, contacts=[person(5)])]
    lines = play(one([], actions, always_on=True))
    assert moved(lines, phone(5)) == [(at(2), 1, "excluded", "suppressed", None)]
