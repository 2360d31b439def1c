"""Rows as people's files have them: some good, most of them odd, and every kind of refusal among them."""

import csv
import io
import random

COLUMNS = ["Mobile", "First Name", "last_name", "Company", "E-Mail", "country", "time_zone", "tags", "priority"]
COLUMNS += ["external_id", "consent_note", "primary_phone_number", "due amount", "Plan", "name "]
NUMBERS = [
    *(
        "2125551%03d",
        "(212) 555-2%03d",
        "+1 212.555.3%03d",
        "0044 20 7946 0%03d",
        "+49 30 2312 5%03d",
        "1-212-555-4%03d",
    ),
    *("'+12125556%03d", "\u200e+1212555\u00a07%03d", "\uff0b12125558%03d", "+1 212 555 9%03d ext. 12"),
]
BAD_NUMBERS = ["", "12", "call me", "+999123456789", "9.19e11", "=1+1", "+1 000 555 1234", "2125550%03d"]
NAMES = [
    "Ada",
    " Zoë  ",
    "=cmd()",
    "'=cmd()",
    "O'Neil",
    "名前",
    "-",
    "x" * 101,
    "a\nb",
    "",
    "\t",
    "@home",
    "\u202eevil",
]
OTHERS = {
    "Company": ["Acme, Inc.", "", "+49", "'quoted'", "y" * 201],
    "E-Mail": ["ada@example.test", "not an address", "", "z" * 255],
    "country": ["US", "gb", "Germany", "Mars", "", "uk"],
    "time_zone": ["America/New_York", "europe/berlin", "Mars/Base", "", "UTC"],
    "tags": ["vip;b2b", "vip, vip", "a|b", "", ";;", "t" * 61],
    "priority": ["high", "LOW", "urgent", "", "1"],
    "external_id": ["C-1", "007", "", "'-7", "1" * 121],
    "consent_note": ["said yes", "", "=now()"],
    "due amount": ["860.00", "-5", "=1+1", "", "1e9"],
    "Plan": ["team", "", "'=x", '{"a": 1}'],
    "name ": ["", "", "Dr. Ada L.", "n" * 201],
}


def rows(count: int = 300, seed: int = 4) -> list[list[str]]:
    """Cells under COLUMNS; the same ones for the same seed. Some rows are too short or too long."""
    chance = random.Random(seed)
    made: list[list[str]] = []
    numbers: list[str] = []
    for n in range(count):
        pattern = chance.choice(BAD_NUMBERS if chance.random() < 0.12 else NUMBERS)
        number = pattern % n if "%" in pattern else pattern
        if numbers and chance.random() < 0.08:
            number = chance.choice(numbers)
        numbers.append(number)
        row = [number, chance.choice(NAMES), chance.choice(NAMES[:5])]
        row += [_mostly_good(chance, OTHERS[name]) for name in COLUMNS[3:11]]
        row.append(chance.choice(numbers) if chance.random() < 0.15 else "")
        row += [_mostly_good(chance, OTHERS[name]) for name in COLUMNS[12:]]
        if chance.random() < 0.05:
            row = row[: chance.randrange(1, len(row))]
        elif chance.random() < 0.05:
            row.append(chance.choice(["", "one too many"]))
        made.append(row)
    return made


def _mostly_good(chance: random.Random, values: list[str]) -> str:
    return values[0] if chance.random() < 0.6 else chance.choice(values)


def as_csv(made: list[list[str]], columns: list[str] = COLUMNS) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *made])
    return text.getvalue()
