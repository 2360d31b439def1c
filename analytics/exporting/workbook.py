"""Rows of sheets packed to an Excel workbook, without ever holding it in memory."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

CHUNK = 1024 * 1024  # bytes
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# The names stay in sight while the rows scroll.
_OPEN = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>\n"
)
_CLOSE = "</sheetData></worksheet>"


def pack(rows: Path, sheets: Sequence[int], workbook: Path, beat: Callable[[], None]) -> None:
    """Write the workbook of these rows; `sheets`: where in `rows` each sheet begins. Calls `beat` every megabyte."""
    ends = [*sheets[1:], rows.stat().st_size]
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=5) as archive:
        for name, text in _frame(len(sheets)).items():
            archive.writestr(name, text)
        with rows.open("rb") as source:
            for number, (start, end) in enumerate(zip(sheets, ends, strict=True), 1):
                with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                    sheet.write(_OPEN.encode())
                    _pour(source, start, end, sheet, beat)
                    sheet.write(_CLOSE.encode())


def _pour(source: IO[bytes], start: int, end: int, sheet: IO[bytes], beat: Callable[[], None]) -> None:
    source.seek(start)
    while start < end:
        data = source.read(min(CHUNK, end - start))
        if not data:
            raise OSError("The rows end before they should.")
        sheet.write(data)
        start += len(data)
        beat()


def _frame(sheets: int) -> dict[str, str]:
    """All parts of the package but the sheets themselves."""
    numbers = range(1, sheets + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    named = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    tied = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{tied}</Relationships>',
    }
