"""Cells that a spreadsheet would run as a formula: made harmless on the way out, given back on the way in."""

import re

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# A phone number begins with + too, and must not get an apostrophe.
PLAIN_NUMBER = re.compile(r"\+\d+")


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would take it for a formula."""
    if cell.startswith(DANGEROUS) and not PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """What `guarded` was given. Any other cell stays as it is."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell
