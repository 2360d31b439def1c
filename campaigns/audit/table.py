"""Safe hours as rows of a table: read from a file, or carried by the scenario."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from campaigns.audit.times import DAYS

Week = Mapping[str, Sequence[Sequence[str]]]
Table = Mapping[tuple[str, str], Week]
ELSEWHERE: Week = {day: [["08:00", "21:00"]] for day in DAYS}  # countries without a row


def read_table(path: Path) -> dict[tuple[str, str], Week]:
    """The rows of a file with the columns country, region and hours ("mon-sat 08:00-20:00; sun 12:00-18:00")."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["country"], row["region"]): _week(row["hours"]) for row in csv.DictReader(file)}


def table_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Week]:
    """Rows as a scenario carries them: country, region, days."""
    return {(row.get("country", ""), row.get("region", "")): row.get("days", {}) for row in rows}


def week_for(table: Table, country: str, region: str) -> Week:
    """The state's row, else the country's, else that of every other country."""
    for key in ((country, region), (country, ""), ("", "")):
        if key in table:
            return table[key]
    return ELSEWHERE


def _week(text: str) -> Week:
    week: dict[str, list[list[str]]] = {}
    for part in text.split(";"):
        words = part.split()
        if not words or words[-1] in ("closed", "none"):
            continue
        spans = [span.split("-") for span in " ".join(words[1:]).replace(",", " ").split()]
        for day in _days(words[0]):
            week.setdefault(day, []).extend(spans)
    return week


def _days(text: str) -> list[str]:
    found: list[str] = []
    for piece in text.split(","):
        if piece == "daily":
            found += DAYS
        elif "-" in piece:
            first, last = piece.split("-")
            found += DAYS[DAYS.index(first) : DAYS.index(last) + 1]
        else:
            found.append(piece)
    return found
