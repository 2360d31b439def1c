"""Numbers onto the suppression list, one by one, pasted or as a file; and off it."""

import re
from collections.abc import Iterable

from django import forms

from accounts.models import Workspace
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from contacts.forms.upload import UploadForm
from contacts.models import SuppressionReason

MOST_AT_ONCE = 10_000
SHOWN_MISTAKES = 20


class SuppressForm(forms.Form):
    """`numbers` becomes E.164 texts; `unread` the texts that are no numbers, `mistakes` why not."""

    numbers = forms.CharField(
        label="Phone numbers",
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One in a line, or separated by commas or semicolons. For more than 10 000 import a file.",
    )
    reason = forms.ChoiceField(choices=SuppressionReason.choices, initial=SuppressionReason.BY_HAND)
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: object, workspace: Workspace, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.workspace = workspace
        self.unread: list[str] = []
        self.mistakes: list[str] = []

    def clean_numbers(self) -> list[str]:
        """Each is read by itself. One that is not understood is named, so that nobody believes it is on the list."""
        texts = [text.strip() for text in re.split(r"[\r\n\t,;]", self.cleaned_data["numbers"]) if text.strip()]
        if len(texts) > MOST_AT_ONCE:
            raise forms.ValidationError("These are more than 10 000 numbers. Import them as a file.")
        numbers = list(self._read(texts))
        if not numbers:
            raise forms.ValidationError(self.told or "Give at least one number.")
        return numbers

    def _read(self, texts: Iterable[str]) -> Iterable[str]:
        for text in texts:
            try:
                yield read_phone(text, self.workspace.default_country).e164
            except NotAPhoneNumber as error:
                self.unread.append(text)
                self.mistakes.append(error.sentence)

    @property
    def told(self) -> list[str]:
        """The first mistakes, and how many more there are."""
        more = len(self.mistakes) - SHOWN_MISTAKES
        return self.mistakes[:SHOWN_MISTAKES] + ([f"And {more} more."] if more > 0 else [])

    def left(self) -> "SuppressForm":
        """The form again, with the texts that were not read, and why."""
        given = {name: str(self.data.get(name, "")) for name in ("reason", "note")}
        again = SuppressForm({**given, "numbers": "\n".join(self.unread)}, workspace=self.workspace)
        again.is_valid()
        return again


class SuppressionFileForm(UploadForm):
    """A file of numbers; what its columns do not say of a number is said here."""

    hint = "CSV, Excel or JSON with a phone_number column, up to 100 MB or 500 000 rows."
    reason = forms.ChoiceField(
        choices=SuppressionReason.choices,
        initial=SuppressionReason.IMPORTED,
        help_text="For numbers whose row has no reason of its own.",
    )
    note = forms.CharField(max_length=200, required=False, help_text="For numbers whose row has no note of its own.")


class UnsuppressForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        label="Why may they be called again?",
        help_text="Kept in the audit trail.",
        error_messages={"required": "Say why: the reason is kept in the audit trail."},
    )
