"""What becomes of somebody who is there when a file or a request names them again. Pure, over plain values."""

import json
from typing import Any, NamedTuple

from contacts.hours import Place
from contacts.importing.guard import through_a_sheet
from contacts.models import ZoneSource
from contacts.people import PLAIN
from contacts.person import full_name, packed

Columns = dict[str, Any]  # attribute of Contact → value; `variables` may be JSON text, as it was read


class Row(NamedTuple):
    """Somebody as a file or a request gives them, in the order of a ready row's members; line 0: from no file."""

    line: int
    phone_number: str
    country: str
    region: str
    zones: str  # of contacts.person.Person.place, separated by blanks
    zone_source: str
    given: Columns
    variables: Columns

    @property
    def where(self) -> tuple[str, str, str]:
        return self[2:5]

    @property
    def place(self) -> Place:
        return Place(self.country, self.region, tuple(self.zones.split()))


def merged(kept: Columns, row: Row) -> tuple[Columns, Place | None]:
    """The columns that this row changes, with their new values, and the new place if it may have moved them.

    Only what the row gives is changed: tags are added, variables are replaced by name.
    """
    given = row.given
    new = {name: value for name, value in given.items() if name in PLAIN and not _cut(row, value, kept[name])}
    before = f"{kept['first_name']} {kept['last_name']}".strip()
    parts = {"first_name": kept["first_name"], "last_name": kept["last_name"], **new}
    new["name"] = full_name(str(new.get("name", kept["name"])), before, parts)
    if "tags" in given:
        there = [tag for tag in kept["tags"].split("|") if tag]
        cut = {through_a_sheet(tag) for tag in there} if row.line else set()
        new["tags"] = packed(list(dict.fromkeys([*there, *(tag for tag in given["tags"] if tag not in cut)])))
    if row.variables:
        kept["variables"] = variables_of(kept)
        new["variables"] = together(kept["variables"], row.variables, written=row.line > 0)
    place = None
    if "country" in given or "timezone" in given:
        place, zone = _moved(kept, row)
        new["country"] = place.country
        new["timezone"] = place.zones[0] if len(place.zones) == 1 else ""
        new["zone_source"] = ZoneSource.GIVEN.value if zone else row.zone_source
    return {name: value for name, value in new.items() if kept[name] != value}, place


def together(kept: Columns, new: Columns, *, written: bool) -> Columns:
    """Variables as they stand after these came in, replaced by name. In a file (`written`) every value is a text: one
    that says what is there already leaves it as it is, so that a number given by a program stays a number."""
    if not written:
        return {**kept, **new}
    return {**kept, **{name: text for name, text in new.items() if name not in kept or not _says(text, kept[name])}}


def _says(text: str, value: Any) -> bool:
    """Whether a cell is how files write this value; blanks around it do not count, nor what Excel cannot hold."""
    if isinstance(value, str):
        return value.strip() == text or through_a_sheet(value) == text
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text in (through_a_sheet(spelled) for spelled in _spelled(value))
    return isinstance(said, bool) == isinstance(value, bool) and bool(said == value)


def _spelled(value: Any) -> tuple[str, str]:
    """The value as exports of PostgreSQL and of SQLite write it."""
    return json.dumps(value, ensure_ascii=False), json.dumps(value, separators=(",", ":"))


def _cut(row: Row, text: Any, value: Any) -> bool:
    """Whether a file says of a field what Excel can hold of it: that is no reason to lose the rest."""
    return row.line > 0 and text != value and isinstance(value, str) and through_a_sheet(value) == text


def variables_of(kept: Columns) -> Columns:
    said = kept["variables"]
    return json.loads(said) if isinstance(said, str) else said


def _moved(kept: Columns, row: Row) -> tuple[Place, str]:
    """Where the person may be called from now on, as `contacts.person.place_of` would tell it of their number, and the
    zone that was given, now or earlier."""
    before = kept["timezone"] if kept["zone_source"] == ZoneSource.GIVEN else ""
    zone = str(row.given.get("timezone", "")) or before
    if "country" not in row.given and kept["country"] not in ("", row.country):
        # The row's country is the number's; a country of their own, given earlier, stays.
        return Place(kept["country"], "", (zone,)), zone
    place = row.place
    return (place._replace(zones=(zone,)) if zone else place), zone
