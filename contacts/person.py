"""Reading a person from text: the one set of rules behind the form, the API, uploads and the admin's import. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

from accounts.phone import NotAPhoneNumber, Phone, zones_of
from accounts.phone import read as read_phone
from contacts.hours import Place
from contacts.models import ZoneSource

PRIORITIES = {"high": 0, "normal": 1, "medium": 1, "low": 2, "0": 0, "1": 1, "2": 2}
# Longest texts, as in contacts.models.Contact.
LENGTHS = {
    "name": 200,
    "first_name": 100,
    "last_name": 100,
    "company": 200,
    "email": 254,
    "external_id": 120,
    "consent_source": 200,
    "consent_note": 2_000,
}
TAG_LENGTH = 60
# Names people use beside those of ISO 3166.
OTHER_COUNTRY_NAMES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "uae": "AE",
    "korea": "KR",
    "south korea": "KR",
    "czechia": "CZ",
    "deutschland": "DE",
    "the netherlands": "NL",
}


class Unreadable(ValueError):
    """What was given is not a person we can call. `errors`: field → one sentence; `sentence`: all of them."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        self.sentence = " ".join(errors.values())
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class Person:
    """What a row, form or request says of somebody. `given` holds only the fields that were filled in, clean."""

    phone: Phone
    place: Place
    zone_source: str
    given: dict[str, object]
    variables: dict[str, object] = field(default_factory=dict)

    @property
    def phone_number(self) -> str:
        return self.phone.e164


def read_person(cells: Mapping[str, str], default_country: str, variables: dict[str, object] | None = None) -> Person:
    """Read contact fields by name (`phone_number`, `timezone` …; others are ignored). Raises Unreadable.

    The cell's own country reads a national number; without one, `default_country` does. Empty cells say nothing.
    """
    errors: dict[str, str] = {}
    given: dict[str, object] = {}
    for name, read in READERS.items():
        if not (text := cells.get(name, "").strip()):
            continue
        try:
            given[name] = read(text)
        except ValueError as error:
            errors[name] = str(error)
    phone = phone_of(cells.get("phone_number", ""), given, default_country, errors)
    country, zone = str(given.get("country", "")), str(given.get("timezone", ""))
    return Person(phone, place_of(phone, country, zone), source_of(phone, country, zone), given, variables or {})


def phone_of(text: str, given: Mapping[str, object], default_country: str, errors: dict[str, str]) -> Phone:
    """The number that goes with these fields. Raises Unreadable with it, and with the errors found before."""
    try:
        phone = read_phone(text, str(given.get("country") or default_country))
    except NotAPhoneNumber as error:
        raise Unreadable({"phone_number": str(error), **_in_order(errors)}) from None
    if errors:
        raise Unreadable(_in_order(errors))
    return phone


def _in_order(errors: dict[str, str]) -> dict[str, str]:
    return {name: errors[name] for name in READERS if name in errors}


def place_of(phone: Phone, country: str, timezone: str) -> Place:
    """Where somebody may be called: what was given goes before what the number says. Where a country was given that
    is not the number's, and no zone, they may be in either: all zones of both count, so nobody is called too early."""
    same = not country or country == phone.country
    zones = set(phone.zones) if same else {*phone.zones, *zones_of(country)}
    return Place(
        country or phone.country, phone.region if same else "", (timezone,) if timezone else tuple(sorted(zones))
    )


def source_of(phone: Phone, country: str, timezone: str) -> str:
    """How the zones of `place_of` are known."""
    if timezone:
        return ZoneSource.GIVEN.value
    same = not country or country == phone.country
    return ZoneSource.NUMBER.value if phone.zones and same else ZoneSource.UNKNOWN.value


@cache
def countries() -> dict[str, str]:
    """ISO code → English name, from the time zone data that comes with Python's `tzdata`."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


@cache
def _country_words() -> dict[str, str]:
    return {**{name.lower(): code for code, name in countries().items()}, **OTHER_COUNTRY_NAMES}


@lru_cache(maxsize=1024)
def read_country(text: str) -> str:
    """The ISO code of a country code or English name. Raises ValueError with a sentence."""
    code = text.strip().upper()
    if code in countries():
        return code
    found = _country_words().get(text.strip().lower())
    if not found:
        raise ValueError(f"“{_short(text)}” is not a country. Use a two-letter code such as US.")
    return found


@cache
def _zone_words() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@lru_cache(maxsize=1024)
def read_timezone(text: str) -> str:
    """The IANA name, in its own spelling. Raises ValueError with a sentence."""
    found = _zone_words().get(text.strip().lower().replace(" ", "_"))
    if not found:
        raise ValueError(f"“{_short(text)}” is not a known time zone. Use a name such as Europe/Berlin.")
    return found


def read_priority(text: str) -> int:
    """0 high, 1 normal, 2 low. Raises ValueError with a sentence."""
    found = PRIORITIES.get(text.strip().lower())
    if found is None:
        raise ValueError(f"“{_short(text)}” is not a priority. Use high, normal or low.")
    return found


def read_tags(text: str) -> list[str]:
    """Tags from one cell, separated by semicolon, comma or bar; each once, in the order given."""
    return list(_tags(text))


@lru_cache(maxsize=1024)
def _tags(text: str) -> tuple[str, ...]:
    tags = [" ".join(tag.split()) for tag in re.split(r"[;,|]", text)]
    long = [tag for tag in tags if len(tag) > TAG_LENGTH]
    if long:
        raise ValueError(f"The tag “{_short(long[0])}” is longer than {TAG_LENGTH} characters.")
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def packed(tags: list[str]) -> str:
    """Tags as a contact's column keeps them: “|vip|b2b|”."""
    return f"|{'|'.join(tags)}|" if tags else ""


def full_name(name: str, before: str, parts: Mapping[str, object]) -> str:
    """The name to list somebody under: `name`, unless it is empty or only repeats the first and last name `before`."""
    if name and name != before:
        return name
    return f"{parts.get('first_name', '')} {parts.get('last_name', '')}".strip()[: LENGTHS["name"]]


def _text(name: str) -> Callable[[str], str]:
    limit = LENGTHS[name]

    def read(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"The {name.replace('_', ' ')} is longer than {limit} characters.")
        return text

    return read


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


# An e-mail address is kept as it is written: nobody is left uncalled for its spelling.
READERS: dict[str, Callable[[str], object]] = {
    **{name: _text(name) for name in LENGTHS},
    "country": read_country,
    "timezone": read_timezone,
    "priority": read_priority,
    "tags": read_tags,
}
