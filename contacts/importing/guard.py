"""Cells that a spreadsheet would run as a formula: made harmless on the way out, given back on the way in; and what a
sheet of Excel can hold of a text.

`unguarded(guarded(cell)) == cell`, whatever the cell. `analytics.exporting.dialect` says the same in SQL.
"""

import re

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# A phone number begins with + too, and must not get an apostrophe.
PLAIN_NUMBER = re.compile(r"\+[0-9]+")
CELL_LENGTH = 32_767  # of Excel
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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


def sheet_text(cell: str) -> str:
    """What Excel can hold of a text: a sign that no XML may carry is shown as unknown, too long a text is cut."""
    text = cell if cell.isprintable() else NO_XML.sub("\ufffd", cell)
    return text if len(text) <= CELL_LENGTH else f"{text[: CELL_LENGTH - 1]}…"


def through_a_sheet(text: str) -> str:
    """The text as an import reads it from an Excel file of ours."""
    return unguarded(sheet_text(guarded(text)).strip())
