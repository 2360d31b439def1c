"""Exports made in a test and read back as people and programs read them."""

import csv
import io
import json
from itertools import zip_longest
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from analytics.exporting import job
from analytics.models import Export
from contacts.importing import load, staging
from contacts.models import Upload


def exported(workspace, kind, fmt="csv", campaign=None, **filters) -> Export:
    """A finished export; filters as in an address."""
    asked = {name: value if isinstance(value, list) else [value] for name, value in filters.items()}
    export = job.ask(workspace, kind, fmt, campaign=campaign, filters=asked, actor=None, now=timezone.now())
    assert export.status == "done", export.problem
    return export


def loaded(workspace, data: bytes, name: str) -> Upload:
    """An upload of this file for the workspace, done."""
    upload = staging.receive(workspace, SimpleUploadedFile(name, data), user=None, now=timezone.now())
    staging.stage(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "staged", (upload.status, upload.problem)
    load.begin(upload, timezone.now())
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "loaded", (upload.status, upload.problem)
    return upload


def content(export: Export) -> bytes:
    with export.file.open("rb") as file:
        return file.read()


def grid(export: Export) -> list[list[str]]:
    """Header and rows as texts, of any format but JSON."""
    if export.format == "xlsx":
        sheets = load_workbook(io.BytesIO(content(export)), read_only=True).worksheets
        return [
            ["" if cell is None else str(cell) for cell in row] for s in sheets for row in s.iter_rows(values_only=True)
        ]
    text = content(export).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if export.format == "csv_semicolon" else ","))


def rows(export: Export) -> list[dict[str, Any]]:
    if export.format == "json":
        return json.loads(content(export))
    head, *found = grid(export)
    return [dict(zip_longest(head, row, fillvalue="")) for row in found]  # a sheet ends with its last filled cell
