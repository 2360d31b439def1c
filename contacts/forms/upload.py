"""A contact file, and the country of its national numbers."""

from django import forms

from accounts.models import Workspace
from contacts.importing import detection
from contacts.person import countries


class UploadForm(forms.Form):
    file = forms.FileField(error_messages={"required": "Choose a file.", "empty": detection.EMPTY})
    default_country = forms.ChoiceField(
        required=False, label="Country of national numbers", help_text="Numbers with a country code do not need it."
    )

    def __init__(self, *args: object, workspace: Workspace, **options: object) -> None:
        options.setdefault("initial", {"default_country": workspace.default_country})
        super().__init__(*args, **options)  # type: ignore[arg-type]
        choices = sorted(countries().items(), key=lambda pair: pair[1])
        self.fields["default_country"].choices = [("", "The workspace's"), *choices]  # type: ignore[attr-defined]

    @property
    def max_bytes(self) -> int:
        return detection.MAX_BYTES
