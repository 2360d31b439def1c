"""Numbers onto the suppression list, and off it."""

import re

from django import forms

from accounts.models import Workspace
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from contacts.models import SuppressionReason

MOST_AT_ONCE = 10_000
SHOWN_MISTAKES = 5


class SuppressForm(forms.Form):
    numbers = forms.CharField(
        label="Phone numbers",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One in a line, or separated by commas or semicolons.",
    )
    reason = forms.ChoiceField(choices=SuppressionReason.choices, initial=SuppressionReason.BY_HAND)
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: object, workspace: Workspace, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.workspace = workspace

    def clean_numbers(self) -> list[str]:
        """E.164. All or none: a number that is not understood is named, so that nobody believes it is on the list."""
        texts = [text.strip() for text in re.split(r"[\n,;]", self.cleaned_data["numbers"]) if text.strip()]
        if len(texts) > MOST_AT_ONCE:
            raise forms.ValidationError(f"Up to {MOST_AT_ONCE:,} numbers at once.")
        numbers, mistakes = [], []
        for text in texts:
            try:
                numbers.append(read_phone(text, self.workspace.default_country).e164)
            except NotAPhoneNumber as error:
                mistakes.append(error.sentence)
        if mistakes:
            more = len(mistakes) - SHOWN_MISTAKES
            raise forms.ValidationError(mistakes[:SHOWN_MISTAKES] + ([f"And {more} more."] if more > 0 else []))
        if not numbers:
            raise forms.ValidationError("Give at least one number.")
        return numbers


class UnsuppressForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        label="Why may they be called again?",
        help_text="Kept in the audit trail.",
        error_messages={"required": "Say why: the reason is kept in the audit trail."},
    )
