"""Rows into the dialer's plain values."""

import json
from datetime import timedelta
from functools import lru_cache

from accounts import phone
from accounts.models import Workspace
from campaigns.choices import CampaignMode, SecondaryContacts
from campaigns.dialing import law
from campaigns.dialing import window as windows
from campaigns.dialing.values import Caps, Hours, Policy, SafeHours, Window
from campaigns.dialing.verdict import plain
from campaigns.models import Campaign, Schedule
from contacts import safe_hours
from contacts.models import HoursKey


def window(campaign: Campaign) -> Window:
    """The campaign's call window, that of its schedule where one is linked. Raises windows.InvalidWindow; a bad window
    is never read as open."""
    if campaign.schedule_id is not None:
        assert campaign.schedule is not None
        return schedule(campaign.schedule)
    return _window(
        campaign.window_start, campaign.window_end, campaign.window_timezone, tuple(campaign.window_days or ())
    )


def schedule(row: Schedule) -> Window:
    """A shared schedule's window. Raises windows.InvalidWindow."""
    return _scheduled(row.timezone, json.dumps([row.days, row.exceptions]))


@lru_cache(maxsize=1024)
def _window(start: str, end: str, zone: str, days: tuple[str, ...]) -> Window:
    return windows.parse(start, end, zone, list(days))


@lru_cache(maxsize=1024)
def _scheduled(zone: str, written: str) -> Window:
    days, exceptions = json.loads(written)
    return windows.scheduled(zone, days, exceptions)


def safe(workspace: Workspace) -> SafeHours | None:
    """The safe-hours table that holds in a workspace; None where it does not keep to one. At most one query."""
    return law.legal(safe_hours.table(workspace)) if workspace.safe_hours else None


def policy(campaign: Campaign, safe_table: SafeHours | None = None) -> Policy:
    """The campaign's dial settings; `agent`, `workspace` and `schedule` should be loaded. Raises windows.InvalidWindow.

    `safe_table`: what `safe` says of its workspace, where the caller has it already.
    """
    return Policy(
        campaign=campaign.pk,
        priority=campaign.priority,
        window=window(campaign),
        contact_local=campaign.contact_local_time,
        single_day=campaign.mode == CampaignMode.SINGLE_DAY,
        always_on=campaign.always_on,
        concurrency=campaign.concurrency_limit,
        interval=timedelta(seconds=campaign.call_interval_seconds),
        ring_timeout=timedelta(seconds=campaign.ring_timeout_seconds),
        max_attempts=campaign.max_attempts,
        retry_delay=timedelta(minutes=campaign.retry_delay_minutes),
        retry_on=frozenset(campaign.retry_on),
        retry_dispositions=frozenset(plain(word) for word in campaign.retry_dispositions),
        max_voicemails=campaign.max_voicemail_attempts or campaign.max_attempts,
        goal_based_retry=campaign.goal_based_retry,
        stop_after=campaign.stop_after_connect_seconds if campaign.stop_after_connect else None,
        redial_short=campaign.redial_short_connect_seconds if campaign.redial_short_connect else None,
        completion_timeout=timedelta(minutes=campaign.completion_timeout_minutes),
        callbacks=campaign.callback_detection and campaign.agent.callback_enabled,
        rotation=campaign.rotation_strategy,
        prefer_country=campaign.prefer_country_match,
        spam_threshold=campaign.spam_threshold,
        daily_cap=campaign.max_calls_per_number_per_day,
        max_error_rate=campaign.max_error_rate,
        after_primary=campaign.secondary_contacts == SecondaryContacts.AFTER_PRIMARY,
        safe=safe_table if safe_table is not None else safe(campaign.workspace),
        agent_rate=campaign.agent.cost_per_minute,
    )


def caps(workspace: Workspace) -> Caps:
    """The workspace's frequency caps."""
    return Caps(workspace.calls_per_day, workspace.calls_per_week)


def hours(key: HoursKey) -> Hours:
    """What a person's hours depend on. An unknown zone counts as all zones of the country."""
    zones = tuple(key.zones.split())
    return Hours(key.country, key.region, zones or phone.zones_of(key.country))
