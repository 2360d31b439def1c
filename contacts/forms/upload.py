"""A contact file and the country of its national numbers; and how it is read, column by column, by hand."""

from typing import Any

from django import forms

from accounts.models import Workspace
from contacts.importing import detection, excel
from contacts.importing.exported import variable_names
from contacts.importing.mapping import PHONE, VARIABLE_NAME_LENGTH
from contacts.models import FileKind, Purpose, Upload
from contacts.person import countries

ACCEPT = ".csv,.txt,.tsv,.xlsx,.json,text/csv,application/json"
HINT = "CSV, Excel or JSON with a phone_number column, up to 100 MB or 500 000 rows."
VARIABLE = "variable"
FIELD_WORDS = {
    PHONE: "Phone number",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "email": "E-mail",
    "country": "Country",
    "timezone": "Time zone",
    "tags": "Tags",
    "priority": "Priority",
    "external_id": "External id",
    "consent_note": "Consent note",
    "consent_source": "Consent source",
    "primary_phone_number": "Number of the primary",
}
SUPPRESSION_WORDS = {
    PHONE: "Phone number",
    "country": "Country",
    "reason": "Reason",
    "source": "Source",
    "note": "Note",
    "at": "Listed since",
}
ENCODINGS = [("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab")]
# Another choice here means another header: the columns are found anew.
READ_ANEW = ("encoding", "delimiter", "sheet")


class UploadForm(forms.Form):
    file = forms.FileField(error_messages={"required": "Choose a file.", "empty": detection.EMPTY})
    default_country = forms.ChoiceField(
        required=False, label="Country of national numbers", help_text="Numbers with a country code do not need it."
    )
    accept, hint = ACCEPT, HINT

    def __init__(self, *args: object, workspace: Workspace, **options: object) -> None:
        options.setdefault("initial", {"default_country": workspace.default_country})
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["default_country"].choices = _countries("The workspace's")  # type: ignore[attr-defined]

    @property
    def max_bytes(self) -> int:
        return detection.MAX_BYTES


def _countries(nothing: str) -> list[tuple[str, str]]:
    return [("", nothing), *sorted(countries().items(), key=lambda pair: pair[1])]


def _sheets(upload: Upload) -> list[str]:
    """The sheets to choose from; the one that was read stays where the file is no longer on disk."""
    try:
        with upload.file.open("rb") as file:
            return excel.sheets(file.file)
    except (OSError, ValueError):
        return [upload.sheet]


class ColumnsForm(forms.Form):
    """How a file that waits is to be read: what each column fills, its encoding, delimiter or sheet, and the country.

    Its controls name their form by id, so that they may stand inside another form's fields.
    """

    default_country = forms.ChoiceField(label="Country of national numbers")

    def __init__(self, *args: Any, upload: Upload, **options: Any) -> None:
        self.upload = upload
        self.id = f"columns-{upload.pk}"
        options = {"initial": self._initial(), "auto_id": f"{self.id}-%s", **options}
        super().__init__(*args, **options)
        self.fields["default_country"].choices = _countries("–")[1:]  # type: ignore[attr-defined]
        if upload.kind == FileKind.CSV:
            self.fields["encoding"] = forms.ChoiceField(choices=ENCODINGS)
            self.fields["delimiter"] = forms.ChoiceField(choices=DELIMITERS)
        elif upload.kind == FileKind.EXCEL:
            self.fields["sheet"] = forms.ChoiceField(choices=[(name, name) for name in _sheets(upload)], required=False)
        self.how = [self[name] for name in self.fields]
        self.words = SUPPRESSION_WORDS if upload.purpose == Purpose.SUPPRESSION else FIELD_WORDS
        for position, name in enumerate(upload.columns):
            label = name.strip() or f"Column {position + 1}"
            select = forms.ChoiceField(label=label, choices=self._choices(label), required=False)
            select.widget.attrs["class"] = "form-select"
            self.fields[f"column-{position}"] = select
        for field in self.fields.values():
            field.widget.attrs["form"] = self.id

    def _initial(self) -> dict[str, str]:
        upload = self.upload
        encoding = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
        found = {
            "default_country": upload.default_country,
            "encoding": encoding.get(upload.encoding, upload.encoding),
            "delimiter": upload.delimiter,
            "sheet": upload.sheet,
        }
        for name, position in upload.mapping.get("fields", {}).items():
            found[f"column-{position}"] = name
        for position in upload.mapping.get("variables", {}).values():
            found[f"column-{position}"] = VARIABLE
        return found

    def _choices(self, label: str) -> list[Any]:
        fields = ("Field of the contact", list(self.words.items()))
        if self.upload.purpose == Purpose.SUPPRESSION:
            return [("", "Not used"), ("Field of the list", list(self.words.items()))]
        return [("", "Not used"), (VARIABLE, f"Variable “{label[:40]}”"), fields]

    @property
    def columns(self) -> list[forms.BoundField]:
        """The select of each column, in the file's order."""
        return [self[f"column-{position}"] for position in range(len(self.upload.columns))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        taken: dict[str, str] = {}
        for position, column in enumerate(self.upload.columns):
            word = cleaned.get(f"column-{position}", "")
            if word in self.words and word in taken:
                self.add_error(
                    f"column-{position}",
                    f"“{taken[word]}” is the {self.words[word].lower()} already. Choose one of the two.",
                )
            taken.setdefault(word, column.strip() or f"Column {position + 1}")
        if PHONE not in taken and not self._another_header(cleaned):
            self.add_error(None, "Choose the column that holds the phone number.")
        return cleaned

    def _another_header(self, cleaned: dict[str, Any]) -> bool:
        return any(name in self.fields and cleaned.get(name) != self.initial.get(name) for name in READ_ANEW)

    @property
    def asked(self) -> dict[str, object]:
        """What `staging.choose` takes: earlier choices that still hold, and those of this form."""
        given = self.cleaned_data
        kept = {name: value for name, value in self.upload.asked.items() if name != "mapping"}
        changed = {name for name in (*READ_ANEW, "default_country") if name in self.fields}
        kept |= {name: given[name] for name in changed if given[name] != self.initial.get(name)}
        return kept if self._another_header(given) else {**kept, "mapping": self._mapping()}

    def _mapping(self) -> dict[str, dict[str, int]]:
        words = {position: self.cleaned_data[f"column-{position}"] for position in range(len(self.upload.columns))}
        fields = {word: position for position, word in words.items() if word in self.words}
        return {
            "fields": fields,
            "variables": self._variables([at for at, word in words.items() if word == VARIABLE]),
        }

    def _variables(self, positions: list[int]) -> dict[str, int]:
        """Variables under their columns' names; a name that occurs again gets a figure."""
        taken: dict[str, int] = {}
        for position in positions:
            name = self.upload.columns[position].strip()[:VARIABLE_NAME_LENGTH] or f"column_{position + 1}"
            fresh, count = name, 2
            while fresh in taken:
                fresh, count = f"{name}_{count}", count + 1
            taken[fresh] = position
        return variable_names(taken, self.upload.columns) if self.upload.kind == FileKind.JSON else taken
