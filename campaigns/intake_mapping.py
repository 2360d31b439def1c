"""Which place of a delivery fills what: by the mapping that people made, else by the names that files' columns have."""

from collections.abc import Mapping
from typing import Any

from campaigns.intake_payload import MAX_PLACES, at, places
from contacts.importing.detection import BadFile
from contacts.importing.mapping import OTHER_NAMES, PHONE, PRIMARY, named, propose
from contacts.person import Unreadable, read_priority, read_tags

FIELDS = tuple(OTHER_NAMES)
VARIABLE = "variable:"
WORDS = {0: "high", 1: "normal", 2: "low"}
PATH_LENGTH = 300


class BadMapping(ValueError):
    """The mapping cannot be used. Its text is one sentence for people."""


def check(mapping: Mapping[str, Any]) -> dict[str, str]:
    """The mapping as it is kept: field or “variable:NAME” → place. Raises BadMapping. {}: by names."""
    kept: dict[str, str] = {}
    variables: dict[str, str] = {}
    for name, path in mapping.items():
        if not isinstance(path, str) or not path.strip() or len(path) > PATH_LENGTH:
            raise BadMapping(f"“{name[:60]}” needs a place such as data.phone, of up to {PATH_LENGTH} characters.")
        variable = name.removeprefix(VARIABLE).strip() if name.startswith(VARIABLE) else ""
        if name not in FIELDS and not variable:
            raise BadMapping(f"“{name[:60]}” is no field of a contact, and no variable:NAME.")
        variables |= {name.removeprefix(VARIABLE): path} if variable else {}
        kept[f"{VARIABLE}{variable}" if variable else name] = path.strip()
    try:
        named(variables)
    except ValueError as problem:
        raise BadMapping(str(problem)) from None
    if kept and PHONE not in kept:
        raise BadMapping("Choose what holds the phone number.")
    if len(kept) > MAX_PLACES:
        raise BadMapping(f"Map at most {MAX_PLACES} fields.")
    return kept


def read(payload: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """One person as `contacts.intake` takes them, with `primary_phone_number` as text. Raises Unreadable."""
    chosen = mapping or by_names(payload)
    given: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    for name, path in chosen.items():
        value = at(payload, path)
        if name.startswith(VARIABLE):
            if not _empty(value):
                variables[name.removeprefix(VARIABLE)] = value
        elif not _empty(value):
            given[name] = _field(name, value)
    if variables:
        given["variables"] = variables
    return given


def by_names(payload: Mapping[str, Any]) -> dict[str, str]:
    """The mapping that the names ask for, as a file's header does. Raises Unreadable."""
    found = [path for path, _ in places(payload)]
    names = [_name(path) for path in found]
    try:
        proposed = propose(names)
    except BadFile:
        if not found:
            raise Unreadable({PHONE: "Nothing was sent. Send at least a phone number."}) from None
        shown = ", ".join(f"“{path[:40]}”" for path in found[:6])
        sentence = "No field holds the phone number, or several could. Map the fields of this intake."
        raise Unreadable({PHONE: f"{sentence} The fields are {shown}{', …' if len(found) > 6 else ''}."}) from None
    chosen = {name: found[position] for name, position in proposed.fields.items()}
    return chosen | {f"{VARIABLE}{name}": found[position] for name, position in proposed.variables.items()}


def _name(path: str) -> str:
    """The last word of a place; of a member of a list with the list's: “answers_0”."""
    words = path.split(".")
    return f"{words[-2]}_{words[-1]}" if len(words) > 1 and words[-1].isdecimal() else words[-1]


def _empty(value: Any) -> bool:
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def _field(name: str, value: Any) -> Any:
    try:
        if name == "tags":
            return read_tags("|".join(map(_text, value)) if isinstance(value, list) else _text(value))
        if name == "priority":
            return WORDS[read_priority(_text(value))]
        return _text(value[0] if isinstance(value, list) and len(value) == 1 else value).strip()
    except ValueError as problem:
        raise Unreadable({name: str(problem)}) from None


def _text(value: Any) -> str:
    """A plain value as people write it: 4.915E11 from a spreadsheet is 491500000000. Raises ValueError."""
    if isinstance(value, dict | list):
        raise ValueError("This is not a single value. Map the field to a place inside it.")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


__all__ = ["FIELDS", "PHONE", "PRIMARY", "VARIABLE", "BadMapping", "by_names", "check", "read"]
