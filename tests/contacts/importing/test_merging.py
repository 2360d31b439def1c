"""Known people meet a file again: the rules over plain values give what reading the number itself would give."""

from itertools import product

import pytest

from accounts.phone import read as read_phone
from contacts.importing.merging import Row, merged
from contacts.people import PLAIN
from contacts.person import place_of, read_person, source_of

NUMBERS = ["+12125551000", "+14155551000", "+442079460000", "+18005550100", "+80012345678"]
KEPT_PLACES = [("", "", "unknown"), ("US", "", "number"), ("GB", "", "number"), ("US", "America/Chicago", "given")]


def kept(number: str, **columns: object) -> dict[str, object]:
    empty = dict.fromkeys(PLAIN, "") | {"tags": "", "variables": "{}", "country": "", "timezone": "", "priority": 1}
    return {**empty, "phone_number": number, "zone_source": "unknown", **columns}


def row(number: str, **cells: str) -> Row:
    person = read_person({"phone_number": number, **cells}, "", {})
    where = (*person.place[:2], " ".join(person.place.zones), person.zone_source)
    return Row(2, number, *where, person.given, person.variables)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("there", KEPT_PLACES)
def test_a_place_is_what_the_number_with_everything_given_now_and_earlier_says(number, there) -> None:
    country, zone, source = there
    for given_country, given_zone in product(("", "US", "FR"), ("", "Europe/Paris")):
        cells = {name: text for name, text in (("country", given_country), ("timezone", given_zone)) if text}
        _, place = merged(kept(number, country=country, timezone=zone, zone_source=source), row(number, **cells))
        if not cells:
            assert place is None
            continue
        phone, earlier = read_phone(number, ""), zone if source == "given" else ""
        assert place == place_of(phone, given_country or country, given_zone or earlier), (there, cells)


@pytest.mark.parametrize("number", NUMBERS)
def test_how_a_zone_is_known_is_kept_with_it(number) -> None:
    new, _ = merged(kept(number, zone_source="other"), row(number, country="GB"))
    assert new["zone_source"] == source_of(read_phone(number, ""), "GB", "")
    new, _ = merged(kept(number, timezone="Asia/Tokyo", zone_source="given"), row(number, country="GB"))
    assert "zone_source" not in new and "timezone" not in new, "given earlier, so it stays"


def test_only_what_the_row_gives_changes() -> None:
    there = kept(
        "+12125551000", first_name="Ana", name="Ana", company="Acme", tags="|vip|", variables='{"plan": "pro"}'
    )
    says = row("+12125551000", company="Acme", tags="vip")._replace(variables={"plan": "pro"})
    assert merged(there, says) == ({}, None)
    says = row("+12125551000", last_name="Lee", tags="b2b;vip", priority="high")._replace(variables={"due": "5"})
    assert merged(there, says)[0] == {
        "last_name": "Lee",
        "priority": 0,
        "name": "Ana Lee",
        "tags": "|vip|b2b|",
        "variables": {"plan": "pro", "due": "5"},
    }
