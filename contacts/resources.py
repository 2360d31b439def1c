"""Contacts, suppressions, files and rejected rows as files of the back office.

A small file comes in as an upload does: the same reading (`contacts.importing`: header, encoding, numbers, duplicates,
refusals) and the same writing, so that it gives the same people. Large ones go through the pages of Contacts.
"""

import io
import json
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from import_export import fields
from import_export.formats.base_formats import CSV, JSON, XLSX
from import_export.results import RowResult
from tablib import Dataset  # type: ignore[import-untyped]

from accounts import audit
from accounts.resources import PriorityWord, Tags, WorkspaceResource
from contacts import families, suppression
from contacts.importing import barring, formats, ready, taking
from contacts.importing.detection import BadFile, Format
from contacts.importing.guard import guarded
from contacts.importing.mapping import OTHER_NAMES, PRIMARY, SUPPRESSION_NAMES, propose
from contacts.importing.merging import Row
from contacts.importing.reader import Row as FileRow
from contacts.importing.tally import Tally
from contacts.importing.writing import write_rows
from contacts.models import Contact, Purpose, RejectedRow, Suppression, Upload, ZoneSource

# All of them in one transaction, in a request: SQLite lets nobody else write meanwhile.
MOST_ROWS = 2_000
TOO_MANY = "The file has more than 2,000 rows. Upload it on the Files page of Contacts, which takes 500,000."
TOO_MANY_NUMBERS = (
    "The file has more than 2,000 rows. Import it on the page of the suppression list, which takes 500,000."
)
NOT_TIED = "The primary it names is no contact of yours, or a secondary itself."
WORDS = {"added": RowResult.IMPORT_TYPE_NEW, "updated": RowResult.IMPORT_TYPE_UPDATE}
HEADERS = ["Line", "Phone number", "Name", "What becomes of it"]


class AsUploaded:
    """Reads a file as an upload is read, whatever kind was chosen: encoding, delimiter and sheet are found."""

    too_many = TOO_MANY

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes) -> Dataset:
        """One column of rows as `contacts.importing` gives them, the header first. Raises BadFile."""
        file, dataset = io.BytesIO(in_stream), Dataset(headers=["row"])
        dataset.format = formats.detect(file)
        for row in formats.rows(file, dataset.format):
            if len(dataset) > MOST_ROWS:
                raise BadFile(self.too_many)
            if not len(dataset) and not row.problem:
                propose(row.cells)  # the columns can be chosen by hand on the page, not here
            dataset.append((row,))
        return dataset


class CsvFile(AsUploaded, CSV):
    pass


class ExcelFile(AsUploaded, XLSX):
    pass


class JsonFile(AsUploaded, JSON):
    pass


class ByNumber(WorkspaceResource):
    """Rows are known by their phone number. All are taken at once, before import-export asks for one after another."""

    purpose: str = Purpose.CONTACTS

    def before_import(self, dataset: Dataset, **options: Any) -> None:
        assert self.workspace is not None
        wrapped = dataset.headers == ["row"]
        given = [row for (row,) in dataset] if wrapped else rows_of(dataset)
        rows = ready_rows(self.workspace, self.purpose, given, getattr(dataset, "format", Format()))
        self.results = iter(self.take(rows))
        if wrapped:
            del dataset[0]  # the header: from here on one row each

    def take(self, rows: list[ready.Ready]) -> list[RowResult]:
        raise NotImplementedError

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """The header was read."""

    def get_diff_headers(self) -> list[str]:
        return HEADERS

    def import_row(self, row: Any, instance_loader: Any, **options: Any) -> RowResult:
        return next(self.results)


def rows_of(dataset: Dataset) -> list[FileRow]:
    """Those of any other dataset, the header first."""
    cells = [dataset.headers, *dataset]
    return [FileRow(line, ["" if cell is None else str(cell) for cell in row]) for line, row in enumerate(cells, 1)]


def ready_rows(workspace: Any, purpose: str, given: list[FileRow], fmt: Format) -> list[ready.Ready]:
    """As staging would write them. Raises BadFile."""
    upload = Upload(workspace=workspace, purpose=purpose, default_country=workspace.default_country)
    to, rows = io.BytesIO(), iter(given)
    tally = Tally(upload, fmt, to)
    tally.begin(rows)
    for row in rows:
        tally.take(row)
    tally.result()
    return [row for row, _ in ready.rows(to)]


def told(row: ready.Ready, word: str, sentence: str = "", number: str = "", name: str = "") -> RowResult:
    """What import-export shows of a row. Who stays as they are, or is left out, is skipped."""
    result = RowResult()
    result.import_type = WORDS.get(word, RowResult.IMPORT_TYPE_SKIP)
    result.diff = [str(row[ready.LINE]), number, name, f"{word}. {sentence}".strip().capitalize()]
    return result


def refused(row: ready.Ready) -> RowResult:
    result = told(row, row[ready.KIND], row[ready.REASON])
    result.diff[1] = ", ".join(row[ready.REJECTED_CELLS])[:200]
    return result


class ContactResource(ByNumber):
    priority = fields.Field(attribute="priority", column_name="priority", widget=PriorityWord())
    tags = fields.Field(attribute="tags", column_name="tags", widget=Tags())
    primary = fields.Field(attribute="primary__phone_number", column_name=PRIMARY, readonly=True)

    class Meta:
        model = Contact
        fields = [*(name for name in OTHER_NAMES if name != PRIMARY), "primary", "variables"]
        export_order = fields
        report_skipped = True

    def take(self, rows: list[ready.Ready]) -> list[RowResult]:
        assert self.workspace is not None
        now, pk = timezone.now(), self.workspace.pk
        barred = suppression.listed(pk, [row[ready.PHONE] for row in rows if ready.is_person(row)])
        people = [row for row in rows if ready.is_person(row) and row[ready.PHONE] not in barred]
        made = write_rows(pk, [Row._make(row[: ready.PRIMARY]) for row in people], None, now)
        words = {row[ready.LINE]: one.word for row, one in zip(people, made, strict=True)}
        untied = self.tie([row for row in people if row[ready.PRIMARY]], now)
        results = [self.result(row, words, untied) for row in rows]
        counts: dict[str, object] = {word: list(words.values()).count(word) for word in ("added", "updated")}
        audit.record(pk, "contact.import", self.workspace, actor=self.actor, detail=counts, at=now)
        return results

    def result(self, row: ready.Ready, words: dict[int, str], untied: set[int]) -> RowResult:
        if not ready.is_person(row):
            return refused(row)
        number, given = row[ready.PHONE], row[ready.GIVEN]
        name = str(given.get("name") or f"{given.get('first_name', '')} {given.get('last_name', '')}".strip())
        word = words.get(row[ready.LINE], "suppressed")
        sentence = NOT_TIED if row[ready.LINE] in untied else ""
        return told(row, word, taking.SUPPRESSED if word == "suppressed" else sentence, number, name)

    def tie(self, rows: list[ready.Ready], now: Any) -> set[int]:
        """Secondaries to their primaries; the lines of those who could not be."""
        assert self.workspace is not None
        numbers = {row[place] for row in rows for place in (ready.PHONE, ready.PRIMARY)}
        known = Contact.objects.filter(workspace=self.workspace, phone_number__in=numbers)
        ids = dict(known.values_list("phone_number", "pk"))
        asked = [row for row in rows if row[ready.PRIMARY] in ids]
        said = families.refusals(self.workspace.pk, [(row[ready.PHONE], ids[row[ready.PRIMARY]]) for row in asked])
        fits = [row for row, refusal in zip(asked, said, strict=True) if not refusal]
        families.tie_all({ids[row[ready.PHONE]]: ids[row[ready.PRIMARY]] for row in fits}, now)
        return {row[ready.LINE] for row in rows} - {row[ready.LINE] for row in fits}

    def filter_export(self, queryset: QuerySet[Contact], **options: Any) -> QuerySet[Contact]:
        return queryset.select_related("primary")

    def after_export(self, queryset: QuerySet[Contact], dataset: Dataset, **options: Any) -> None:
        """Every variable in a column of its own, as an import reads them."""
        if "variables" not in dataset.headers:
            return
        each = [json.loads(cell or "{}") for cell in dataset["variables"]]
        del dataset["variables"]
        for name in sorted({name for variables in each for name in variables}):
            dataset.append_col([_cell(variables.get(name)) for variables in each], header=guarded(name))

    def dehydrate_timezone(self, contact: Contact) -> str:
        """What the number says by itself is not said again: it would come back as given."""
        return contact.timezone if contact.zone_source == ZoneSource.GIVEN else ""

    def dehydrate_variables(self, contact: Contact) -> str:
        return json.dumps(contact.variables, ensure_ascii=False)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return guarded(text)


class NumbersCsvFile(CsvFile):
    too_many = TOO_MANY_NUMBERS


class NumbersExcelFile(ExcelFile):
    too_many = TOO_MANY_NUMBERS


class NumbersJsonFile(JsonFile):
    too_many = TOO_MANY_NUMBERS


class SuppressionResource(ByNumber):
    purpose = Purpose.SUPPRESSION

    class Meta:
        model = Suppression
        fields = [name for name in SUPPRESSION_NAMES if name != "country"]
        export_order = fields
        report_skipped = True

    def take(self, rows: list[ready.Ready]) -> list[RowResult]:
        """A listed number keeps its first entry."""
        assert self.workspace is not None
        upload, now = Upload(workspace=self.workspace, created_by=self.actor, file_name="Back office"), timezone.now()
        people = [row for row in rows if ready.is_person(row)]
        entries = [barring.entry_of(upload, row[ready.PHONE], row[ready.GIVEN], now) for row in people]
        fresh = suppression.put_safely(self.workspace.pk, entries)
        audit.record(
            self.workspace.pk, "suppression.import", self.workspace, actor=self.actor, detail={"added": len(fresh)}
        )
        return [self.result(row, fresh) for row in rows]

    def result(self, row: ready.Ready, fresh: set[str]) -> RowResult:
        if not ready.is_person(row):
            return refused(row)
        number = row[ready.PHONE]
        return told(row, "added" if number in fresh else "unchanged", number=number)

    def dehydrate_at(self, entry: Suppression) -> str:
        return entry.at.isoformat()


class UploadResource(WorkspaceResource):
    """One line a file: what was read, and what became of its rows."""

    workspace_name = fields.Field(attribute="workspace__name", column_name="workspace", readonly=True)

    class Meta:
        model = Upload
        fields = ["id", "workspace_name", "file_name", "purpose", "kind", "size", "status", "problem", "created_at"]
        fields += ["finished_at", "rows", "rows_done", "added", "updated", "unchanged", "duplicate", "suppressed"]
        fields += ["invalid", "elsewhere"]
        export_order = fields


class RejectedRowResource(WorkspaceResource):
    file_name = fields.Field(attribute="upload__file_name", column_name="file", readonly=True)
    cells = fields.Field(column_name="cells", readonly=True)

    class Meta:
        model = RejectedRow
        fields = ["file_name", "line", "kind", "reason", "cells"]
        export_order = fields

    def get_queryset(self) -> QuerySet[RejectedRow]:
        return RejectedRow.objects.none()  # the page gives the rows of its workspaces

    def dehydrate_cells(self, row: RejectedRow) -> str:
        return json.dumps(row.cells, ensure_ascii=False)
