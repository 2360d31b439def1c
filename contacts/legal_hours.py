"""The shipped table of safe hours, read without a database: when people of a country or US state may be called at all.

The table is a file beside this one. Public holidays are not in it: give a schedule an exception for each.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIPPED = Path(__file__).with_name("safe_hours.csv")
Week = Mapping[str, Sequence[Sequence[str]]]  # {"mon": [["08:00", "21:00"]], …}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it holds: of the shipped table, or a workspace's own in its place."""

    country: str  # empty: every country without a row
    region: str
    days: Week
    source: str
    as_of: date | None = None
    own: bool = False
    changed_by: str = ""


Table = Mapping[tuple[str, str], Row]


@lru_cache(maxsize=1)
def default_table() -> Table:
    """The rows that are shipped with the product."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = [
            Row(row["country"], row["region"], week(row["hours"]), row["source"], date.fromisoformat(row["as_of"]))
            for row in csv.DictReader(file)
        ]
    return {(row.country, row.region): row for row in rows}


def week(text: str) -> Week:
    """The hours of a week from “mon-fri 10:00-13:00 14:00-20:00; sat 09:00-13:00”; “daily” means all seven days."""
    found: dict[str, list[list[str]]] = {}
    for part in text.split(";"):
        days, *spans = part.split()
        first, _, last = ("mon-sun" if days == "daily" else days).partition("-")
        for day in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
            found[day] = [span.split("-") for span in spans]
    return found
