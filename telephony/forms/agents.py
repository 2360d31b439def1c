from typing import Any

from django import forms

from accounts.fields import KeptJsonField, ZoneField
from telephony import providers
from telephony.forms.base import InWorkspaceForm
from telephony.models import Agent, NumberDirection


class AgentForm(InWorkspaceForm):
    provider = forms.ChoiceField(help_text="Where the agent lives. Only carriers of this provider carry its calls.")
    timezone = ZoneField(label="Time zone")

    class Meta:
        model = Agent
        fields = [
            "name",
            "provider",
            "provider_agent_id",
            "language",
            "timezone",
            "callback_enabled",
            "default_number",
            "cost_per_minute",
            "default_variables",
            "notes",
        ]
        labels = {"provider_agent_id": "Agent id at the provider", "callback_enabled": "May agree on callbacks"}
        help_texts = {
            "language": "A code such as en, de or pt-BR.",
            "default_number": "Ticked beforehand when a campaign with this agent picks its numbers.",
            "default_variables": 'A JSON object, such as {"product": "solar"}. A contact\'s own values win.',
            "callback_enabled": "A campaign must allow callbacks too.",
        }
        field_classes = {"default_variables": KeptJsonField}
        widgets = {"notes": forms.Textarea(attrs={"rows": 3}), "default_variables": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = providers.choices()  # type: ignore[attr-defined]
        callers = self.workspace.numbers.exclude(direction=NumberDirection.INBOUND)
        self.fields["default_number"].queryset = callers  # type: ignore[attr-defined]
        self.fields["default_number"].empty_label = "None"  # type: ignore[attr-defined]

    def clean_default_variables(self) -> dict[str, Any]:
        variables = self.cleaned_data["default_variables"] or {}
        if not isinstance(variables, dict):
            raise forms.ValidationError("Give a JSON object: names and values in curly brackets.")
        return variables


class TestCallForm(forms.Form):
    phone_number = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
