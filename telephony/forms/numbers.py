from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from accounts.models import User
from accounts.phone import NotAPhoneNumber, read
from telephony.forms.base import InWorkspaceForm
from telephony.models import Number
from telephony.numbers import HIGHEST_SCORE, set_spam_score


class NumberForm(InWorkspaceForm):
    """The phone number itself is fixed once it exists: calls are remembered under it."""

    own = "phone_number"
    phone_number = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"type": "tel"}))

    class Meta:
        model = Number
        fields = ["phone_number", "label", "carrier", "direction"]
        help_texts = {"label": "A name that people know it by.", "direction": "Inbound-only numbers place no calls."}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = self.workspace.carriers.defer("credentials")  # type: ignore[attr-defined]
        self.fields["carrier"].empty_label = "Choose a carrier"  # type: ignore[attr-defined]
        self.fields[
            "phone_number"
        ].help_text = (
            f"With its country code, such as +49 30 901820; without one it is read as {self.workspace.default_country}."
        )
        if not self.instance._state.adding:
            self.fields["phone_number"].disabled = True
            self.fields["phone_number"].help_text = ""

    def clean_phone_number(self) -> str:
        try:
            phone = read(self.cleaned_data["phone_number"], self.workspace.default_country)
        except NotAPhoneNumber as problem:
            raise forms.ValidationError(str(problem)) from problem
        self.instance.country = phone.country
        return phone.e164


class SpamScoreForm(forms.Form):
    score = forms.IntegerField(
        label="Spam score",
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)],
        widget=forms.NumberInput(attrs={"min": 0, "max": HIGHEST_SCORE}),
    )

    def keep(self, number: Number, actor: User) -> bool:
        """Whether the score changed."""
        return set_spam_score(number, self.cleaned_data["score"], source=str(actor), at=timezone.now(), actor=actor)
