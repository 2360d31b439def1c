"""The rows of a file, whatever kind it is."""

from collections.abc import Iterator
from typing import BinaryIO

from contacts.importing import detection, excel, objects, reader
from contacts.importing.detection import Format
from contacts.importing.reader import Row
from contacts.models import FileKind


def detect(file: BinaryIO, asked: dict[str, str] | None = None) -> Format:
    """As `detection.detect`, with the sheet of an Excel file."""
    fmt = detection.detect(file, asked)
    return fmt._replace(sheet=excel.find_sheet(file, fmt.sheet)) if fmt.kind == FileKind.EXCEL else fmt


def rows(file: BinaryIO, fmt: Format, columns: list[str] | None = None) -> Iterator[Row]:
    """Every row that is not blank, the header first. `columns`: the header, where it is known. Raises BadFile."""
    if fmt.kind == FileKind.EXCEL:
        return excel.rows(file, fmt)
    if fmt.kind == FileKind.JSON:
        return objects.rows(file, fmt, columns)
    return reader.rows(file, fmt)


def note(file: BinaryIO, fmt: Format) -> str:
    """What to know of a file that holds more than was read, or ""."""
    if fmt.kind != FileKind.EXCEL or len(names := excel.sheets(file)) < 2:
        return ""
    return f"The file has {len(names)} sheets. Only “{fmt.sheet}” is read."[:300]
