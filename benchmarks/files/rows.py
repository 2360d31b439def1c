"""A large contact file: twelve columns, about 180 bytes a row, every number one that exists."""

import csv
import random
from pathlib import Path

COLUMNS = (
    *("phone_number", "first_name", "last_name", "company", "email", "country", "tags", "priority", "external_id"),
    *("due_amount", "plan", "note"),
)
# Prefix and length of what follows: New York, Los Angeles, Berlin, India, London.
NUMBERS = (("+1212", 7), ("+1310", 7), ("+4930", 8), ("+91984", 7), ("+44207", 7))
NOTE = "Asked for an offer by post, and to be called in the morning, not before nine"


def write(path: Path, rows: int, seed: int = 1) -> None:
    """The same file for the same seed."""
    dice = random.Random(seed)  # noqa: S311
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(rows):
            prefix, digits = NUMBERS[n % len(NUMBERS)]
            number = f"{prefix}{2 * 10 ** (digits - 1) + n // len(NUMBERS)}"
            tags = ";".join(dice.sample(["vip", "trial", "b2b", "renewal"], 2))
            name = (f"First{n}", f"Last{n}", f"Company {n % 900}", f"person{n}@example.com")
            due = f"{dice.randrange(100_000) / 100:.2f}"
            writer.writerow((number, *name, "", tags, "normal", f"C-{n}", due, "pro", f"{NOTE} ({n})"))
