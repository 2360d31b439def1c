"""Cells that a spreadsheet would run as a formula: made harmless on the way out, given back on the way in.

`unguarded(guarded(cell)) == cell`, whatever the cell. `analytics.exporting.dialect` says the same in SQL.
"""

import re

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# A phone number begins with + too, and must not get an apostrophe.
PLAIN_NUMBER = re.compile(r"\+[0-9]+")


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would take it for a formula.

    One that has apostrophes before a formula already gets one more, so that taking one off gives it back.
    """
    if cell.lstrip("'").startswith(DANGEROUS) and not PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """What `guarded` was given. Any other cell stays as it is."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(DANGEROUS) else cell
