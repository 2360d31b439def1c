"""Random scenarios with everything of the second step: schedules, safe hours, caps, holds, families, money, callers."""

import random
from datetime import datetime, timedelta
from typing import Any

from tests.campaigns.dialing.scenarios import DAYS, ZONES, any_scenario, text

SPANS = [[["09:00", "12:00"], ["14:00", "18:00"]], [["22:00", "02:30"]], [["00:00", "24:00"]], [["06:15", "06:45"]]]
ROWS = [
    {"country": "", "days": {day: [["08:00", "21:00"]] for day in DAYS}},
    {"country": "US", "days": {day: [["10:00", "12:00"], ["13:00", "20:00"]] for day in DAYS[:6]}},
    {"country": "US", "region": "NY", "days": {day: [["11:00", "19:30"]] for day in DAYS}},
]
CAPS = [{"day": 1}, {"day": 2}, {"week": 2}, {"day": 1, "week": 2}]


def richer_scenario(dice: random.Random) -> dict[str, Any]:
    """A random scenario of all rules."""
    data = any_scenario(dice)
    _workspace(dice, data)
    if dice.random() < 0.4:
        data["schedules"] = [_schedule(dice)]
    rich = dice.random() < 0.4
    for campaign in data["campaigns"]:
        _campaign(dice, campaign, data, rich)
    data["actions"] += [_hold(dice, data) for _ in range(dice.randint(0, 3))]
    data["actions"] += [_inbound(dice, data) for _ in range(dice.randint(0, 12))]
    if rich:
        _money(dice, data)
    return data


def _workspace(dice: random.Random, data: dict[str, Any]) -> None:
    if dice.random() < 0.3:
        data["workspace"]["safe_hours"] = ROWS
    if dice.random() < 0.5:
        data["workspace"]["frequency_cap"] = dice.choice(CAPS)


def _schedule(dice: random.Random) -> dict[str, Any]:
    spans = dice.choice(SPANS)
    closed = [{"date": "2026-03-03", "spans": []}, {"date": "2026-03-29", "spans": [["10:00", "11:00"]]}]
    days = dict.fromkeys(dice.sample(DAYS, dice.choice([2, 5, 7])), spans)
    return {"ref": "s", "timezone": dice.choice(ZONES), "days": days, "exceptions": dice.choice([[], closed])}


def _campaign(dice: random.Random, campaign: dict[str, Any], data: dict[str, Any], rich: bool) -> None:
    if data.get("schedules") and dice.random() < 0.6:
        del campaign["window"]
        campaign["schedule"] = "s"
    if rich and dice.random() < 0.7:
        campaign["budget_cap"] = dice.choice(["0.02", "0.05", "0.3"])
    if dice.random() < 0.6:
        campaign["secondary_contacts"] = dice.choice(["after_primary", "after_primary", "off"])
        heads = [each["phone_number"] for each in campaign["contacts"][:2]]
        for each in campaign["contacts"][2:]:
            if dice.random() < 0.6:
                each["primary"] = dice.choice(heads)
        dice.shuffle(campaign["contacts"])


def _somebody(dice: random.Random, data: dict[str, Any]) -> tuple[datetime, dict[str, Any]]:
    """A moment, and an action then that names somebody."""
    start, until = (datetime.fromisoformat(data["clock"][key]) for key in ("start", "until"))
    at = start + timedelta(seconds=dice.randint(0, int((until - start).total_seconds())))
    phones = sorted({each["phone_number"] for campaign in data["campaigns"] for each in campaign["contacts"]})
    return at, {"at": text(at), "phone_number": dice.choice(phones)}


def _hold(dice: random.Random, data: dict[str, Any]) -> dict[str, Any]:
    at, action = _somebody(dice, data)
    minutes = dice.choice([-5, 0, 30, 600, 3000])
    return {**action, "action": "hold", "until": text(at + timedelta(minutes=minutes))}


def _inbound(dice: random.Random, data: dict[str, Any]) -> dict[str, Any]:
    """Most are refused: nobody has called these people yet."""
    at, action = _somebody(dice, data)
    said: dict[str, Any] = {"talk_seconds": dice.choice([0, 20, 200, 3600])}
    if said["talk_seconds"]:
        said["speech"] = dice.random() < 0.7
        said["disposition"] = dice.choice(["", "call back", "sold"])
        if dice.random() < 0.2:
            said["primary_goal"] = "achieved"
        if dice.random() < 0.2:
            said["callback_at"] = dice.choice([None, text(at + timedelta(hours=5))])
        if said["speech"] and dice.random() < 0.1:
            said["do_not_call"] = True
    return {**action, "action": "inbound", "number": dice.choice(data["numbers"])["ref"], **said}


def _money(dice: random.Random, data: dict[str, Any]) -> None:
    data["agents"][0]["cost_per_minute"] = dice.choice(["0", "0.06", "0.1"])
    for carrier in data["carriers"]:
        carrier["cost_per_minute"] = dice.choice(["0", "0.02", "0.033"])
    if dice.random() < 0.5:
        data["workspace"]["balance"] = dice.choice(["0.05", "0.5", "2"])
