"""Step 4: the contact file."""

from typing import Any

from django import forms

from accounts.models import Workspace


class UploadForm(forms.Form):
    """The file, and the country in which numbers without a country code are read."""

    file = forms.FileField(error_messages={"required": "Choose a file.", "empty": "The file is empty."})
    default_country = forms.CharField(
        max_length=2,
        required=False,
        label="Country of national numbers",
        help_text="Two letters, such as US or DE. Numbers with a country code do not need it.",
    )

    def __init__(self, *args: Any, workspace: Workspace, **options: Any):
        options["initial"] = {"default_country": workspace.default_country, **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def clean_default_country(self) -> str:
        return str(self.cleaned_data["default_country"]).strip().upper()
