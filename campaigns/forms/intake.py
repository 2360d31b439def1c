"""The intake's page: a test that adds nobody, and what each place of a delivery becomes."""

from collections.abc import Mapping
from typing import Any

from django import forms

from campaigns import intake_payload
from campaigns.intake_mapping import FIELDS, VARIABLE, BadMapping, check
from campaigns.intake_payload import MAX_PLACES, BadPayload, places
from contacts.importing.mapping import VARIABLE_NAME_LENGTH

AS_VARIABLE = "variable"
BECOMES = [
    ("", "Not used"),
    ("Contact", [(name, name.replace("_", " ").capitalize()) for name in FIELDS]),
    (AS_VARIABLE, "A variable"),
]
SAMPLE = '{\n  "phone_number": "+12125550123",\n  "name": "Ada Lovelace",\n  "plan": "team"\n}'


class TestForm(forms.Form):
    payload = forms.CharField(
        label="What would be sent",
        widget=forms.Textarea(attrs={"rows": 7, "spellcheck": "false"}),
        max_length=intake_payload.MAX_BYTES,
        error_messages={"required": "Write a JSON object with the fields of a person."},
    )

    def clean_payload(self) -> Any:
        try:
            return intake_payload.read_json(self.cleaned_data["payload"].encode())
        except BadPayload as problem:
            raise forms.ValidationError(str(problem)) from None


class MappingForm(forms.Form):
    """One select, and one name for a variable, for every place of a delivery and every place that is mapped already.
    What comes back is read by the places that were shown: other deliveries may have come meanwhile."""

    def __init__(self, data: Any = None, *, payload: Any, mapping: Mapping[str, str]) -> None:
        super().__init__(data)
        one = payload[0] if isinstance(payload, list) and payload else payload
        held = dict(places(one)) if isinstance(one, dict) else {}
        self.paths = _shown(data or {}) or list(dict.fromkeys([*held, *mapping.values()]))
        self.held = held
        of = {path: name for name, path in mapping.items()}
        for index, path in enumerate(self.paths):
            name = of.get(path, "")
            is_variable = name.startswith(VARIABLE)
            self.fields[f"becomes_{index}"] = forms.ChoiceField(
                choices=BECOMES, required=False, initial=AS_VARIABLE if is_variable else name, label=path
            )
            self.fields[f"name_{index}"] = forms.CharField(
                required=False,
                max_length=VARIABLE_NAME_LENGTH,
                initial=name.removeprefix(VARIABLE) if is_variable else path.split(".")[-1],
                label=f"Name of the variable from {path}",
            )
            # The place that the select stands for.
            self.fields[f"path_{index}"] = forms.CharField(initial=path, widget=forms.HiddenInput)
        for name, bound in self.fields.items():
            kind = "form-select" if name.startswith("becomes_") else "form-control"
            bound.widget.attrs["class"] = f"{kind} {kind}-sm"

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "path": path,
                "value": self.held.get(path),
                "is_here": path in self.held,
                "becomes": self[f"becomes_{index}"],
                "name": self[f"name_{index}"],
                "hidden": self[f"path_{index}"],
            }
            for index, path in enumerate(self.paths)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        mapping: dict[str, str] = {}
        for index in range(len(self.paths)):
            becomes, path = cleaned.get(f"becomes_{index}", ""), cleaned.get(f"path_{index}", "")
            name = f"{VARIABLE}{cleaned.get(f'name_{index}', '').strip()}" if becomes == AS_VARIABLE else becomes
            if name and name in mapping:
                words = name.removeprefix(VARIABLE).replace("_", " ")
                self.add_error(f"becomes_{index}", f"{words} is filled from {mapping[name]} already.")
            elif name:
                mapping[name] = path
        if not self.errors:
            try:
                cleaned["mapping"] = check(mapping)
                if not mapping:
                    raise BadMapping("Choose what holds the phone number.")
            except BadMapping as problem:
                self.add_error(None, str(problem))
        return cleaned


def _shown(data: Mapping[str, Any]) -> list[str]:
    """The places of the page that is sent back, in their order."""
    found: list[str] = []
    while (name := f"path_{len(found)}") in data and len(found) < 2 * MAX_PLACES:
        found.append(str(data[name]))
    return found
