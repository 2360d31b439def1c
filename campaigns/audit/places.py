"""Where a phone number may be: country, state and zones, from the number alone or as the scenario gives them."""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from phonenumbers import geocoder, parse, region_code_for_number
from phonenumbers.timezone import time_zones_for_number

Given = Mapping[str, Any]
STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN",
    "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV",
    "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX",
    "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington": "WA", "Washington D.C.": "DC",
    "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip


@lru_cache(maxsize=65536)
def country_of_number(number: str) -> str:
    code = region_code_for_number(parse(number))
    return "" if code in (None, "001") else str(code)


def country_of(given: Given, key: str = "phone_number") -> str:
    """The country that is given, else the number's; empty for numbers of no country."""
    return str(given.get("country") or country_of_number(given[key]))


def region_of(given: Given) -> str:
    """The US state that is given, else the number's."""
    if given.get("region") is not None:
        return str(given["region"])
    if country_of(given) != "US":
        return ""
    told = geocoder.description_for_number(parse(given["phone_number"]), "en")
    last = told.rsplit(", ", 1)[-1]
    return last if len(last) == 2 else STATES.get(last, "")


def zones_of(given: Given) -> tuple[str, ...]:
    """Every zone the person may live in; () when not even the country is known. Those of a country that is not the
    number's come on top."""
    if given.get("zones") is not None:
        return tuple(given["zones"])
    if given.get("timezone"):
        return (given["timezone"],)
    number = given["phone_number"]
    found = {z for z in _zones_of_area(number) if z != "Etc/Unknown"}
    if not found or country_of(given) != country_of_number(number):
        found |= set(zones_of_country(country_of(given)))
    return tuple(sorted(found))


def _zones_of_area(number: str) -> tuple[str, ...]:
    """Of a +1 number those of every exchange of its area code: not all that span zones are told apart by exchange."""
    if not number.startswith("+1") or country_of_number(number) not in ("US", "CA"):
        return time_zones_for_number(parse(number))
    return _zones_of_code(number[2:5])


@cache
def _zones_of_code(code: str) -> tuple[str, ...]:
    exchanges = (parse(f"+1{code}{exchange}0123") for exchange in range(200, 1000))
    return tuple({zone for exchange in exchanges for zone in time_zones_for_number(exchange)})


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    if not country:
        return ()
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return tuple(sorted(row[2] for row in rows if row[0] == country))
