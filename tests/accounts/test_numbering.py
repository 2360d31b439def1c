"""The fast reading of numbers says what the library says: for every country, however the number is written."""

import random

import phonenumbers
import pytest

from accounts import phone
from accounts.phone import NotAPhoneNumber, Phone

SEED = 20_261_121
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    (region, example)
    for region in REGIONS
    for kind in phonenumbers.PhoneNumberType.values()
    if (example := phonenumbers.example_number_for_type(region, kind))
]
ENDS = (" x12", " ext. 5", "#", "a", "\u200f", " / 2", ";ext=7")


def fast(text: str, country: str) -> Phone | str:
    return outcome(phone.read, text, country)


def slow(text: str, country: str) -> Phone | str:
    """What the library alone says; of an amount, which it knows nothing of, without what stands behind the point."""
    clean = phone.visible(text).strip().lstrip("'")
    if phone.AMOUNT.fullmatch(clean) and clean.endswith(".0") and len(clean) > phone.SHORTEST_AMOUNT + 1:
        clean = clean[:-2]
    return outcome(phone._read_any, clean, country) if clean else "The phone number is empty."


def outcome(read, text: str, country: str) -> Phone | str:
    try:
        return read(text, country)
    except NotAPhoneNumber as refusal:
        return refusal.sentence


def written(dice: random.Random) -> tuple[str, str]:
    """Somebody's way of writing a number, right or wrong, and the country it is read in."""
    region, example = dice.choice(EXAMPLES)
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    code, trunk = str(example.country_code), plan.national_prefix or dice.choice(["", "0"])
    digits = mutated(phonenumbers.national_significant_number(example), dice)
    text = dice.choice(
        [
            *[f"+{code}{digits}"] * 3,
            *[f"{dice.choice(['', trunk, trunk])}{digits}"] * 3,
            *(f"00{code}{digits}", f"011{code}{digits}", f"{code}{digits}", f"+{code}{trunk}{digits}"),
        ]
    )
    if dice.random() < 0.3:
        text = "".join(letter + (dice.choice(" -.()/") if dice.random() < 0.2 else "") for letter in text)
    if dice.random() < 0.03:
        text += dice.choice(ENDS)
    return text, region if dice.random() < 0.9 else dice.choice([*REGIONS, "", "XX", "us"])


def mutated(digits: str, dice: random.Random) -> str:
    """Half get another end, and mostly stay valid; of the rest, some have a digit wrong, missing or too many."""
    at, kind = dice.randrange(len(digits)), dice.random()
    any_digit = dice.choice("0123456789")
    if kind < 0.5:
        return digits[: at + 1] + "".join(dice.choices("0123456789", k=len(digits) - at - 1))
    if kind < 0.6:
        return digits[:at] + any_digit + digits[at + 1 :]
    if kind < 0.7:
        return digits[:at] + any_digit + digits[at:]
    return digits[:at] + digits[at + 1 :] if kind < 0.75 else digits


def differences(count: int) -> list[tuple[str, str, Phone | str, Phone | str]]:
    dice = random.Random(SEED)
    inputs = (written(dice) for _ in range(count))
    return [
        (text, country, said, true)
        for text, country in inputs
        if (said := fast(text, country)) != (true := slow(text, country))
    ]


def test_every_kind_of_number_of_every_country_is_read_as_the_library_reads_it() -> None:
    for region, example in EXAMPLES:
        national = phonenumbers.national_significant_number(example)
        for text in (f"+{example.country_code}{national}", national):
            assert fast(text, region) == slow(text, region), (text, region)


def test_nothing_is_read_differently_from_the_library() -> None:
    assert differences(3_000) == []


@pytest.mark.load
@pytest.mark.once
def test_nothing_among_a_million_numbers_is_read_differently_from_the_library() -> None:
    assert differences(1_000_000) == []


@pytest.mark.parametrize(
    "text",
    [
        "\u200b+1 212 555 1000",  # no width
        "+1\u00a0212\u00a0555\u00a01000",  # unbroken blanks
        "\u200f+1 212 555 1000\u200e",  # directions
        "\u202a+12125551000\u202c",
        "\ufeff+12125551000",
        "\u2068+1\u2069 212\u00ad555\u20601000",
        "+١٢١٢٥٥٥١٠٠٠",  # Arabic
        "+۱۲۱۲۵۵۵۱۰۰۰",  # Persian
        "+१२१२५५५१०००",  # Devanagari
        "＋１ ２１２ ５５５ １０００",  # full width
        "tel:+1-212-555-1000",
        "+1 (212) 555‑1000",  # an unbroken dash
    ],
)
def test_marks_that_nobody_sees_and_digits_of_other_scripts_are_no_obstacle(text: str) -> None:
    assert phone.read(text, "US").e164 == "+12125551000"


@pytest.mark.parametrize("text", ["+1 212 555 1000 x123", "(212) 555-1000 ext. 123", "+1 212 555 1000;ext=123"])
def test_an_extension_is_told_apart_from_the_number(text: str) -> None:
    read = phone.read(text, "US")
    assert (read.e164, read.extension) == ("+12125551000", "123")


def test_letters_of_a_dial_are_digits() -> None:
    assert phone.read("1-800-FLOWERS", "US").e164 == "+18003569377"
