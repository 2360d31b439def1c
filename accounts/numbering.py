"""Numbering plans, compiled once from the metadata of `phonenumbers`: what it says of a usual number, but faster.

Only what is beyond doubt is answered here. None means: ask the library itself, which also says why a number is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

SHORTEST = 2  # digits of a national number
NO_COUNTRY = "001"
# Types in the order in which the library asks for them; whoever is of one of these is at no place.
PLACELESS = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")


# A valid number: all its digits, its country, and its zones as the library names them. A plain tuple: half a million of
# them are made for a file.
Found = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Country:
    """How numbers of a country are written within it, and which are valid."""

    code: str  # calling code
    general: re.Pattern[str]
    valid: re.Pattern[str]  # its group says whether the number is "fixed", "mobile", or at no place
    leading: re.Pattern[str] | None  # of a country that shares its calling code
    exit: re.Pattern[str] | None
    trunk: re.Pattern[str] | None
    rewrites: bool  # a trunk prefix is not only cut off
    lengths: frozenset[int]  # of what is left, for which the trunk prefix is cut off
    longest: int


class Code:
    """A calling code with the countries that share it, the main one first."""

    def __init__(self, digits: str) -> None:
        names = COUNTRY_CODE_TO_REGION_CODE[int(digits)]
        self.digits = digits
        self.countries = [(name, found) for name in names if (found := country(name)) is not None]
        self.checks = [
            (name, found.leading.match if found.leading is not None else None, found.valid.match)
            for name, found in self.countries
        ]
        trunk = self.countries[0][1].trunk
        self.trunk = trunk.match if trunk is not None else None
        mobile_has_place = is_number_type_geographical(PhoneNumberType.MOBILE, int(digits))
        self.placed = {"fixed", "mobile"} if mobile_has_place else {"fixed"}
        self.zones = {key[len(digits) :]: zones for key, zones in TIMEZONE_DATA.items() if key.startswith(digits)}
        self.zone_lengths = sorted({len(key) for key in self.zones}, reverse=True)
        self.everywhere = _zones_of_code(digits)

    def read(self, national: str) -> Found | None:
        """A number after its calling code. None where a trunk prefix may have to go first."""
        if self.trunk is not None and (cut := self.trunk(national)) and (cut.end() or cut.lastindex):
            return None
        return self.of(national)

    def of(self, national: str) -> Found | None:
        for name, leads, valid in self.checks:
            if leads is None:
                kind = valid(national)
                if kind is None:
                    continue
            elif leads(national) is None:
                continue
            else:
                kind = valid(national)
                if kind is None:
                    return None
            if kind.lastgroup not in self.placed:
                return self.digits + national, name, self.everywhere
            zones = self.zones
            for length in self.zone_lengths:
                if (found := zones.get(national[:length])) is not None:
                    return self.digits + national, name, found
            return self.digits + national, name, ()
        return None


class _Codes(dict[str, Code | None]):
    def __missing__(self, digits: str) -> Code | None:
        names = COUNTRY_CODE_TO_REGION_CODE.get(int(digits)) if digits[:1] != "0" else None
        self[digits] = Code(digits) if names and names[0] != NO_COUNTRY else None
        return self[digits]


_codes = _Codes()


def international(digits: str) -> Found | None:
    """The number of a calling code and all that follows it, in ASCII digits."""
    if len(digits) <= SHORTEST:
        return None
    code = _codes[digits[0]] or _codes[digits[:2]] or _codes[digits[:3]]
    return code.read(digits[len(code.digits) :]) if code else None


def national(digits: str, at: str) -> Found | None:
    """The number as it is written within the country `at` (ISO, upper case)."""
    here = country(at)
    if here is None or len(digits) <= SHORTEST or (here.exit and here.exit.match(digits)):
        return None
    code = _codes[here.code]
    assert code is not None
    whole = here.general.fullmatch(digits)
    if digits.startswith(here.code) and (not whole or len(digits) > here.longest):
        # Perhaps the calling code without its plus.
        rest = digits[len(here.code) :]
        cut = here.trunk.match(rest) if here.trunk else None
        unclear = whole or cut or not here.general.fullmatch(rest)
        return None if unclear else code.read(rest)
    cut = here.trunk.match(digits) if here.trunk else None
    if cut is None:
        return code.of(digits)
    if here.rewrites and cut.groups()[-1:] != (None,):
        return None
    rest = digits[cut.end() :]
    stays = (whole and not here.general.fullmatch(rest)) or len(rest) not in here.lengths
    return code.of(digits if stays else rest)


@cache
def country(name: str) -> Country | None:
    """The numbering plan of a country, None for what is no country."""
    plan = PhoneMetadata.metadata_for_region(name, None)
    general = plan.general_desc if plan is not None else None
    if plan is None or general is None or not general.national_number_pattern:
        return None
    possible, local = general.possible_length, general.possible_length_local_only
    usable = {length for length in possible if length not in local} | set(range(max(possible) + 1, 100))
    return Country(
        code=str(plan.country_code),
        general=re.compile(general.national_number_pattern),
        valid=re.compile(_valid(plan)),
        leading=re.compile(plan.leading_digits) if plan.leading_digits is not None else None,
        exit=re.compile(plan.international_prefix) if plan.international_prefix else None,
        trunk=re.compile(plan.national_prefix_for_parsing) if plan.national_prefix_for_parsing else None,
        rewrites=bool(plan.national_prefix_transform_rule),
        lengths=frozenset(usable),
        longest=max(possible),
    )


def _valid(plan: PhoneMetadata) -> str:
    """One expression for all types of number; the first that matches counts, as in the library."""
    fixed = [] if not (text := _whole(plan.fixed_line)) else [f"(?P<fixed>{text})"]
    same = plan.same_mobile_and_fixed_line_pattern
    mobile = [] if same or not (text := _whole(plan.mobile)) else [f"(?P<mobile>{text})"]
    placeless = [text for name in PLACELESS if (text := _whole(getattr(plan, name)))]
    kinds = "|".join([*placeless, *fixed, *mobile]) or "(?!)"
    return f"(?={_whole(plan.general_desc)})(?:{kinds})"


def _whole(kind: PhoneNumberDesc | None) -> str:
    """An expression for all of a number of this type, "" when there is none."""
    if kind is None or not kind.national_number_pattern:
        return ""
    lengths = "|".join(f".{{{length}}}" for length in kind.possible_length if length > 0)
    if kind.possible_length and not lengths:
        return ""
    ahead = rf"(?=(?:{lengths})\Z)" if lengths else ""
    return rf"{ahead}(?:{kind.national_number_pattern})\Z"


def _zones_of_code(digits: str) -> tuple[str, ...]:
    """The zones of all of a calling code, found as the library finds them."""
    return next((TIMEZONE_DATA[key] for key in _shorter(digits) if key in TIMEZONE_DATA), ())


def _shorter(digits: str) -> Iterator[str]:
    for length in range(TIMEZONE_LONGEST_PREFIX, 0, -1):
        yield digits[: length + 1]
