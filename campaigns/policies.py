"""Rows into the dialer's plain values."""

from datetime import timedelta
from functools import lru_cache

from campaigns.choices import CampaignMode, SecondaryContacts
from campaigns.dialing import window as windows
from campaigns.dialing.values import Hours, Policy, Window
from campaigns.dialing.verdict import plain
from campaigns.models import Campaign
from contacts.models import HoursKey


def window(campaign: Campaign) -> Window:
    """The campaign's call window. Raises windows.InvalidWindow; a bad window is never read as open."""
    return _window(
        campaign.window_start, campaign.window_end, campaign.window_timezone, tuple(campaign.window_days or ())
    )


@lru_cache(maxsize=1024)
def _window(start: str, end: str, zone: str, days: tuple[str, ...]) -> Window:
    return windows.parse(start, end, zone, list(days))


def policy(campaign: Campaign) -> Policy:
    """The campaign's dial settings; `campaign.agent` must be loaded. Raises windows.InvalidWindow."""
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
    )


def hours(key: HoursKey) -> Hours:
    return Hours(key.country, key.region, tuple(key.zones.split()))
