"""The rows that were not taken, as a CSV that can be mended and uploaded again as it is."""

import csv
from collections.abc import Iterator

from contacts.importing.guard import guarded
from contacts.importing.mapping import IGNORED, REJECTED_LINE, REJECTED_REASON, plain
from contacts.models import Upload

ROWS_AT_ONCE = 2_000
UTF8_MARK = "\ufeff"  # without it, Excel takes the file for Windows-1252


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(upload: Upload) -> Iterator[str]:
    """Header and rows: line and reason, then the file's own columns; cells made harmless for spreadsheets.

    Cells beyond the header stay beyond it, so that a row whose comma nobody quoted is not taken as if it were mended.
    """
    writer = csv.writer(_Echo())
    width = len(upload.columns)
    # Of rows that were rejected a second time, the first line and reason say nothing any more.
    own = [place for place, name in enumerate(upload.columns) if plain(name) not in IGNORED]
    names = [guarded(upload.columns[place]) for place in own]
    yield UTF8_MARK + writer.writerow([REJECTED_LINE, REJECTED_REASON, *names])
    rows = upload.rejected_rows.order_by("line").values_list("line", "cells", "reason")
    for line, cells, reason in rows.iterator(chunk_size=ROWS_AT_ONCE):
        whole = _padded(cells, width)
        kept = [*(whole[place] for place in own), *whole[width:]]
        yield writer.writerow([line, reason, *map(guarded, kept)])


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def file_name(upload: Upload) -> str:
    """What the download is called: “spring list-rejected.csv”."""
    return f"{upload.file_name.rsplit('.', 1)[0] or 'contacts'}-rejected.csv"
