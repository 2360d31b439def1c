"""The second step of the dialer on the virtual clock: shared schedules, safe hours, caps, holds, families, money, and
people who call us."""

import json
from typing import Any

import pytest

from campaigns.dialing import scenario as scenarios
from campaigns.dialing.virtual import run

ADA, BOB, CAT = "+14155550101", "+14155550102", "+14155550103"
NUMBER = "+14155550100"
MONDAY = "2026-03-02T"


def contact(phone: str, *outcomes: str, **more: Any) -> dict[str, Any]:
    calls = [{"outcome": o, "ring_seconds": 10, "talk_seconds": 60 if o == "human" else 0} for o in outcomes]
    return {"phone_number": phone, "timezone": "UTC", "outcomes": calls or [{"outcome": "no_answer"}], **more}


def scenario(*contacts: dict[str, Any], actions=(), days=1, workspace=None, rates=("0", "0"), **campaign: Any):
    return {
        "clock": {"start": f"{MONDAY}08:00:00Z", "until": f"2026-03-{2 + days:02}T08:00:00Z"},
        "workspace": {"timezone": "UTC", **(workspace or {})},
        "schedules": campaign.pop("schedules", []),
        "agents": [{"ref": "a", "callback_enabled": True, "cost_per_minute": rates[0]}],
        "carriers": [{"ref": "c", "max_cps": 10, "max_channels": 10, "cost_per_minute": rates[1]}],
        "numbers": [{"ref": "n", "number": NUMBER, "carrier": "c", "direction": "both"}],
        "campaigns": [
            {
                "ref": "k",
                "agent": "a",
                "numbers": [{"ref": "n"}],
                "mode": "multi_day",
                "window": {"start": "09:00", "end": "18:00"},
                "retry_on": ["no_answer"],
                "retry_delay_minutes": 60,
                "max_attempts": 3,
                "contacts": list(contacts),
                **campaign,
            }
        ],
        "actions": [{"at": f"{MONDAY}08:00:00Z", "campaign": "k", "action": "start"}, *actions],
    }


def told(data: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    lines: list[str] = []
    run(scenarios.load(data), lines.append)
    return [line for line in map(json.loads, lines) if line["type"] in kinds]


def launches(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["contact"], line["at"][:16]) for line in told(data, "launch")]


def finals(data: dict[str, Any]) -> dict[str, str]:
    return {line["contact"]: line["status"] for line in told(data, "final")}


# ── hours ──


def test_a_linked_schedule_has_several_spans_holidays_and_exceptions():
    office = {
        "ref": "office",
        "timezone": "UTC",
        "days": {day: [["09:00", "10:00"], ["14:00", "15:00"]] for day in ("mon", "tue", "wed", "thu")},
        "exceptions": [{"date": "2026-03-03", "spans": []}, {"date": "2026-03-04", "spans": [["11:00", "12:00"]]}],
    }
    data = scenario(
        contact(ADA), days=4, schedules=[office], schedule="office", retry_delay_minutes=300, max_attempts=4
    )
    assert [at for _, at in launches(data)] == [
        "2026-03-02T09:00",
        "2026-03-02T14:00",
        "2026-03-04T11:00",
        "2026-03-05T09:00",
    ]


def test_safe_hours_lie_on_top_of_the_window_in_the_persons_own_zone():
    """A window that is open all day, and a person in California: eight in the morning there is 16:00 UTC."""
    window = {"start": "00:00", "end": "24:00"}
    data = scenario(
        contact(ADA, "human", timezone="America/Los_Angeles"), workspace={"safe_hours": True}, window=window
    )
    assert launches(data) == [(ADA, "2026-03-02T16:00")]


def test_rows_of_its_own_stand_in_place_of_the_shipped_table():
    rows = [{"country": "US", "days": {"tue": [["10:00", "11:00"]]}, "source": "Our lawyers"}]
    data = scenario(contact(ADA, "human"), days=2, workspace={"safe_hours": rows})
    assert launches(data) == [(ADA, "2026-03-03T10:00")]


def test_a_person_whose_state_bans_every_day_of_the_window_is_never_open():
    """Rhode Island bans Sundays, and this window knows no other day."""
    window = {"start": "09:00", "end": "18:00", "days": ["sun"]}
    data = scenario(
        contact("+14012220101", "human", timezone="America/New_York"), workspace={"safe_hours": True}, window=window
    )
    assert [(line["status"], line["reason"]) for line in told(data, "contact")] == [("failed", "never_open")]


# ── bars ──


def test_a_capped_person_waits_until_a_call_is_old_enough_and_parks_nobody():
    data = scenario(contact(ADA), contact(BOB, "human"), days=2, workspace={"frequency_cap": {"day": 1}})
    assert launches(data) == [(ADA, "2026-03-02T09:00"), (BOB, "2026-03-02T09:00"), (ADA, "2026-03-03T09:00")]


def test_withdrawn_calls_do_not_count_towards_a_cap():
    calls = [{"outcome": "cancelled", "ring_seconds": 5}, {"outcome": "human", "talk_seconds": 60}]
    data = scenario({"phone_number": ADA, "outcomes": calls}, workspace={"frequency_cap": {"day": 1}})
    assert [at for _, at in launches(data)] == ["2026-03-02T09:00", "2026-03-02T09:00"]


def test_a_held_person_keeps_the_place_and_is_called_when_the_hold_ends():
    hold = {"at": f"{MONDAY}08:30:00Z", "action": "hold", "phone_number": ADA, "until": f"{MONDAY}11:00:00Z"}
    data = scenario(contact(ADA, "human"), contact(BOB, "human"), actions=[hold])
    assert launches(data) == [(BOB, "2026-03-02T09:00"), (ADA, "2026-03-02T11:00")]


def test_a_hold_that_is_lifted_frees_at_once():
    hold = {"at": f"{MONDAY}08:30:00Z", "action": "hold", "phone_number": ADA, "until": f"{MONDAY}17:00:00Z"}
    lift = {**hold, "at": f"{MONDAY}10:00:00Z", "until": f"{MONDAY}10:00:00Z"}
    assert launches(scenario(contact(ADA, "human"), actions=[hold, lift])) == [(ADA, "2026-03-02T10:00")]


# ── families ──


def family(*outcomes: str, **more: Any) -> dict[str, Any]:
    """Ada's secondaries are Bob and Cat; each has one attempt."""
    people = [
        contact(phone, outcome, **({"primary": ADA} if phone != ADA else {}))
        for phone, outcome in zip((ADA, BOB, CAT), outcomes, strict=True)
    ]
    return scenario(*people, secondary_contacts="after_primary", max_attempts=1, **more)


def test_secondaries_come_after_their_primary_one_after_another():
    data = family("no_answer", "no_answer", "human")
    assert [who for who, _ in launches(data)] == [ADA, BOB, CAT]
    assert finals(data) == {ADA: "failed", BOB: "failed", CAT: "completed"}


def test_whoever_was_reached_makes_the_rest_not_needed():
    data = family("no_answer", "human", "human")
    assert [who for who, _ in launches(data)] == [ADA, BOB]
    assert finals(data)[CAT] == "excluded"
    assert told(data, "contact")[-1]["reason"] == "not_needed"


def test_an_excluded_primary_takes_the_family_along():
    out = {"at": f"{MONDAY}08:30:00Z", "campaign": "k", "action": "exclude", "phone_number": ADA}
    data = family("human", "human", "human", actions=[out])
    assert launches(data) == []
    assert set(finals(data).values()) == {"excluded"}


def test_restart_revives_those_who_were_not_needed():
    again = [{"at": f"{MONDAY}12:00:00Z", "campaign": "k", "action": action} for action in ("restart", "resume")]
    data = family("no_answer", "human", "human", actions=again)
    assert [who for who, _ in launches(data)] == [ADA, BOB, ADA, CAT]


def test_without_its_primary_in_the_campaign_a_secondary_is_an_ordinary_contact():
    data = scenario(contact(BOB, "human", primary=ADA), secondary_contacts="after_primary")
    assert launches(data) == [(BOB, "2026-03-02T09:00")]


def test_off_means_that_the_link_has_no_effect():
    data = scenario(contact(ADA, "human"), contact(BOB, "human", primary=ADA))
    assert [at for _, at in launches(data)] == ["2026-03-02T09:00"] * 2


# ── money ──


def test_a_budget_keeps_back_for_live_calls_and_pauses_the_campaign():
    """A minute costs a dime: two live calls reserve what is there, a third is refused."""
    people = [contact(f"+141555501{n:02}", "human") for n in range(4)]
    data = scenario(*people, rates=("0.06", "0.04"), budget_cap="0.25")
    assert len(launches(data)) == 2
    assert told(data, "campaign")[-1] | {"at": ""} == {
        "type": "campaign", "at": "", "campaign": "k", "status": "paused", "reason": "budget",
    }  # fmt: skip


def test_a_paused_budget_refuses_resume_until_there_is_room():
    resume = {"at": f"{MONDAY}12:00:00Z", "campaign": "k", "action": "resume"}
    people = [contact(f"+141555501{n:02}", "human") for n in range(4)]
    data = scenario(*people, rates=("0.06", "0.04"), budget_cap="0.25", actions=[resume])
    assert "budget" in told(data, "refused")[0]["reason"]


def test_calls_that_cost_nothing_give_back_what_was_kept_for_them():
    data = scenario(*[contact(f"+141555501{n:02}", "busy") for n in range(4)], concurrency_limit=1,
                    rates=("0.06", "0.04"), budget_cap="0.10")  # fmt: skip
    assert len(launches(data)) == 4


def test_an_empty_balance_waits_and_pauses_nobody():
    data = scenario(*[contact(f"+141555501{n:02}", "human") for n in range(3)], concurrency_limit=1,
                    rates=("0.10", "0"), workspace={"balance": "0.15"})  # fmt: skip
    assert len(launches(data)) == 2, "the second call takes it below zero; nothing is launched from there on"
    assert told(data, "campaign")[-1]["status"] == "running"


# ── who calls us ──


def call_in(at: str, **said: Any) -> dict[str, Any]:
    return {
        "at": f"{MONDAY}{at}Z",
        "action": "inbound",
        "number": "n",
        "phone_number": ADA,
        "talk_seconds": 120,
        **said,
    }


def test_a_spoken_call_from_a_person_replaces_the_pending_retry():
    data = scenario(contact(ADA, "no_answer"), actions=[call_in("09:30:00")])
    assert len(launches(data)) == 1
    assert [(line["status"], line["reason"]) for line in told(data, "contact")][-1] == ("completed", "human")
    assert told(data, "inbound")[0]["at"] == "2026-03-02T09:30:00Z"


@pytest.mark.parametrize("said", [{"speech": False}, {"talk_seconds": 0, "speech": False}])
def test_a_call_without_a_word_changes_nothing(said):
    data = scenario(contact(ADA, "no_answer"), actions=[call_in("09:30:00", **said)])
    assert len(launches(data)) == 3


def test_nobody_is_called_while_they_call_us():
    data = scenario(contact(ADA, "no_answer"), actions=[call_in("09:59:00", speech=False, talk_seconds=600)])
    assert [at for _, at in launches(data)][:2] == ["2026-03-02T09:00", "2026-03-02T10:09"]


def test_who_asks_not_to_be_called_when_calling_us_is_not_called():
    data = scenario(contact(ADA, "no_answer"), actions=[call_in("09:30:00", do_not_call=True)])
    assert finals(data) == {ADA: "excluded"}


def test_a_call_of_somebody_whom_nobody_called_is_no_campaigns():
    data = scenario(contact(ADA, "no_answer"), actions=[call_in("08:30:00")])
    assert told(data, "refused")[0]["action"] == "inbound"
