"""The audit's own eyes: an honest trace changed by hand gives the violation, or the omission, of exactly that rule."""

from datetime import timedelta

import pytest

from campaigns.audit import judge
from campaigns.audit.judge import Judge
from campaigns.audit.times import when
from tests.campaigns.audit.spoiling import SILENT, Lines, first, in_order, launched, rules, spoiled, violations
from tests.campaigns.dialing.scenarios import at, do, lines_of, one, phone, trace

DATA = one(
    [["no_answer", "human"], ["busy"], ["human"]],
    [do("start"), do("pause", 0.2), do("resume", 0.3)],
    retry_on=["no_answer"],
    concurrency_limit=1,
)
DAYTIME = one([["human"]], [do("start")], window={"start": "09:00", "end": "18:00", "timezone": "UTC"})


def move(lines: Lines, kind: str, place: int, to: str) -> None:
    first(lines, kind, place)["at"] = to


def double(lines: Lines) -> None:
    lines.insert(lines.index(first(lines, "launch")) + 1, dict(first(lines, "launch")))


@pytest.mark.parametrize(
    ("data", "change", "rule"),
    [
        (DATA, lambda lines: move(lines, "launch", 3, at(0.21)), "status"),
        (DATA, lambda lines: move(lines, "launch", 3, at(0.4)), "due"),
        (DATA, lambda lines: first(lines, "launch", 1).update(contact=phone(2)), "order"),
        (DATA, double, "one_call"),
        (DATA, lambda lines: move(lines, "launch", 1, at(0)), "concurrency"),
        (DATA, lambda lines: first(lines, "launch").update(attempt=2), "numbering"),
        (DATA, lambda lines: first(lines, "launch").update(callback=True), "callback"),
        (DATA, lambda lines: first(lines, "end").update(outcome="busy"), "outcome"),
        (DATA, lambda lines: first(lines, "contact").update(status="failed"), "verdict"),
        (DATA, lambda lines: first(lines, "contact").update(next_attempt_at=at(0.1)), "verdict"),
        (DATA, lambda lines: first(lines, "final").update(attempts=7), "final"),
        (DATA, lambda lines: lines.remove(first(lines, "final")), "final"),
        (DATA, lambda lines: first(lines, "campaign").update(status="completed"), "transition"),
        (DAYTIME, lambda lines: move(lines, "launch", 0, at(8.99)), "hours"),
    ],
)
def test_a_changed_line_is_a_violation_of_its_rule(data, change, rule):
    found = spoiled(data, change)

    assert rule in {finding.rule for finding in found if finding.kind == "violation"}, found


def test_a_person_who_is_never_called_is_an_omission_with_its_time():
    found = spoiled(DATA, lambda lines: lines.remove(first(lines, "launch", 3)))

    forgotten = [finding for finding in found if finding.rule == "forgotten"]
    assert forgotten and forgotten[0].kind == "omission"
    assert phone(0) in forgotten[0].words and forgotten[0].at.startswith("2026-03-02T00:")


def test_the_slack_decides_who_is_forgotten():
    lines = [line for line in trace(DATA) if line["type"] == "campaign"][:1]

    assert "forgotten" in rules(judge(DATA, lines))
    assert "forgotten" not in rules(judge(DATA, lines, slack=timedelta(days=2)))


# ── the rules of the second step, on traces written by hand ──


def test_a_second_call_within_the_carriers_second_is_seen_and_one_exactly_a_second_later_is_not():
    data = one(SILENT[:2])
    data["carriers"][0]["max_cps"] = 1

    assert "cps" in violations(data, launched(0, 0.5 / 3600))
    assert violations(data, launched(0, 1 / 3600)) == set()


def test_a_carrier_below_one_call_a_second_needs_its_whole_gap():
    data = one(SILENT[:2])
    data["carriers"][0]["max_cps"] = 0.5

    assert "cps" in violations(data, launched(0, 1.9 / 3600))
    assert violations(data, launched(0, 2 / 3600)) == set()


def test_channels_interval_and_pilot():
    crowded = one(SILENT[:2])
    crowded["carriers"][0]["max_channels"] = 1
    assert "channels" in violations(crowded, launched(0, 5 / 3600))
    assert "interval" in violations(one(SILENT[:2], call_interval_seconds=60), launched(0, 59 / 3600))
    assert "pilot" in violations(one(SILENT[:2], pilot_size=1), launched(0, 1))


def test_a_frequency_cap_counts_the_last_24_hours():
    data = one(SILENT[:1], hours=72)
    data["workspace"] = {"frequency_cap": {"day": 1}}
    data["campaigns"].append({**data["campaigns"][0], "ref": "j", "judged": False})
    earlier = launched(1, people=[0])[1:3]
    for line in earlier:
        line["campaign"] = "j"

    assert "frequency_cap" in violations(data, in_order([*earlier, *launched(24.9)]))
    assert violations(data, in_order([*earlier, *launched(25)])) == set()


def test_held_people_are_not_called_before_their_date():
    held = {"at": at(0), "action": "hold", "phone_number": phone(0), "until": at(2)}
    data = one(SILENT[:1], [do("start"), held])

    assert "held" in violations(data, launched(1.9))
    assert violations(data, launched(2)) == set()


def test_suppressed_people_are_not_called():
    data = one(SILENT[:1], [do("start"), do("suppress", 0.5, phone_number=phone(0))])

    assert "suppressed" in violations(data, launched(1))


def test_safe_hours_hold_on_top_of_the_window_in_every_zone_of_the_person():
    person = {"phone_number": phone(0), "country": "US", "region": "", "zones": ["America/New_York", "America/Denver"]}
    data = one([person])
    hours = {day: [["08:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    rows = [{"country": "US", "region": "", "days": hours}]
    data["workspace"] = {"safe_hours": True, "safe_hours_rows": rows}

    assert "hours" in violations(data, launched(14.9))  # 9:54 in New York, 7:54 in Denver
    assert violations(data, launched(15)) == set()
    assert "hours" in violations(data, launched(2.1))  # 21:06 in New York the day before


def test_a_linked_schedule_has_several_spans_and_exceptions():
    data = one(SILENT[:1], schedule="s", hours=72)
    days = {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "tue": [["09:00", "12:00"]]}
    exceptions = [{"date": "2026-03-03", "spans": [["20:00", "21:00"]]}]
    data["schedules"] = [{"ref": "s", "timezone": "UTC", "days": days, "exceptions": exceptions}]

    assert "hours" in violations(data, launched(12.5))
    assert violations(data, launched(13)) == set()
    assert "hours" in violations(data, launched(24 + 10))
    assert violations(data, launched(24 + 20)) == set()


def test_a_secondary_is_not_called_before_its_primary_came_to_nothing():
    data = one([["no_answer"], {"primary": phone(0)}], secondary_contacts="after_primary")

    assert "due" in violations(data, launched(0, 1 / 3600))
    assert violations(data, launched(0, 11 / 3600)) == set()


def test_budget_with_what_live_calls_keep_back_and_the_balance():
    spent = one(SILENT[:2], budget_cap=1.0)
    assert "budget" in violations(spent, launched(0, 1 / 3600, reserved="0.6"))
    assert violations(spent, launched(0, 11 / 3600, reserved="0.6")) == set()
    empty = one(SILENT[:1])
    empty["workspace"] = {"balance": 0}
    assert "balance" in violations(empty, launched(0))


def test_too_many_errors_must_pause_the_campaign():
    people = [["no_answer"]] * 52
    data = one(people, max_error_rate=50)
    lines = launched(*[n / 60 for n in range(52)])
    for line in lines_of(lines, "end"):
        line["outcome"] = "error"

    assert "error_rate" in violations(data, lines)


def test_a_number_out_of_turn_disabled_or_too_bad_is_seen():
    data = one(SILENT[:2])
    data["numbers"].append({"ref": "m", "number": "+14155550101", "carrier": "c"})
    data["campaigns"][0]["numbers"] = [{"ref": "n"}, {"ref": "m"}]
    assert "number" in violations(data, launched(0, 1))  # the second call is the other one's

    data["numbers"][1]["spam_score"] = 7
    assert violations(data, launched(0, 1)) == set()
    data["campaigns"][0]["numbers"] = [{"ref": "n", "status": "disabled"}, {"ref": "m"}]
    assert "number" in violations(data, launched(0))


def test_a_campaign_of_better_right_has_its_turn_first():
    data = one(SILENT[:1])
    other = {**data["campaigns"][0], "ref": "j", "priority": "high", "contacts": [{"phone_number": phone(9)}]}
    data["campaigns"].append(other)
    also = {"type": "campaign", "at": at(0), "campaign": "j", "status": "running", "reason": ""}

    assert "turn" in violations(data, [also, *launched(1)])


def test_a_sixth_callback_in_a_run_is_not_granted():
    said = {"outcome": "human", "talk_seconds": 5, "callback_at": None}
    data = one([[said]], max_attempts=11, callback_detection=True, retry_delay_minutes=1)
    lines = trace(data)
    assert len([line for line in lines_of(lines, "contact") if line["reason"] == "callback"]) == 5

    last = lines_of(lines, "contact")[-1]
    due = (when(last["at"]) + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    last.update(status="retry", reason="callback", next_attempt_at=due)
    assert "verdict" in violations(data, lines)


def test_a_real_run_has_a_second_of_tolerance_around_a_pause_and_not_more():
    data = one(SILENT[:1], [do("start"), do("pause", 1)])
    pause = {"type": "campaign", "at": at(1), "campaign": "k", "status": "paused", "reason": "by_hand"}

    def rules_of(late: float) -> set[str]:
        lines = in_order([pause, *launched(1 + late / 3600)])
        return {finding.rule for finding in Judge(data, real=True).run(lines)}

    assert "status" not in rules_of(0.9)
    assert "status" in rules_of(1.1)


def test_a_real_run_has_a_second_of_tolerance_for_the_count_of_a_call_that_was_taken_back():
    """Two calls from the first number are taken back; the claim that chose the second one may not have seen it."""
    data = one([["no_answer"]] * 4, rotation_strategy="least_used_today")
    data["numbers"].append({"ref": "m", "number": "+14155550101", "carrier": "c"})
    data["campaigns"][0]["numbers"].append({"ref": "m"})

    def rules_of(late: float) -> set[str]:
        places = ("+14155550100", "+14155550101", "+14155550100", "+14155550101")
        begins = (0, 2, 4, 14 + late)
        calls = [
            launched(b / 3600, people=[p], number=n)[1:] for p, (b, n) in enumerate(zip(begins, places, strict=True))
        ]
        for place in (0, 2):
            calls[place] = calls[place][:2]
            calls[place][1] |= {"at": at(14 / 3600), "outcome": "cancelled"}
        running = launched()
        lines = in_order([*running, *(line for call in calls for line in call)])
        return {finding.rule for finding in Judge(data, real=True).run(lines) if finding.kind == "violation"}

    assert "number" not in rules_of(0.9)
    assert "number" in rules_of(1.1)
