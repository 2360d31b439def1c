"""One row of the safe-hours table: a place, the hours of each day, and where they come from."""

from typing import Any

from django import forms

from accounts.models import User, Workspace
from accounts.spans import WeekForm
from campaigns.dialing import law
from campaigns.dialing.spans import InvalidWindow
from contacts import safe_hours
from contacts.legal_hours import Row
from contacts.person import read_country


class SafeHoursForm(WeekForm):
    """`row`: the one to change, whose place stays; without it a new one."""

    country = forms.CharField(max_length=60, help_text="A two-letter code such as US, or its English name.")
    region = forms.RegexField(
        r"^[A-Za-z0-9]{1,3}$",
        required=False,
        label="State",
        help_text="The short code of a US state, such as CA. Empty: the whole country.",
        error_messages={"invalid": "Give the code of a state: up to three letters or digits."},
    )
    source = forms.CharField(max_length=300, help_text="The law, or who advised you.")
    as_of = forms.DateField(
        required=False,
        label="Read on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="When the source was read.",
    )
    field_order = ["country", "region"]

    def __init__(self, data: Any = None, *, workspace: Workspace, row: Row | None = None) -> None:
        self.workspace, self.row = workspace, row
        initial: dict[str, object] = {}
        if row is not None:
            initial = {**self.initial_days(row.days), "source": row.source, "as_of": row.as_of}
        super().__init__(data, initial=initial)
        if row is not None:
            del self.fields["country"], self.fields["region"]

    def clean_country(self) -> str:
        try:
            return read_country(self.cleaned_data["country"])
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_region(self) -> str:
        return self.cleaned_data["region"].upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                law.week(self.days)
            except InvalidWindow as problem:
                self.add_error(None, str(problem))
        return cleaned

    @property
    def place(self) -> tuple[str, str]:
        if self.row is not None:
            return self.row.country, self.row.region
        return self.cleaned_data["country"], self.cleaned_data["region"]

    def keep(self, actor: User) -> None:
        asked = self.cleaned_data
        safe_hours.set_row(self.workspace, *self.place, self.days, asked["source"], as_of=asked["as_of"], actor=actor)
