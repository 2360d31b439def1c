"""The Settings tab: what the wizard leaves out, and what may be changed at any time."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.fields import DurationField, KeptJsonField
from campaigns import locks
from campaigns.forms.rows import CampaignForm, offer_schedules
from campaigns.models import Campaign


class SettingsForm(CampaignForm):
    """Notes, priority and tags in any status; the rest only where wizard and settings are open."""

    completion_timeout_minutes = DurationField(
        label="Completion timeout",
        help_text="Wait so long after an answered call before the verdict.",
    )
    budget_cap = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=4,
        label="Budget",
        help_text="The campaign pauses when the next call could pass it. Empty: no limit.",
    )
    tags = forms.CharField(required=False, max_length=500, help_text="With commas: spring, renewal.")

    class Meta:
        model = Campaign
        fields = [
            "priority",
            "tags",
            "notes",
            "amd_mode",
            "ring_timeout_seconds",
            "call_interval_seconds",
            "completion_timeout_minutes",
            "max_voicemail_attempts",
            "schedule",
            "budget_cap",
            "pilot_size",
            "max_error_rate",
            "secondary_contacts",
            "metadata",
        ]
        field_classes = {"metadata": KeptJsonField}
        widgets = {"notes": forms.Textarea(attrs={"rows": 4}), "metadata": forms.Textarea(attrs={"rows": 5})}
        labels = {
            "ring_timeout_seconds": "Ring timeout",
            "call_interval_seconds": "Call interval",
            "max_voicemail_attempts": "Voicemail limit",
            "schedule": "Shared schedule",
            "pilot_size": "Pilot",
            "max_error_rate": "Error rate",
        }
        help_texts = {
            "call_interval_seconds": "The least time between two launches of this campaign.",
            "max_voicemail_attempts": "Attempts that may reach voicemail. Empty: as many as the attempts allow.",
            "pilot_size": "In the first run at most so many calls; then it pauses for review. Empty: no pilot.",
            "max_error_rate": "Pauses when more of the last 50 calls fail technically, in percent. Empty: off.",
            "schedule": "Its hours stand in place of the call window in the dialer settings.",
            "secondary_contacts": "After the primary: call a contact's secondaries only when it was not reached.",
            "metadata": "A free JSON object, for your own programs.",
        }

    def __init__(self, data: Any = None, *, instance: Campaign, **options: Any):
        words = [tag for tag in instance.tags.split("|") if tag]
        initial = {"tags": ", ".join(words), **(options.pop("initial", None) or {})}
        super().__init__(data, instance=instance, initial=initial, **options)
        offer_schedules(self.fields["schedule"], instance)
        self.lock([name for name in self.fields if name not in locks.ANY_TIME], locks.not_editable(instance))

    def clean_tags(self) -> str:
        words = [word.strip().replace("|", " ") for word in self.cleaned_data["tags"].split(",")]
        unique = list(dict.fromkeys(word for word in words if word))
        return f"|{'|'.join(unique)}|" if unique else ""

    def clean_metadata(self) -> object:
        value = self.cleaned_data["metadata"]
        return {} if value is None else value
