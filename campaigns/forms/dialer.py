"""Step 3: pacing, days and hours, retries, callbacks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import WeekdaysField, ZoneField
from campaigns import fields as rules
from campaigns.choices import RECOMMENDED_RETRY_ON, RETRYABLE_OUTCOMES, CampaignMode, TriggerMode
from campaigns.forms.inputs import LocalTimeField, RepairedDuration, RepairedField
from campaigns.forms.rows import CampaignForm, offer_schedules
from campaigns.models import Campaign
from campaigns.wording import OUTCOME_WORDS

TIME_INPUT = forms.TextInput(attrs={"placeholder": "HH:MM", "inputmode": "numeric", "maxlength": 5, "size": 5})
STARTS_IN = "In the time zone of the shared schedule below; without one, in that of the call window."


class DialerForm(CampaignForm):
    """`starts_at` is meant in the zone of the schedule, without one in the window's. Blank or too small numbers repair
    themselves, here only."""

    concurrency_limit = RepairedField(blank=50, below=1, max_value=100_000, help_text="Calls live at the same time.")
    starts_at = LocalTimeField(required=False, label="Starts at", help_text=STARTS_IN)
    window_timezone = ZoneField(label="Time zone")
    window_days = WeekdaysField(label="Working days")
    max_attempts = RepairedField(blank=3, max_value=11, help_text="The first call included.")
    retry_delay_minutes = RepairedDuration(blank=30, label="Retry delay")
    retry_on = forms.MultipleChoiceField(
        choices=[(word.value, OUTCOME_WORDS[word]) for word in RETRYABLE_OUTCOMES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Retry on",
        help_text="With none ticked nobody is called twice.",
    )
    retry_dispositions = forms.CharField(
        required=False,
        label="Retry on dispositions",
        help_text="Business words of the post-call analysis, with commas: callback_requested, not_available.",
    )
    stop_after_connect_seconds = RepairedField(blank=30, max_value=3600, label="Connected longer than")
    redial_short_connect_seconds = RepairedField(blank=15, max_value=3600, label="Connected shorter than")
    confirm_mode = forms.BooleanField(required=False, label="Yes, change mode or Always-on although calls were made")

    class Meta:
        model = Campaign
        fields = [
            "concurrency_limit",
            "mode",
            "always_on",
            "trigger_mode",
            "starts_at",
            "schedule",
            "window_start",
            "window_end",
            "window_timezone",
            "window_days",
            "contact_local_time",
            "max_attempts",
            "retry_delay_minutes",
            "retry_on",
            "retry_dispositions",
            "goal_based_retry",
            "stop_after_connect",
            "stop_after_connect_seconds",
            "redial_short_connect",
            "redial_short_connect_seconds",
            "callback_detection",
            "sticky_exclusion",
        ]
        widgets = {
            "mode": forms.RadioSelect,
            "trigger_mode": forms.RadioSelect,
            "window_start": TIME_INPUT,
            "window_end": TIME_INPUT,
        }
        labels = {
            "always_on": "Always-on",
            "trigger_mode": "Start",
            "schedule": "Shared schedule",
            "window_start": "From",
            "window_end": "Until",
            "contact_local_time": "Use each contact's own time zone",
            "goal_based_retry": "Goal-based retry",
            "stop_after_connect": "Stop redials after a meaningful connect",
            "redial_short_connect": "Redial after a short connect",
        }
        help_texts = {
            "always_on": "Never completes by itself; contacts may follow.",
            "schedule": "Its hours and exceptions stand in place of a window of the campaign's own.",
            "contact_local_time": "The hours above are read where the contact lives.",
            "goal_based_retry": "Keep calling, within the attempts, until the primary goal is achieved.",
            "callback_detection": "Only together with the agent's own callback switch.",
            "sticky_exclusion": "An excluded contact stays excluded when it is added again.",
        }

    def __init__(self, data: Any = None, *, instance: Campaign, **options: Any):
        initial = {"retry_dispositions": ", ".join(instance.retry_dispositions), **(options.pop("initial", None) or {})}
        if instance.starts_at:
            initial.setdefault("starts_at", instance.starts_at.astimezone(_zone(instance.zone)))
        super().__init__(data, instance=instance, initial=initial, **options)
        offer_schedules(self.fields["schedule"], instance)
        if not instance.has_run:
            del self.fields["confirm_mode"]

    @property
    def recommended(self) -> str:
        return ",".join(RECOMMENDED_RETRY_ON)

    def clean_retry_dispositions(self) -> list[str]:
        return rules.dispositions(self.cleaned_data["retry_dispositions"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("mode") == CampaignMode.SINGLE_DAY:
            cleaned["always_on"] = False
        if cleaned.get("trigger_mode") == TriggerMode.MANUAL:
            cleaned["starts_at"] = None
        elif cleaned.get("starts_at"):
            schedule = cleaned.get("schedule")
            zone = schedule.timezone if schedule else cleaned.get("window_timezone", "")
            cleaned["starts_at"] = self._in_zone(cleaned["starts_at"], zone)
        self._ask_for_mode(cleaned)
        return cleaned

    def _in_zone(self, wall: datetime, zone: str) -> datetime:
        """The instant of a wall-clock time. One that comes twice means the first."""
        return wall.replace(tzinfo=_zone(zone))

    def _ask_for_mode(self, cleaned: dict[str, Any]) -> None:
        row = self.instance
        changed = cleaned.get("mode") != self.initial.get("mode") or cleaned.get("always_on") != self.initial.get(
            "always_on"
        )
        if row.has_run and changed and not cleaned.get("confirm_mode"):
            self.add_error(
                "confirm_mode", "Mode or Always-on would change after calls were made. Tick this to confirm."
            )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return ZoneInfo("UTC")
