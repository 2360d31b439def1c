"""Forms of the back office's campaign page. The rules are the model's and `campaigns.editing`'s."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import BaseInlineFormSet
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.admin.scoped import ScopedForm
from campaigns import editing
from campaigns import fields as rules
from campaigns.choices import RETRYABLE_OUTCOMES, WEEKDAYS
from campaigns.models import Campaign, PoolNumber
from goals.models import Goal

SECTIONS: list[tuple[str | None, list[str]]] = [
    (None, ["workspace", "name", "agent", "notes", "priority", "tags"]),
    ("Days and hours", ["trigger_mode", "starts_at", "mode", "always_on", "window_start", "window_end"]),
    ("Pacing", ["concurrency_limit", "call_interval_seconds", "ring_timeout_seconds", "amd_mode"]),
    ("Retries", ["max_attempts", "retry_delay_minutes", "retry_on", "retry_dispositions", "max_voicemail_attempts"]),
    ("After a call", ["stop_after_connect", "stop_after_connect_seconds", "redial_short_connect"]),
    ("Numbers", ["rotation_strategy", "prefer_country_match", "spam_threshold", "max_calls_per_number_per_day"]),
    ("Limits", ["budget_cap", "pilot_size", "max_error_rate", "metadata"]),
]
SECTIONS[1][1].extend(["window_timezone", "window_days", "schedule", "contact_local_time"])
SECTIONS[3][1].append("goal_based_retry")
SECTIONS[4][1].extend(["redial_short_connect_seconds", "completion_timeout_minutes", "callback_detection"])
SECTIONS[4][1].extend(["sticky_exclusion", "secondary_contacts"])
FIELDS = [name for _, names in SECTIONS for name in names]


class CampaignForm(ScopedForm):
    window_days = forms.MultipleChoiceField(
        label="Working days",
        choices=[(day, day.capitalize()) for day in WEEKDAYS],
        widget=forms.CheckboxSelectMultiple,
        initial=list(WEEKDAYS),
        required=False,
    )
    retry_on = forms.MultipleChoiceField(
        choices=[(word.value, word.value) for word in RETRYABLE_OUTCOMES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="With none ticked nobody is called twice.",
    )
    retry_dispositions = forms.CharField(
        required=False, help_text="Separated by commas.", widget=UnfoldAdminTextInputWidget
    )
    tags = forms.CharField(required=False, help_text="Separated by commas.", widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Campaign
        fields = FIELDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        row = self.instance
        self.initial["tags"] = ", ".join(tag for tag in row.tags.split("|") if tag)
        self.initial["retry_dispositions"] = ", ".join(row.retry_dispositions)

    def clean_retry_dispositions(self) -> list[str]:
        return rules.dispositions(self.cleaned_data["retry_dispositions"])

    def clean_tags(self) -> str:
        tags = [tag.strip() for tag in self.cleaned_data["tags"].replace("|", ",").split(",") if tag.strip()]
        return f"|{'|'.join(dict.fromkeys(tags))}|" if tags else ""

    def add_error(self, field: str | None, error: Any) -> None:
        """Sentences about fields that are locked, and so not on the page, are said above it."""
        if field is None and hasattr(error, "error_dict"):
            shown: dict[str, Any] = {}
            for name, told in error.error_dict.items():
                shown.setdefault(name if name in self.fields else NON_FIELD_ERRORS, []).extend(told)
            error = ValidationError(shown)
        super().add_error(field, error)

    def values(self) -> dict[str, Any]:
        """What was changed; of a new campaign everything but its workspace."""
        names = self.changed_data if self.instance.pk else list(self.cleaned_data)
        return {name: self.cleaned_data[name] for name in names if name != "workspace"}


class PoolForm(forms.ModelForm):
    position = forms.IntegerField(
        min_value=0,
        max_value=999,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="0 is the primary number.",
    )

    class Meta:
        model = PoolNumber
        fields = ["number", "position", "weight", "status"]

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]


class PoolFormSet(BaseInlineFormSet):
    """Read as a whole: `entries` is the pool that `campaigns.editing` writes."""

    def clean(self) -> None:
        super().clean()
        workspace = getattr(self.instance, "workspace", None)
        if workspace is not None and not any(form.errors for form in self.forms):
            try:
                editing.check_pool(workspace, self.entries())
            except ValidationError as problem:
                raise ValidationError(problem.messages) from None

    def entries(self) -> list[editing.PoolEntry]:
        kept = [form for form in self.forms if form.instance.number_id and not self._should_delete_form(form)]  # type: ignore[attr-defined]
        kept.sort(key=lambda form: 1000 if form.instance.position is None else form.instance.position)
        return [editing.PoolEntry(f.instance.number, f.instance.weight, f.instance.status) for f in kept]


class GoalForm(forms.ModelForm):
    class Meta:
        model = Goal
        fields = ["name", "kind", "description", "target"]
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def validate_constraints(self) -> None:
        """A second primary is no mistake: `goals.goals` demotes the first."""
