"""The cells of single rows, read from the file itself: of people who were suppressed after it was staged."""

from collections.abc import Collection

from contacts.importing import formats
from contacts.importing.detection import format_of
from contacts.models import Upload


def cells(upload: Upload, lines: Collection[int]) -> dict[int, list[str]]:
    """Line → cells. Raises FileNotFoundError where the file is gone."""
    wanted, found = set(lines), {}
    with upload.file.open("rb") as file:
        for row in formats.rows(file.file, format_of(upload), upload.columns):
            if row.line in wanted:
                found[row.line] = row.cells
                if len(found) == len(wanted):
                    break
    return {line: found.get(line, []) for line in wanted}
