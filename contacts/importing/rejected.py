"""The rows that were not taken, as a CSV that can be mended and uploaded again as it is."""

import csv
from collections.abc import Iterator

from contacts.importing.guard import guarded
from contacts.importing.mapping import REJECTED_LINE, REJECTED_REASON
from contacts.models import Upload

ROWS_AT_ONCE = 2_000
UTF8_MARK = "\ufeff"  # without it, Excel takes the file for Windows-1252


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(upload: Upload) -> Iterator[str]:
    """Header and rows in the file's own columns, followed by line and reason; cells made harmless for spreadsheets."""
    writer = csv.writer(_Echo())
    width = len(upload.columns)
    yield UTF8_MARK + writer.writerow([*map(guarded, upload.columns), REJECTED_LINE, REJECTED_REASON])
    rows = upload.rejected_rows.order_by("line").values_list("line", "cells", "reason")
    for line, cells, reason in rows.iterator(chunk_size=ROWS_AT_ONCE):
        # Cells beyond the header have no column of their own: they stay with the last one.
        kept = cells[:width] if len(cells) <= width else [*cells[: width - 1], ",".join(cells[width - 1 :])]
        yield writer.writerow([*(guarded(cell) for cell in _padded(kept, width)), line, reason])


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def file_name(upload: Upload) -> str:
    """What the download is called: “spring list-rejected.csv”."""
    return f"{upload.file_name.rsplit('.', 1)[0] or 'contacts'}-rejected.csv"
