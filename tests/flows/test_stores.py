"""Both stores are one truth: the same scenario, in memory and on rows, gives the same trace line by line."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from campaigns.dialing import scenario as scenarios
from campaigns.dialing.virtual import run
from tests.campaigns.dialing.scenarios import text
from tests.flows.scenario_rows import play

START = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday
OUTCOMES = ["human", "human", "human", "machine", "no_answer", "rnr", "busy", "rejected", "error", "timeout"]
OFFICE = {day: [["09:00", "12:00"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "sat")}
EXCEPTIONS = [{"date": "2026-03-04", "spans": []}, {"date": "2026-03-06", "spans": [["10:00", "11:00"]]}]
PRIMARIES = {"01": 0, "02": 0, "06": 5, "07": 5}  # how a secondary's number ends → its primary's place
PHONES = ["+12125{:06d}", "+4930231{:05d}", "+9198474{:05d}", "+4420794{:05d}"]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(n, marks=pytest.mark.load) for n in range(8, 30))])
def test_a_seeded_scenario_gives_the_same_trace_in_memory_and_on_rows(seed):
    random = Random(seed)
    data = callers(random, scenario(random))
    memory: list[str] = []
    run(scenarios.load(data), memory.append)

    rows = play(data)

    told, expected = _comparable(rows), _comparable(memory)
    assert len(expected) > 5
    for number, (ours, theirs) in enumerate(zip(told, expected, strict=False)):
        assert ours == theirs, (
            f"line {number + 1} of seed {seed}\n{_near(told, number)}\nmemory:\n{_near(expected, number)}"
        )
    assert len(told) == len(expected)


def _comparable(lines: list[str]) -> list[dict[str, Any]]:
    """What people have become at one instant, by person: a family changes at once, in whatever order it is told."""
    made: list[dict[str, Any]] = []
    block: dict[tuple, dict[str, Any]] = {}
    for line in [*map(_plain, lines), {}]:
        if line.get("type") == "contact" and line["at"] == next(iter(block.values()), line)["at"]:
            block[line["campaign"], line["contact"]] = line
            continue
        made += [block[key] for key in sorted(block)]
        block = {}
        if line.get("type") == "contact":
            block[line["campaign"], line["contact"]] = line
        elif line:
            made.append(line)
    return made


def _plain(line: str) -> dict[str, Any]:
    """A refusal's sentence is for people; that it is refused is what counts."""
    data = json.loads(line)
    if data["type"] == "refused":
        data["reason"] = ""
    return data


def _near(lines: list[dict[str, Any]], number: int) -> str:
    return "\n".join(map(str, lines[max(0, number - 4) : number + 3]))


def scenario(random: Random) -> dict[str, Any]:
    """A small week: one to three campaigns that share carriers and people, with everything that the format carries."""
    zone = random.choice(["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin"])
    carriers = [
        {
            "ref": f"c{n}",
            "max_cps": random.choice([0.1, 0.5, 1, 2, 5]),
            "max_channels": random.randint(1, 6),
            "cost_per_minute": random.choice(["0", "0.02", "0.015"]),
        }
        for n in range(random.randint(1, 2))
    ]
    numbers = [
        {
            "ref": f"n{n}",
            "number": f"+1212555{n:04d}" if n % 2 else f"+4930555{n:04d}",
            "carrier": random.choice(carriers)["ref"],
            "spam_score": random.choice([0, 0, 2, 6, 7]) if n else 0,
            "direction": "inbound" if n == 4 else "outbound",
        }
        for n in range(random.randint(1, 5))
    ]
    phones = [(PHONES[0] if n in PRIMARIES.values() else random.choice(PHONES)).format(n) for n in range(14)]
    schedules = [{"ref": "office", "timezone": zone, "days": OFFICE, "exceptions": EXCEPTIONS}]
    campaigns = [campaign(random, f"k{n}", numbers, phones, zone) for n in range(random.randint(1, 3))]
    return {
        "clock": {"start": _at(0), "until": _at(6 * 24 * 60)},
        "workspace": workspace(random, zone),
        "schedules": schedules,
        "agents": [{"ref": "a1", "callback_enabled": random.random() < 0.7, "cost_per_minute": "0.06"}],
        "carriers": carriers,
        "numbers": numbers,
        "campaigns": campaigns,
        "actions": actions(random, campaigns, numbers, phones),
    }


def workspace(random: Random, zone: str) -> dict[str, Any]:
    made: dict[str, Any] = {"timezone": zone, "safe_hours": random.random() < 0.3}
    if random.random() < 0.4:
        made["frequency_cap"] = random.choice([{"day": 1}, {"day": 2, "week": 3}, {"week": 2}, {"day": 0}])
    if random.random() < 0.2:
        made["balance"] = random.choice(["0.50", "2.00"])
    return made


def campaign(random: Random, ref: str, numbers: list, phones: list[str], zone: str) -> dict[str, Any]:
    maybe = lambda share: random.random() < share  # noqa: E731
    pool = random.sample(numbers, random.randint(1, len(numbers)))
    if all(n["direction"] == "inbound" or n["spam_score"] >= 7 for n in pool):
        pool = [numbers[0]]
    several_days = maybe(0.7)
    people = random.sample(phones, random.randint(3, 9))
    return {
        "ref": ref,
        "agent": "a1",
        "priority": random.choice(["high", "normal", "normal", "low"]),
        "numbers": [{"ref": n["ref"], "weight": random.randint(1, 4)} for n in pool],
        "rotation_strategy": random.choice(["round_robin", "lowest_spam", "least_used_today", "weighted"]),
        "prefer_country_match": maybe(0.3),
        "max_calls_per_number_per_day": random.choice([2, 5, 100]),
        "mode": "multi_day" if several_days else "single_day",
        "always_on": several_days and maybe(0.2),
        **({"schedule": "office"} if maybe(0.25) else {"window": window(random, zone)}),
        "contact_local_time": maybe(0.3),
        "concurrency_limit": random.randint(1, 5),
        "call_interval_seconds": random.choice([0, 0, 5, 60]),
        "ring_timeout_seconds": random.choice([10, 20, 30]),
        "max_attempts": random.randint(1, 4),
        "retry_delay_minutes": random.choice([1, 30, 240, 1440]),
        "retry_on": random.sample(
            ["no_answer", "busy", "rejected", "rnr", "machine", "error", "timeout"], random.randint(0, 7)
        ),
        "retry_dispositions": random.choice([[], ["not_available"]]),
        "max_voicemail_attempts": random.choice([None, 1, 2]),
        "goal_based_retry": maybe(0.2),
        "stop_after_connect": maybe(0.3),
        "redial_short_connect": maybe(0.3),
        "completion_timeout_minutes": random.choice([0, 0, 10]),
        "callback_detection": maybe(0.6),
        "sticky_exclusion": maybe(0.3),
        "secondary_contacts": "after_primary" if maybe(0.4) else "off",
        "budget_cap": random.choice([None, None, None, "0.20", "1.00"]),
        "pilot_size": random.choice([None, None, None, 2, 4]),
        "trigger_mode": "manual",
        "contacts": [contact(random, phone) for phone in people],
    }


def window(random: Random, zone: str) -> dict[str, Any]:
    start, end = random.choice([("09:00", "18:00"), ("08:30", "12:00"), ("20:00", "04:00"), ("00:00", "24:00")])
    days = random.choice(
        [["mon", "tue", "wed", "thu", "fri"], ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ["mon", "thu"]]
    )
    return {"start": start, "end": end, "timezone": zone, "days": days}


def contact(random: Random, phone: str) -> dict[str, Any]:
    calls = [call(random) for _ in range(random.randint(1, 4))]
    digit = int(phone[-1])  # a person is the same one in every campaign
    made = {"phone_number": phone, "priority": ["high", "normal", "low"][digit % 3], "outcomes": calls}
    if digit in (3, 6, 9):
        made["timezone"] = "Asia/Kolkata" if digit == 6 else "America/New_York"
    if phone[-2:] in PRIMARIES:
        made["primary"] = PHONES[0].format(PRIMARIES[phone[-2:]])
    return made


def call(random: Random, outcome: str = "") -> dict[str, Any]:
    outcome = outcome or random.choice(OUTCOMES)
    made: dict[str, Any] = {"outcome": outcome, "ring_seconds": random.choice([2, 7, 10, 25])}
    if outcome == "human":
        made |= {"talk_seconds": random.choice([3, 20, 45, 300]), "speech": random.random() < 0.9}
        made["disposition"] = random.choice(["", "not available", "interested"])
        made["primary_goal"] = random.choice(["achieved", "not_achieved", "unknown", "partially_achieved"])
        made["do_not_call"] = random.random() < 0.08
        if random.random() < 0.3:
            made["callback_at"] = random.choice([None, _at(random.randint(0, 4 * 24 * 60))])
    return made


def actions(random: Random, campaigns: list, numbers: list, phones: list[str]) -> list[dict[str, Any]]:
    made = [{"at": _at(random.choice([0, 45, 200])), "campaign": c["ref"], "action": "start"} for c in campaigns]
    for _ in range(random.randint(2, 10)):
        at, c = _at(random.randint(1, 5 * 24 * 60)), random.choice(campaigns)
        kind = random.choice(
            ["pause", "resume", "resume", "stop", "restart", "hand", "hand", "pool", "spam", "suppress", "add", "hold"]
        )
        base = {"at": at, "campaign": c["ref"]}
        if kind == "hand":
            word = random.choice(["retry", "set_pending", "set_completed", "exclude"])
            made.append({**base, "action": word, "phone_number": random.choice(c["contacts"])["phone_number"]})
        elif kind == "pool":
            word = random.choice(["disable_number", "enable_number", "enable_number"])
            made.append({**base, "action": word, "number": random.choice(c["numbers"])["ref"]})
        elif kind == "spam":
            number = random.choice(numbers)["ref"]
            made.append({"at": at, "action": "spam_score", "number": number, "value": random.randint(0, 8)})
        elif kind == "hold":
            until = _at(random.randint(0, 6 * 24 * 60))
            made.append({"at": at, "action": "hold", "phone_number": random.choice(phones), "until": until})
        elif kind == "suppress":
            made.append({"at": at, "action": "suppress", "phone_number": random.choice(phones)})
        elif kind == "add":
            made.append({**base, "action": "add_contacts", "contacts": [contact(random, random.choice(phones))]})
        else:
            made.append({**base, "action": kind})
    return made


def callers(random: Random, data: dict[str, Any]) -> dict[str, Any]:
    """The same, and some who were called call back: a while after a call that the scenario makes without them."""
    memory: list[str] = []
    run(scenarios.load(data), memory.append)
    launches = [line for line in map(json.loads, memory) if line["type"] == "launch"]
    for launch in random.sample(launches, min(len(launches), random.choice([0, 3, 6]))):
        said = {key: value for key, value in call(random, "human").items() if key not in ("outcome", "ring_seconds")}
        said["talk_seconds"] = random.choice([0, said["talk_seconds"], said["talk_seconds"], 4000])
        at = datetime.fromisoformat(launch["at"]) + timedelta(seconds=random.choice([5, 40, 400, 1500, 9000]))
        number = random.choice(data["numbers"])["ref"]
        action = {"at": text(at), "action": "inbound", "phone_number": launch["contact"], "number": number}
        data["actions"].append({**action, **(said if said["talk_seconds"] else {"talk_seconds": 0})})
    return data


def _at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
