"""Until when, and why, nobody calls a person."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from accounts.moments import TOO_FAR, too_far


class HoldForm(forms.Form):
    """`zone`: the workspace's, in which the time is meant."""

    until = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Say until when.", "invalid": "Write date and time, such as 2026-12-24 09:00."},
    )
    reason = forms.CharField(max_length=200, error_messages={"required": "Say why nobody may call."})

    def __init__(self, data: Any = None, *, zone: str) -> None:
        self.zone = zone
        super().__init__(data)
        self.fields["until"].help_text = f"In the time zone of the workspace, {zone}."
        self.fields["reason"].help_text = "Such as: on holiday, complaint open."

    def clean_until(self) -> datetime:
        until = self.cleaned_data["until"].replace(tzinfo=ZoneInfo(self.zone))
        if until <= timezone.now():
            raise forms.ValidationError("This time has passed. Choose a later one.")
        if too_far(until):
            raise forms.ValidationError(TOO_FAR)
        return until

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return str(next(iter(self.errors.values()))[0])
