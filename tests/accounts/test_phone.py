import pytest
from phonenumbers import geocoder, parse
from phonenumbers.tzdata import TIMEZONE_DATA

from accounts.area_codes import STATE_BY_AREA_CODE, ZONES_BY_AREA_CODE
from accounts.phone import NotAPhoneNumber, Phone, read


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("+12125551000", "DE", "+12125551000"),
        ("(310) 555-2003", "US", "+13105552003"),
        ("0044 20 7946 0004", "US", "+442079460004"),
        ("00 91 98474-10001", "IN", "+919847410001"),
        ("+49.30.23125002", "US", "+493023125002"),
        ("030 23125002", "DE", "+493023125002"),
        ("'+49 30 23125002", "US", "+493023125002"),
        ("１２１２５５５１０００", "US", "+12125551000"),
        ("2125551000.0", "US", "+12125551000"),
        ("3023125002.0", "DE", "+493023125002"),
        ("9.19847410001E+11", "IN", "+919847410001"),
        ("1.2125551000e10", "US", "+12125551000"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, country: str, e164: str) -> None:
    assert read(text, country).e164 == e164


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  ", "The phone number is empty."),
        ("not a number", "“not a number” is not a phone number."),
        ("+1555", "“+1555” is too short for a phone number."),
        ("+1 999 999 9999 9", "“+1 999 999 9999 9” is too long for a phone number."),
        ("+1 999 999 9999", "“+1 999 999 9999” is not a phone number that is in use in any country."),
        ("5" * 61, f"“{'5' * 39}…” is not a phone number."),
    ],
)
def test_what_cannot_be_called_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotAPhoneNumber) as refusal:
        read(text, "US")
    assert refusal.value.sentence == sentence


@pytest.mark.parametrize("text", ["9.19e11", "1.2125551e10", "2.125551E9", "2,12555E+09", "+9.19847E+11", "9.19e0"])
@pytest.mark.parametrize("country", ["US", "DE", "IN"])
def test_the_digits_that_a_spreadsheet_left_of_a_number_are_nobodys(text: str, country: str) -> None:
    with pytest.raises(NotAPhoneNumber) as refusal:
        read(text, country)
    assert refusal.value.sentence == (
        f"“{text}” was shortened by a spreadsheet: its last digits are lost. Format the column as text there."
    )


def test_country_state_and_zone_come_with_the_number() -> None:
    assert read("+12125551000", "US") == Phone("+12125551000", "US", "NY", ("America/New_York",))
    assert read("+919847410001", "US") == Phone("+919847410001", "IN", "", ("Asia/Kolkata",))


def test_a_number_that_does_not_tell_its_zone_may_lie_in_any_of_its_country() -> None:
    mobile = read("+61412345678", "US")
    assert {"Australia/Perth", "Australia/Sydney"} < set(mobile.zones)


def test_a_number_of_no_country_has_no_zone() -> None:
    assert read("+80012345678", "US") == Phone("+80012345678", "", "", ())


def test_every_area_code_has_the_state_that_the_library_knows() -> None:
    names = {code: geocoder.description_for_number(parse(f"+1{code}2340000"), "en") for code in STATE_BY_AREA_CODE}
    wrong = {
        code: name
        for code, name in names.items()
        if ", " in name and not name.endswith(f", {STATE_BY_AREA_CODE[code]}")
    }
    assert wrong == {}
    assert len(set(STATE_BY_AREA_CODE.values())) == 51


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+18504340000", ("America/Chicago", "America/New_York")),  # an exchange in Pensacola
        ("+18505550000", ("America/Chicago", "America/New_York")),  # one that the library puts into the greater part
        ("+14485550000", ("America/Chicago", "America/New_York")),  # the overlay
        ("+18122345678", ("America/Chicago", "America/New_York")),
        ("+19302345678", ("America/Chicago", "America/New_York")),
        ("+12195550000", ("America/Chicago", "America/New_York")),
        ("+12125551000", ("America/New_York",)),
    ],
)
def test_a_number_of_an_area_code_that_spans_zones_may_lie_in_each(number: str, zones: tuple[str, ...]) -> None:
    assert read(number, "US").zones == zones


def test_no_area_code_of_the_library_spans_more_zones_than_the_table_says() -> None:
    """What changes with another version of the library shows here."""
    told: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > 3 and prefix[1:4] in STATE_BY_AREA_CODE:
            told.setdefault(prefix[1:4], set()).update(zones)
    spanning = {code: zones for code, zones in told.items() if len(zones) > 1}
    assert {"850", "812", "605"} < set(spanning)
    missing = {code: zones - set(ZONES_BY_AREA_CODE.get(code, ())) for code, zones in spanning.items()}
    assert not any(missing.values()), missing
