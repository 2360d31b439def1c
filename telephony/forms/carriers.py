"""A carrier's form: its limits, and the settings that its provider declares. Secrets go in and never come out."""

from typing import Any

from django import forms

from telephony import credentials, providers
from telephony.errors import BadSettings
from telephony.forms.base import InWorkspaceForm
from telephony.models import Carrier
from telephony.providers.base import SettingField

KEPT = "Kept. Leave empty to keep it."


class CarrierForm(InWorkspaceForm):
    provider = forms.ChoiceField(help_text="How calls are handed to this carrier.")
    max_cps = forms.DecimalField(
        label="Calls per second",
        min_value=0,
        max_digits=5,
        decimal_places=1,
        help_text="Whole, or 0.1 to 0.9.",
    )

    class Meta:
        model = Carrier
        fields = ["name", "provider", "max_cps", "max_channels", "cost_per_minute"]
        help_texts = {"max_channels": "The most calls at the same time."}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = providers.choices()  # type: ignore[attr-defined]
        self.secrets = self._present_secrets()
        if not self.instance._state.adding:
            self.fields["provider"].disabled = True
        for name, _ in providers.choices():
            if self.instance._state.adding or name == self.instance.provider:
                for setting in providers.provider(name).capabilities.settings:
                    self.fields[f"{name}-{setting.name}"] = self._setting_field(setting)

    def _present_secrets(self) -> dict[str, str]:
        """Unreadable ones count as missing: they have to be entered again."""
        try:
            return credentials.unlock(self.instance.credentials)
        except credentials.Locked:
            return {}

    def _setting_field(self, setting: SettingField) -> forms.Field:
        kept = setting.secret and setting.name in self.secrets
        attrs = {"placeholder": KEPT, "autocomplete": "new-password"} if kept else {"autocomplete": "new-password"}
        field = forms.CharField(
            label=setting.label,
            help_text=setting.help,
            required=False,  # the provider judges them all together, in clean
            max_length=1000,
            initial=setting.default if setting.secret else self.instance.settings.get(setting.name, setting.default),
            widget=forms.PasswordInput(attrs=attrs) if setting.secret else forms.TextInput(),
        )
        field.needed = setting.required  # type: ignore[attr-defined]  # for the label: not "optional"
        return field

    @property
    def provider_groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(provider's name, label, its fields), for the page."""
        names = {name: [key for key in self.fields if key.startswith(f"{name}-")] for name, _ in providers.choices()}
        return [(name, label, [self[key] for key in names[name]]) for name, label in providers.choices() if names[name]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        name = cleaned.get("provider")
        if not name:
            return cleaned
        kind = providers.provider(name)
        given = {setting.name: cleaned.get(f"{name}-{setting.name}") or "" for setting in kind.capabilities.settings}
        secret = kind.capabilities.secret_fields
        kept = {key: value for key, value in self.secrets.items() if key in secret and not given.get(key)}
        try:
            values = kind.clean({**given, **kept})
        except BadSettings as wrong:
            for key, sentence in wrong.fields.items():
                self.add_error(f"{name}-{key}", sentence)
            return cleaned
        self.instance.settings = {key: value for key, value in values.items() if key not in secret}
        self.instance.credentials = credentials.lock({key: value for key, value in values.items() if key in secret})
        return cleaned
