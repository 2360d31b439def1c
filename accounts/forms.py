from typing import Any

import phonenumbers
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.validators import MinValueValidator

from accounts.fields import ZoneField
from accounts.models import ApiToken, User, Workspace
from accounts.roles import Permission, Role

SCOPES = [(p.value, p.label) for p in Permission if p not in {Permission.RECORDINGS, Permission.DEEP_FIGURES}]


def countries() -> list[tuple[str, str]]:
    """Every country that has phone numbers, with its calling code."""
    return [
        (code, f"{code} (+{phonenumbers.country_code_for_region(code)})")
        for code in sorted(phonenumbers.SUPPORTED_REGIONS)
    ]


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "This e-mail address and password do not fit. Check both and try again.",
        "inactive": "This account is switched off. Ask an owner of your workspace.",
    }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})

    def clean_username(self) -> str:
        """Lower case: another spelling of an address is no further set of attempts."""
        return self.cleaned_data["username"].lower()


class NewPasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].label = "New password"
        self.fields["new_password1"].help_text = "At least 10 characters, not a common one, not like your name."
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""


class ProfileForm(forms.ModelForm):
    timezone = ZoneField(label="Display time zone", help_text="For times on pages that name no other zone.")

    class Meta:
        model = User
        fields = ["first_name", "last_name", "timezone"]


class WorkspaceForm(forms.ModelForm):
    timezone = ZoneField(label="Time zone", help_text="A number's daily cap counts the days of this zone.")
    default_country = forms.ChoiceField(help_text="Reads phone numbers that come without a country code.")
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$", max_length=3, error_messages={"invalid": "Give the three letters of a currency, such as EUR."}
    )

    class Meta:
        model = Workspace
        # Safe hours are switched on the Compliance page, where the table is.
        fields = ["name", "timezone", "currency", "default_country", "balance", "calls_per_day", "calls_per_week"]
        labels = {
            "calls_per_day": "Calls to one number in 24 hours",
            "calls_per_week": "Calls to one number in 7 days",
        }
        help_texts = {
            "balance": "Lowered by what calls cost; at zero nothing is launched. Empty: no balance is kept.",
            "calls_per_day": "Over all campaigns. Empty: no limit.",
            "calls_per_week": "Over all campaigns. Empty: no limit.",
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["default_country"].choices = countries()  # type: ignore[attr-defined]
        # A limit of nought would let nobody be called: that is what Pause and the suppression list are for.
        for name in ("calls_per_day", "calls_per_week"):
            self.fields[name].validators.append(MinValueValidator(1))
            self.fields[name].widget.attrs["min"] = 1

        # The dialer lowers it meanwhile: whoever leaves the figure as it was shown does not set it.
        self.fields["balance"].show_hidden_initial = True

    @property
    def balance_shown(self) -> str:
        """A hidden field that keeps what the page showed."""
        return self["balance"].as_hidden(only_initial=True)

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()


class MemberForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(max_length=150, required=False, help_text="For an account that is made now.")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.OPERATOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: everything that the role may.",
    )

    class Meta:
        model = ApiToken
        fields = ["name", "role", "scopes"]
        help_texts = {"name": "Say which program uses it."}
