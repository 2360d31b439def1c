"""The judge's own reading of windows, verdicts and rotations, from a scenario's JSON. No code of the dialer."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonenumbers import parse, region_code_for_number
from phonenumbers.timezone import time_zones_for_number

FINAL = ("completed", "failed", "no_conversation", "excluded")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)


def when(text):
    return datetime.fromisoformat(text)


def zones_for(campaign, contact, workspace_zone):
    if not campaign.get("contact_local_time"):
        return [campaign.get("window", {}).get("timezone", workspace_zone)]
    if contact.get("timezone"):
        return [contact["timezone"]]
    return [zone for zone in time_zones_for_number(parse(contact["phone_number"])) if zone != "Etc/Unknown"]


def country_of(data, key):
    return data.get("country") or region_code_for_number(parse(data[key]))


def clock(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def open_date(campaign, zone, at, workspace_zone):
    """The date whose span holds `at`; None when closed."""
    window = campaign.get("window", {})
    start, end = clock(window.get("start", "09:00")), clock(window.get("end", "18:00"))
    days = window.get("days", DAYS)
    local = at.astimezone(ZoneInfo(zone))
    now = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    if start < end:
        return today if DAYS[today.weekday()] in days and start <= now < end else None
    if DAYS[today.weekday()] in days and now >= start:
        return today
    return yesterday if DAYS[yesterday.weekday()] in days and now < end else None


def callback_opening(campaign, zones, moment, workspace_zone):
    """The first open instant from a moment on, within 14 days, found by stepping through the minutes."""
    if not zones:
        return None

    def is_open(at):
        return all(open_date(campaign, zone, at, workspace_zone) is not None for zone in zones)

    if is_open(moment):
        return moment
    at = moment.replace(second=0, microsecond=0) + MINUTE
    limit = moment + timedelta(days=14)
    while at < limit:
        if is_open(at):
            return at
        at += MINUTE
    return None


def same(word):
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def expected_verdict(
    campaign,
    outcome,
    talk,
    ended_at,
    now,
    said,
    *,
    attempts,
    voicemails,
    callbacks,
    goal,
    suppressed,
    may_call_back,
    opening,
):
    """(status, reasons that may stand, due)."""
    left = attempts < campaign.get("max_attempts", 3)
    later = max(ended_at + timedelta(minutes=campaign.get("retry_delay_minutes", 30)), now)
    retry_on = campaign.get("retry_on", [])
    if said.get("do_not_call"):
        return "excluded", ("do_not_call",), None
    if suppressed:
        return "excluded", ("suppressed",), None
    if outcome == "human":
        if "callback_at" in said and may_call_back and callbacks < 5:
            asked = said["callback_at"] and when(said["callback_at"])
            due = later if asked is None or asked - now < timedelta(minutes=2) else asked
            return "retry", ("callback",), opening(due)
        return after_person(campaign, talk, said, left, later, goal)
    if outcome == "machine":
        most = campaign.get("max_voicemail_attempts") or campaign.get("max_attempts", 3)
        again = left and "machine" in retry_on and voicemails < most
        return ("retry", ("machine",), later) if again else ("no_conversation", ("machine",), None)
    if outcome not in retry_on:
        return "failed", ("not_retried",), None
    return ("retry", (outcome,), later) if left else ("failed", ("max_attempts",), None)


def after_person(campaign, talk, said, left, later, goal):
    word = same(said.get("disposition") or "")
    if goal == "achieved":
        return "completed", ("goal_achieved",), None
    if campaign.get("stop_after_connect") and talk > campaign.get("stop_after_connect_seconds", 30):
        return "completed", ("stop_rule",), None
    if left and campaign.get("redial_short_connect") and talk < campaign.get("redial_short_connect_seconds", 15):
        return "retry", ("short_connect",), later
    if left and word and word in [same(w) for w in campaign.get("retry_dispositions", [])]:
        return "retry", (word,), later
    if left and campaign.get("goal_based_retry"):
        return "retry", ("goal_based_retry",), later
    if said.get("speech", True) is False:
        return "no_conversation", ("no_speech",), None
    return "completed", ("human", word), None


def number_order(strategy):
    def last(number):
        return (1, number["last"]) if number["last"] else (0,)

    return {
        "round_robin": lambda n, used, weight, day: (last(n),),
        "lowest_spam": lambda n, used, weight, day: (n["spam_score"], last(n)),
        "least_used_today": lambda n, used, weight, day: (n["days"][day], last(n)),
        "weighted": lambda n, used, weight, day: ((used + 1) / weight,),
    }[strategy]
