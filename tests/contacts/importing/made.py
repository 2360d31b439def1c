"""Excel files and archives for tests, made as they are needed."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence

import openpyxl


def excel(*sheets: Iterable[Sequence[object]], names: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"Sheet{number + 1}")
        for row in rows:
            sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return _with_shared_texts(made.getvalue())


def _with_shared_texts(archive: bytes) -> bytes:
    """As Excel itself writes texts: once, in a part of their own."""
    texts: list[bytes] = []

    def share(found: re.Match[bytes]) -> bytes:
        texts.append(found[1])
        return b't="s"><v>%d</v></c>' % (len(texts) - 1)

    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        parts = {name: read.read(name) for name in read.namelist() if name.startswith("xl/worksheets/sheet")}
    for name, content in parts.items():
        archive = changed(archive, name, re.sub(rb't="inlineStr"><is>(<t.*?</t>)</is></c>', share, content, flags=re.S))
    items = b"".join(b"<si>%s</si>" % text for text in texts)
    namespace = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return changed(archive, "xl/sharedStrings.xml", b"<sst %s>%s</sst>" % (namespace, items))


def changed(archive: bytes, part: str, content: bytes) -> bytes:
    """The archive with one part replaced, or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return made.getvalue()


def part_of(archive: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        return read.read(part)
