"""What was checked when a call was claimed, with the values: the answer to "why was this person called?"."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.dialing.board import Read
from campaigns.dialing.values import Launch
from campaigns.models import CampaignContact


def clearance(launch: Launch, row: CampaignContact, read: Read, now: datetime) -> dict[str, Any]:
    """Plain JSON, kept with the call for good. `row` is the campaign contact as it was before the claim."""
    state = read.board.campaigns[launch.campaign]
    campaign = read.campaigns[launch.campaign]
    policy = state.policy
    zones = launch.person.hours.zones if policy.contact_local else (policy.window.timezone,)
    number = read.board.numbers[launch.number]
    return {
        "at": now.isoformat(),
        "run": state.run,
        "window": {
            "start": campaign.window_start,
            "end": campaign.window_end,
            "days": campaign.window_days,
            "read_in": "contact" if policy.contact_local else "campaign",
            "local": {zone: now.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M:%S %z") for zone in zones},
        },
        "suppressed": False,
        "attempts": {"before": row.attempts, "maximum": policy.max_attempts},
        "due": {"status": row.status, "since": row.next_attempt_at.isoformat() if row.next_attempt_at else None},
        "number": {
            "rotation": policy.rotation,
            "spam_score": number.spam_score,
            "spam_threshold": policy.spam_threshold,
            "calls_today": number.calls_today,
            "daily_cap": policy.daily_cap,
        },
        "live": {"campaign": state.live, "limit": policy.concurrency},
        "reason_before": row.reason,
    }
