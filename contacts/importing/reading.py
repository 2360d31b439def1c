"""The person of a row: its cells read by the file's mapping, under the rules of `contacts.person`.

Made for half a million rows: what is the same for all of them is worked out once.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from accounts.phone import NotAPhoneNumber, Phone
from accounts.phone import read as read_phone
from contacts.importing import objects
from contacts.importing.guard import unguarded
from contacts.importing.mapping import PHONE, PRIMARY, Mapping
from contacts.person import LENGTHS, READERS, Unreadable, phone_of, place_of, source_of

# Unknown values of these are left out, and told: they are no reason to lose the person.
ONLY_WARNED = ("timezone", "priority")
EXTENSION = "The extension {extension} is not dialed: the number is taken without it."
NO_OBJECT = "The cell with further variables cannot be read, it may be cut: the row is taken without them."
# Of a file for the suppression list: longer texts than any cell has. They are cut when the number is listed, for a long
# note is no reason to call somebody.
OTHER_LENGTHS = dict.fromkeys(("reason", "source", "note", "at"), 1_000_000)


class Read(NamedTuple):
    """A row that can be loaded, as it stands in a ready file; `told`: kind of warning → sentence."""

    phone_number: str
    country: str
    region: str
    zones: str
    zone_source: str
    given: dict[str, Any]
    variables: dict[str, str]
    primary: str
    told: dict[str, str]


NOTHING: dict[str, str] = {}
BORDER = "\x1f"
LONGEST_ROW = 1 << 30


class RowReader:
    """Reads rows of one file. `width`: columns of its header; `guarded`: whether its cells may have a guard, which is
    taken off; `bars`: a list for suppression, where a country that cannot be read keeps no whole number off it; `rest`:
    the column that holds several variables (`exported.rest_at`)."""

    def __init__(
        self,
        mapping: Mapping,
        width: int,
        default_country: str,
        *,
        guarded: bool = True,
        bars: bool = False,
        rest: int = -1,
    ) -> None:
        fields = dict(mapping.fields)
        self.phone_at, self.primary_at = fields.pop(PHONE), fields.pop(PRIMARY, -1)
        self.texts = [(name, at) for name, at in fields.items() if _limit(name)]
        self.limits = {name: _limit(name) for name, _ in self.texts}
        self.least = min(self.limits.values(), default=LONGEST_ROW)
        self.others = [(name, at, READERS[name]) for name, at in fields.items() if not _limit(name)]
        self.variables = [(name, at) for name, at in mapping.variables.items() if at != rest]
        self.rest = rest if rest in mapping.variables.values() else -1
        self.width, self.default_country, self.guarded, self.bars = width, default_country, guarded, bars

    def read(self, cells: Sequence[str]) -> Read:
        """Raises Unreadable. An empty cell says nothing: no field, no variable; cells may lack at the end."""
        if len(cells) != self.width:
            cells = self._fitted(cells)
        cells = [cell.strip() for cell in cells]
        whole = BORDER.join(cells)
        if self.guarded and "'" in whole and (whole[0] == "'" or f"{BORDER}'" in whole):
            cells = [unguarded(cell) for cell in cells]
        given: dict[str, Any] = {name: text for name, at in self.texts if (text := cells[at])}
        errors = self._too_long(given) if len(whole) > self.least else NOTHING
        told = NOTHING
        for name, at, read in self.others:
            if text := cells[at]:
                try:
                    given[name] = read(text)
                except ValueError as error:
                    if name in ONLY_WARNED or (self.bars and name == "country" and cells[self.phone_at][:1] == "+"):
                        told = {**told, name: f"{error} The row is taken without it."}
                    else:
                        errors = {**errors, name: str(error)}
        phone = phone_of(cells[self.phone_at], given, self.default_country, errors)
        if phone.extension:
            told = {**told, "extension": EXTENSION.format(extension=phone.extension)}
        where = _where(phone[1:4], given.get("country", ""), given.get("timezone", ""))
        variables = {name: text for name, at in self.variables if (text := cells[at])}
        if self.rest >= 0 and cells[self.rest]:
            try:
                variables = {**objects.variables(cells[self.rest]), **variables}
            except ValueError:
                told = {**told, "variables": NO_OBJECT}
        return Read(
            phone[0],
            *where,
            given,
            variables,
            self._primary(cells, given.get("country", "")) if self.primary_at >= 0 else "",
            told,
        )

    def _too_long(self, given: dict[str, str]) -> dict[str, str]:
        return {
            name: f"The {name.replace('_', ' ')} is longer than {self.limits[name]} characters."
            for name, text in given.items()
            if len(text) > self.limits[name]
        }

    def _fitted(self, cells: Sequence[str]) -> Sequence[str]:
        if len(cells) < self.width:
            return [*cells, *[""] * (self.width - len(cells))]
        if any(cell.strip() for cell in cells[self.width :]):
            sentence = f"The row has {len(cells)} cells, the header {self.width}. Is a comma in a cell not quoted?"
            raise Unreadable({"": sentence})
        return cells

    def _primary(self, cells: Sequence[str], country: str) -> str:
        text = cells[self.primary_at]
        if not text:
            return ""
        try:
            return read_phone(text, country or self.default_country).e164
        except NotAPhoneNumber as error:
            raise Unreadable({PRIMARY: f"The primary's number: {error}"}) from None


def _limit(name: str) -> int:
    return LENGTHS.get(name) or OTHER_LENGTHS.get(name, 0)


@lru_cache(maxsize=4096)
def _where(known: tuple[str, str, tuple[str, ...]], country: str, timezone: str) -> tuple[str, str, str, str]:
    """Country, region, zones and their source, as a ready row has them."""
    phone = Phone("", *known)
    place = place_of(phone, country, timezone)
    return place.country, place.region, " ".join(place.zones), source_of(phone, country, timezone)
