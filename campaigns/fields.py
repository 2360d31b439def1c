"""The rules between a campaign's fields (spec, section 2). Ranges and choices of single fields stand on the model.

Pages, API and admin all refuse by these; `Campaign.clean` calls `check`, so `full_clean` is the whole truth.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from accounts.json_values import refusal
from accounts.moments import TOO_FAR, too_far
from campaigns.choices import RETRYABLE_OUTCOMES, WEEKDAYS, CampaignMode, CampaignStatus, TriggerMode
from campaigns.dialing import window as windows
from campaigns.dialing.verdict import plain

if TYPE_CHECKING:
    from campaigns.models import Campaign

OLDEST_START = timedelta(hours=24)
LARGEST_PILOT = 1_000_000  # calls
DISPOSITION_LENGTH = 60
Problems = dict[str, str]


def check(campaign: "Campaign", now: datetime, *, new_start: bool = False) -> None:
    """Raise ValidationError with one sentence per field that does not fit the others.

    `new_start`: the start time is being set now; in a draft it always counts as such.
    """
    problems: Problems = {}
    _start(campaign, now, new_start or campaign.status == CampaignStatus.DRAFT, problems)
    if campaign.always_on and campaign.mode != CampaignMode.MULTI_DAY:
        problems["always_on"] = "Always-on needs the mode Multi Day."
    _window(campaign, problems)
    _retries(campaign, problems)
    if not isinstance(campaign.metadata, dict):
        problems["metadata"] = 'Metadata is a JSON object, such as {"client": "Acme"}.'
    elif unkept := refusal(campaign.metadata):
        problems["metadata"] = unkept
    if problems:
        raise ValidationError({field: [sentence] for field, sentence in problems.items()})


def _start(campaign: "Campaign", now: datetime, new_start: bool, problems: Problems) -> None:
    if campaign.trigger_mode != TriggerMode.SCHEDULED:
        return
    if campaign.starts_at is None:
        problems["starts_at"] = "A scheduled campaign needs a start time. Set one, or choose Manual."
    elif new_start and campaign.starts_at < now - OLDEST_START:
        problems["starts_at"] = "The start lies more than 24 hours in the past. Choose a later time."
    elif too_far(campaign.starts_at):
        problems["starts_at"] = TOO_FAR


def _window(campaign: "Campaign", problems: Problems) -> None:
    if campaign.schedule is not None:
        _schedule(campaign, problems)
        return
    days = campaign.window_days
    if not isinstance(days, list) or not set(map(str, days)) <= set(WEEKDAYS):
        problems["window_days"] = f"Working days are a list of {', '.join(WEEKDAYS)}."
        return
    if not days:
        problems["window_days"] = "Tick at least one working day."
        return
    try:
        windows.parse(campaign.window_start, campaign.window_end, campaign.window_timezone, days)
    except windows.InvalidWindow as problem:
        problems["window_start"] = str(problem)


def _schedule(campaign: "Campaign", problems: Problems) -> None:
    """A linked schedule stands in place of the window, whose fields then mean nothing."""
    schedule = campaign.schedule
    assert schedule is not None
    if schedule.workspace_id != campaign.workspace_id:
        problems["schedule"] = "Choose a schedule of this workspace."
        return
    try:
        windows.scheduled(schedule.timezone, schedule.days, schedule.exceptions)
    except windows.InvalidWindow as problem:
        problems["schedule"] = f"The schedule “{schedule.name}” cannot be used. {problem}"


def _retries(campaign: "Campaign", problems: Problems) -> None:
    unknown = [str(word) for word in _words(campaign.retry_on) if word not in RETRYABLE_OUTCOMES]
    if not isinstance(campaign.retry_on, list):
        problems["retry_on"] = "This is a list of call outcomes."
    elif unknown:
        problems["retry_on"] = f"“{unknown[0]}” is no outcome that can be retried. Use {', '.join(RETRYABLE_OUTCOMES)}."
    if not isinstance(campaign.retry_dispositions, list) or not all(
        isinstance(word, str) and 0 < len(plain(word)) <= DISPOSITION_LENGTH for word in campaign.retry_dispositions
    ):
        problems["retry_dispositions"] = (
            f"This is a list of dispositions of up to {DISPOSITION_LENGTH} characters each."
        )
    if (
        campaign.stop_after_connect
        and campaign.redial_short_connect
        and (campaign.redial_short_connect_seconds or 0) > (campaign.stop_after_connect_seconds or 0)
    ):
        problems["redial_short_connect_seconds"] = (
            "This may not be longer than the time of the stop rule: one call cannot be both too short and long enough."
        )


def _words(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def dispositions(text: str) -> list[str]:
    """A comma-separated text as the list that is saved: plain words, each once, in their order."""
    words = [plain(word) for word in text.split(",")]
    return list(dict.fromkeys(word for word in words if word))
