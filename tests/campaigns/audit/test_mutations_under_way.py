"""More of the audit's own eyes: people who call us, money, what changes under way, campaigns that share a carrier."""

from typing import Any

from campaigns.audit import judge
from campaigns.audit.judge import Judge
from tests.campaigns.audit.spoiling import SILENT, in_order, launched, rules, violations
from tests.campaigns.dialing.scenarios import at, do, lines_of, one, phone, trace

# ── people who call us ──


def called_in(hours: float, talk: float = 60, **more: Any) -> dict[str, Any]:
    line = {"type": "inbound", "at": at(hours), "campaign": "k", "contact": phone(9), "number": "+14155550100"}
    return {**line, "talk_seconds": talk, **more}


def test_nobody_is_called_while_they_are_calling_us():
    data = one(SILENT[:1])

    assert "inbound" in violations(data, in_order([called_in(1, contact=phone(0)), *launched(1 + 59 / 3600)]))
    assert violations(data, in_order([called_in(1, contact=phone(0)), *launched(1 + 60 / 3600)])) == set()


def test_a_call_from_a_person_takes_a_channel_until_it_is_over():
    data = one(SILENT[:1])
    data["carriers"][0]["max_channels"] = 1

    assert "channels" in violations(data, in_order([called_in(1), *launched(1 + 59 / 3600)]))
    assert violations(data, in_order([called_in(1), *launched(1 + 60 / 3600)])) == set()


def test_a_call_from_a_person_is_paid_from_budget_and_balance():
    data = one(SILENT[:1], budget_cap="1.5")
    data["carriers"][0]["cost_per_minute"] = "1"
    assert "budget" in violations(data, in_order([called_in(1), *launched(2)]))
    assert violations(data, in_order([called_in(1, talk=30), *launched(2)])) == set()

    del data["campaigns"][0]["budget_cap"]
    data["workspace"] = {"balance": "1"}
    assert "balance" in violations(data, in_order([called_in(1), *launched(2)]))
    assert violations(data, in_order([called_in(1, talk=59), *launched(2)])) == set()


def test_a_real_run_has_a_second_of_tolerance_after_we_were_told_that_somebody_calls():
    data = one(SILENT[:1])

    def rules_of(late: float) -> set[str]:
        heard = called_in(1, contact=phone(0), until=at(2), known=at(1.5))
        lines = in_order([heard, *launched(1.5 + late / 3600)])
        return {finding.rule for finding in Judge(data, real=True).run(lines) if finding.kind == "violation"}

    assert "inbound" not in rules_of(0.9)
    assert "inbound" in rules_of(1.1)


def test_what_somebody_said_in_a_call_to_us_stands_in_place_of_their_retry():
    said = {"talk_seconds": 60, "speech": True, "disposition": "sold"}
    call = {"at": at(0.5), "action": "inbound", "phone_number": phone(0), "number": "n", **said}
    data = one([["no_answer", "human"]], [do("start"), call], retry_on=["no_answer"], retry_delay_minutes=60)
    lines = trace(data)
    assert judge(data, lines) == []

    told = next(line for line in lines_of(lines, "contact") if line["status"] == "completed")
    told.update(status="failed", reason="not_retried")
    assert "verdict" in violations(data, lines)


# ── money ──


def paid(people: int, **campaign: Any) -> dict[str, Any]:
    """One call keeps back 1.00: the assumed minute of talk at the rates of agent and carrier."""
    data = one(SILENT[:people], **campaign)
    data["agents"][0]["cost_per_minute"], data["carriers"][0]["cost_per_minute"] = "0.4", "0.6"
    return data


def test_what_a_budget_keeps_back_is_worked_out_where_no_line_says_it():
    data = paid(2, budget_cap="1.99")

    assert "budget" in violations(data, launched(0, 1 / 3600))
    assert violations(data, launched(0, 11 / 3600)) == set()


def test_who_waits_although_the_budget_has_room_for_one_more_call_is_forgotten():
    rules_with = lambda cap: rules(judge(paid(1, budget_cap=cap), launched()))  # noqa: E731

    assert "forgotten" in rules_with("1.00")
    assert "forgotten" not in rules_with("0.99")


def test_a_campaign_pauses_for_its_budget_only_when_one_more_call_could_exceed_it():
    pause = {"type": "campaign", "at": at(1), "campaign": "k", "status": "paused", "reason": "budget"}

    assert "budget" in violations(paid(1, budget_cap="1.00"), [*launched(), pause])
    assert violations(paid(1, budget_cap="0.99"), [*launched(), pause]) == set()


# ── what changes under way ──


def test_a_carriers_limits_hold_from_their_change_on_and_before_it_the_former_ones():
    data = one(SILENT[:2])
    data["carriers"][0]["max_cps"] = 1
    faster = {"type": "settings", "at": at(1), "carrier": "c", "values": {"max_cps": 2, "max_channels": 1}}

    assert "cps" in violations(data, [*launched(0.5, 0.5 + 0.5 / 3600), faster])
    assert "cps" not in violations(data, in_order([faster, *launched(1.5, 1.5 + 0.5 / 3600)]))
    assert "channels" in violations(data, in_order([faster, *launched(1.5, 1.5 + 0.5 / 3600)]))


def test_a_real_run_has_a_second_of_tolerance_after_a_carrier_was_slowed():
    data = one([["no_answer"]] * 4)
    slower = {"type": "settings", "at": at(1), "carrier": "c", "values": {"max_cps": 1}}

    def rules_of(late: float) -> set[str]:
        lines = in_order([slower, *launched(1 + late / 3600, 1 + (late + 0.1) / 3600)])
        return {finding.rule for finding in Judge(data, real=True).run(lines) if finding.kind == "violation"}

    assert "cps" not in rules_of(0.8)
    assert "cps" in rules_of(1.0)


def test_a_number_of_a_pool_that_was_edited_is_used_from_then_on():
    data = one(SILENT[:1])
    data["numbers"].append({"ref": "m", "number": "+14155550101", "carrier": "c"})
    pool = {"type": "settings", "at": at(1), "campaign": "k", "values": {"numbers": [{"ref": "m"}]}}

    assert "number" in violations(data, in_order([pool, *launched(2)]))
    assert violations(data, in_order([pool, *launched(2, number="+14155550101")])) == set()
    assert "number" in violations(data, in_order([pool, *launched(0.5, number="+14155550101")]))


def test_a_campaign_that_is_followed_takes_its_turn_and_is_not_judged_itself():
    data = one(SILENT[:1])
    other = {**data["campaigns"][0], "ref": "j", "judged": False, "followed": True, "max_attempts": 1}
    other["contacts"] = [{"phone_number": phone(8)}]
    data["campaigns"].append(other)
    also = {"type": "campaign", "at": at(0), "campaign": "j", "status": "running", "reason": ""}
    theirs = [{**line, "campaign": "j"} for line in launched(0.1, 0.2, people=[8, 8])[1:]]
    lines = in_order([also, *theirs, *launched(1)])
    assert violations(data, lines) == set()  # its second call is one too many

    before = in_order([also, *launched(1)])
    assert violations(data, before) == set()  # neither has had a turn, and the other one is second in the list
    other["priority"] = "high"
    assert violations(data, before) == {"turn"}


def test_who_is_suppressed_while_their_verdict_is_awaited_is_excluded_at_once_and_nobody_else():
    talked = {"outcome": "human", "talk_seconds": 5}
    barred = do("suppress", 0.1, phone_number=phone(0))
    data = one([[talked]], [do("start"), barred], completion_timeout_minutes=60)
    lines = trace(data)
    assert judge(data, lines) == []

    without = {**data, "actions": [do("start")]}
    assert "move" in violations(without, lines)
