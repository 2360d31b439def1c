"""Phone numbers: from what people write to E.164, with the country, the state and the zones it may lie in. Pure."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import timezone as number_zones

from accounts import numbering
from accounts.area_codes import STATE_BY_AREA_CODE, ZONES_BY_AREA_CODE

LONGEST_TEXT = 60
SHORTEST_AMOUNT = 7  # digits; in a shorter text the point stands between two groups
UNKNOWN_ZONE = "Etc/Unknown"
NONE: tuple[str, ...] = ()
NORTH_AMERICA = "1"  # calling code
# A number that went through a spreadsheet or another program as an amount: 9.19847E+11, 2125551000.0.
AMOUNT = re.compile(r"(\+?[0-9]+)(?:[.,]([0-9]*))?(?:[eE]\+?([0-9]{1,2}))?")
SHORTENED = "“{text}” was shortened by a spreadsheet: its last digits are lost. Format the column as text there."
SEPARATORS = {ord(separator): None for separator in " ().-"}

# Files bring numbers of many countries: the patterns of all of them are more than Python keeps compiled by itself.
phonenumbers.enable_pattern_cache()


class NotAPhoneNumber(ValueError):
    """The text is not a number that can be called. Its message is a sentence for people."""

    @property
    def sentence(self) -> str:
        return str(self)


class Phone(NamedTuple):
    """`country`: ISO code, "" for numbers of no country (+800 …). `region`: US state, else "". `zones`: sorted IANA
    names the number may lie in; where the number itself does not tell, all of its country; () without a country.
    `extension`: what was written after the number, and is not dialed."""

    e164: str
    country: str
    region: str
    zones: tuple[str, ...]
    extension: str = ""


def read(text: str, default_country: str) -> Phone:
    """Read a number as people write it. Raises NotAPhoneNumber.

    Spaces, dashes, brackets, dots, a leading + or 00, and marks that nobody sees are fine; a national number is read
    as one of `default_country`.
    """
    text = (text if text.isascii() else visible(text)).strip().lstrip("'")
    if not text:
        raise NotAPhoneNumber("The phone number is empty.")
    if "e" in text or "E" in text or text.endswith(".0"):
        text = _whole(text)
    return _read_plain(text, default_country) or _read_any(text, default_country)


def _whole(text: str) -> str:
    """All digits of a number that is written as an amount; any other text as it is. Raises NotAPhoneNumber where digits
    are lost: with those that are left it might be somebody else's."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return text
    whole, part, power = found[1], found[2] or "", int(found[3] or 0)
    if found[3] is None and len(whole) < SHORTEST_AMOUNT:
        return text
    if len(part) < power or part[power:].strip("0"):
        raise NotAPhoneNumber(SHORTENED.format(text=text[:40]))
    return whole + part[:power]


def visible(text: str) -> str:
    """The text without the marks that come along when numbers are copied from other programs: directions, joiners."""
    if text.isascii():
        return text
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _read_plain(text: str, default_country: str) -> Phone | None:
    """A usual number that is valid; None for whatever needs the library."""
    abroad = text[0] == "+"
    digits = text[1:] if abroad else text
    if not digits.isdigit():
        digits = digits.translate(SEPARATORS)
        if not digits.isdigit():
            return None
    if len(text) > LONGEST_TEXT or not digits.isascii():
        return None
    if abroad:
        found = numbering.international(digits)
    elif text.startswith("00"):
        # 00 is no exit code in every country, but no national number that can be called begins with it.
        found = numbering.international(digits[2:])
    else:
        found = numbering.national(digits, default_country.upper())
    return _phone("+" + found[0], found[1], found[2]) if found is not None else None


def _read_any(text: str, default_country: str) -> Phone:
    """Any text, as the library reads it."""
    parsed = _parse(text, default_country.upper())
    country = phonenumbers.region_code_for_number(parsed) if parsed is not None else None
    # Both together are is_valid_number, which would look for the country a second time.
    if parsed is None or not country or not phonenumbers.is_valid_number_for_region(parsed, country):
        raise NotAPhoneNumber(_why_not(text, parsed))
    e164 = f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"
    zones = tuple(number_zones.time_zones_for_number(parsed))
    return _phone(e164, "" if country == "001" else country, zones, parsed.extension or "")


def _phone(e164: str, country: str, zones: tuple[str, ...], extension: str = "") -> Phone:
    region = STATE_BY_AREA_CODE.get(e164[2:5], "") if country == "US" else ""
    if e164[1] == NORTH_AMERICA:
        zones += ZONES_BY_AREA_CODE.get(e164[2:5], NONE)
    return Phone(e164, country, region, _zones(zones, country), extension)


def _parse(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    if len(text) > LONGEST_TEXT:
        return None
    try:
        if text.startswith("00"):
            abroad = phonenumbers.parse("+" + text[2:], None)
            if phonenumbers.is_valid_number(abroad):
                return abroad
        return phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None


def _why_not(text: str, parsed: phonenumbers.PhoneNumber | None) -> str:
    shown = f"“{text if len(text) <= 40 else text[:39] + '…'}”"
    if parsed is None:
        return f"{shown} is not a phone number."
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        return f"{shown} is too short for a phone number."
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return f"{shown} is too long for a phone number."
    return f"{shown} is not a phone number that is in use in any country."


@lru_cache(maxsize=4096)
def _zones(names: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Every zone the number may lie in, in its present spelling; without any, all zones of its country.

    Zones of other countries that share the prefix stay: who is called must be within hours wherever they may be.
    """
    known = {_present_name(name) for name in names if name != UNKNOWN_ZONE} & available_timezones()
    return tuple(sorted(known)) or zones_of(country)


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    rows = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    pairs = [row.split("\t")[:3:2] for row in rows if row and not row.startswith("#")]
    return {code: tuple(sorted(zone for c, zone in pairs if c == code)) for code in {code for code, _ in pairs}}


def zones_of(country: str) -> tuple[str, ...]:
    """All zones of a country (ISO code), sorted; () for none or an unknown one."""
    return _by_country().get(country, ())


@cache
def _links() -> dict[str, str]:
    rows = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8").splitlines()
    return {old: new for kind, new, old in (row.split() for row in rows if row.startswith("L ")) if kind}


@cache
def _present_name(name: str) -> str:
    """Asia/Calcutta is Asia/Kolkata today. A name that a country uses now stays as it is."""
    in_use = {zone for zones in _by_country().values() for zone in zones}
    return name if name in in_use else _links().get(name, name)
