"""More of the audit's own eyes: order and rotation, the ends of runs and pauses, and a trace's own bookkeeping."""

from typing import Any

import pytest

from campaigns.audit import judge
from tests.campaigns.audit.spoiling import SILENT, Lines, first, in_order, launched, rules, spoiled, violations
from tests.campaigns.dialing.scenarios import at, do, lines_of, one, phone, trace

AGAIN = {"retry_on": ["no_answer"], "retry_delay_minutes": 30}


def moved(place: int, status: str, reason: str, hours: float = 0.5, due: float | None = None) -> dict[str, Any]:
    line = {"type": "contact", "at": at(hours), "campaign": "k", "contact": phone(place), "run": 1, "status": status}
    return {**line, "reason": reason, "next_attempt_at": None if due is None else at(due)}


def status(word: str, reason: str = "", hours: float = 1) -> dict[str, Any]:
    return {"type": "campaign", "at": at(hours), "campaign": "k", "status": word, "reason": reason}


# ── order ──


def test_who_was_moved_by_hand_comes_before_the_list():
    by_hand = do("retry", 0.5, phone_number=phone(1))
    data = one(SILENT[:2], [do("start"), by_hand])
    hand = moved(1, "retry", "by_hand", due=0.5)

    assert "order" in violations(data, in_order([hand, *launched(1, people=[0])]))
    assert violations(data, in_order([hand, *launched(1, people=[1])])) == set()


def test_high_priority_comes_before_the_list():
    people = [{"phone_number": phone(0)}, {"phone_number": phone(1), "priority": "high"}]
    data = one([{**each, "outcomes": [{"outcome": "no_answer"}]} for each in people])

    assert "order" in violations(data, launched(1, people=[0]))
    assert violations(data, launched(1, people=[1])) == set()


def test_a_callback_comes_before_retries():
    asked = {"outcome": "human", "talk_seconds": 5, "callback_at": None}
    data = one([["no_answer", "human"], [asked, "human"]], [do("start"), do("pause", 0.1), do("resume", 3)],
               callback_detection=True, concurrency_limit=1, **AGAIN)  # fmt: skip
    lines = trace(data)
    assert judge(data, lines) == []
    second = [line for line in lines_of(lines, "launch") if line["attempt"] == 2]
    assert [line["contact"] for line in second] == [phone(1), phone(0)]
    second[0].update(contact=phone(0), callback=False)
    assert "order" in violations(data, lines)


@pytest.mark.parametrize(
    ("strategy", "numbers", "wanted"),
    [
        ("lowest_spam", [{"spam_score": 3}, {"spam_score": 2}], [1, 1]),
        ("least_used_today", [{}, {}], [0, 1]),
        ("weighted", [{"weight": 1}, {"weight": 3}], [1, 1]),
        ("round_robin", [{}, {}], [0, 1]),
    ],
)
def test_each_rotation_chooses_its_own_number(strategy, numbers, wanted):
    phones = ["+14155550100", "+14155550101"]
    data = one(SILENT[:2], rotation_strategy=strategy)
    given = zip(("n", "m"), phones, numbers, strict=True)
    data["numbers"] = [
        {"ref": ref, "number": number, "carrier": "c", "spam_score": more.get("spam_score", 0)}
        for ref, number, more in given
    ]
    pool = [{"ref": ref, "weight": more.get("weight", 1)} for ref, more in zip(("n", "m"), numbers, strict=True)]
    data["campaigns"][0]["numbers"] = pool

    def told(first_number: int, second_number: int) -> set[str]:
        lines = [*launched(0, people=[0], number=phones[first_number])]
        lines += launched(1, people=[1], number=phones[second_number])[1:]
        return violations(data, lines)

    assert told(*wanted) == set()
    assert "number" in told(wanted[0], 1 - wanted[1])
    assert "number" in told(1 - wanted[0], wanted[1])


def test_a_number_of_the_persons_country_is_preferred():
    data = one(SILENT[:1], prefer_country_match=True)
    data["numbers"].append({"ref": "m", "number": "+4930555001", "carrier": "c"})
    data["campaigns"][0]["numbers"] = [{"ref": "m"}, {"ref": "n"}]

    assert "number" in violations(data, launched(0, number="+4930555001"))
    assert violations(data, launched(0)) == set()


def test_a_number_beyond_its_daily_cap_is_not_dialed_from():
    data = one(SILENT[:2], hours=48, max_calls_per_number_per_day=1)

    assert "number" in violations(data, launched(0, 1))
    assert violations(data, launched(23.9, 24)) == set()


# ── who may be called, and until when ──


def test_attempts_are_used_up():
    data = one(SILENT[:1], max_attempts=1)
    by_hand = do("retry", 0.5, phone_number=phone(0))
    data["actions"].append(by_hand)
    again = launched(1)[1:]
    lines = in_order([*launched(0), *[{**line, "attempt": 2} if "attempt" in line else line for line in again]])

    assert {"due", "max_attempts"} <= violations(data, lines)


def test_a_single_day_is_not_gone_on_with_and_ends_when_its_window_has_closed():
    window = {"start": "09:00", "end": "18:00", "timezone": "UTC"}
    data = one([["no_answer"], ["no_answer"]], mode="single_day", window=window, hours=72)

    assert "hours" in violations(data, launched(10, 34))
    assert "single_day" in violations(data, [*launched(10), status("completed", "single_day_over", 17)])
    assert "single_day" not in violations(data, [*launched(10), status("completed", "single_day_over", 18)])
    assert "single_day" in rules(judge(data, launched(10)))  # an omission: it goes on for ever


def test_a_campaign_is_completed_when_all_are_final_and_then_at_once():
    data = one(SILENT[:2])

    assert "completion" in violations(data, [*launched(0), status("completed", "all_final")])
    assert violations(data, [*launched(0, 0.1), status("completed", "all_final")]) == set()
    assert "completion" in violations(data, [*launched(0, 0.1), status("completed", "by_hand")])
    assert "completion" in rules(judge(data, launched(0, 0.1)))  # an omission: it never ends


def test_pauses_for_pilot_and_errors_need_their_cause():
    assert "pilot" in violations(one(SILENT[:2], pilot_size=2), [*launched(0), status("paused", "pilot")])
    assert violations(one(SILENT[:2], pilot_size=1), [*launched(0), status("paused", "pilot")]) == set()
    assert "error_rate" in violations(one(SILENT[:1]), [*launched(0), status("paused", "error_rate")])


# ── a trace's own bookkeeping ──


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda lines: first(lines, "launch").update(contact=phone(7)), "list"),
        (lambda lines: lines.insert(0, {"type": "refused", "at": at(0), "action": "pause", "reason": ""}), "refused"),
        (lambda lines: lines.append(dict(first(lines, "final"))), "final"),
        (lambda lines: lines.remove(first(lines, "launch")), "end"),
        (lambda lines: first(lines, "launch").update(at=at(24)), "clock"),
        (lambda lines: first(lines, "launch").update(run=2), "numbering"),
    ],
)
def test_what_cannot_be_is_a_violation(change, rule):
    assert rule in rules(spoiled(one([["no_answer"], ["human"]]), change))


def test_a_line_that_goes_back_in_time_is_a_violation():
    data = one([["no_answer"], ["human"]])
    lines: Lines = trace(data)
    lines.append(lines.pop(lines.index(first(lines, "launch"))))

    assert "time" in violations(data, [line for line in lines if "at" in line])


def test_a_verdict_that_never_comes_is_an_omission():
    data = one([["human"]])
    lines = [line for line in trace(data) if line["type"] in ("launch", "end")]

    assert "verdict" in rules(judge(data, [status("running", hours=0), *lines]))


def test_somebody_whose_window_never_opens_and_who_still_waits_is_an_omission():
    data = one(SILENT[:1], window={"start": "09:00", "end": "10:00", "timezone": "UTC", "days": []})

    assert "never_open" in rules(judge(data, [status("running", hours=0)]))


def test_somebody_who_is_suppressed_and_still_waits_is_a_violation():
    data = one(SILENT[:1], [do("start"), do("suppress", 0.5, phone_number=phone(0))])

    assert "suppressed" in violations(data, [status("running", hours=0)])
