"""Files of the back office that have the columns of an export: one map for both."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from import_export import fields

from accounts.resources import WorkspaceResource
from analytics.exporting.columns import Column, Kind, Table
from analytics.exporting.dialect import dialect
from analytics.exporting.rows import NOBODY
from analytics.exporting.whynot import Judged
from analytics.exporting.writing import fetched
from contacts.importing.guard import guarded


class TableResource(WorkspaceResource):
    """The rows that the back office shows, so many at a time, with the cells of `analytics.exporting`.

    known_by  SQL of the row's id in the table
    """

    PIECE = 500
    known_by: ClassVar[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields = {n: fields.Field(column_name=n, readonly=True) for n in self.table([])[0].names}
        self.found: dict[int, dict[str, Any]] = {}

    def table(self, rows: list[Any]) -> tuple[Table, Judged]:
        """The columns, and what bars each of these rows' people."""
        raise NotImplementedError

    def iter_queryset(self, queryset: QuerySet[Any]) -> Iterator[Model]:
        rows = queryset.iterator(chunk_size=self.PIECE)
        while piece := list(islice(rows, self.PIECE)):
            self.found = self._cells(piece)
            yield from (row for row in piece if row.pk in self.found)

    def _cells(self, piece: list[Any]) -> dict[int, dict[str, Any]]:
        table, judged = self.table(piece)
        key = Column("", lambda d: self.known_by, Kind.WHOLE)
        d = dialect()
        relation = d.ids(sorted(row.pk for row in piece), judged.marks if judged is not NOBODY else None)
        sql = Table([key, *table.columns], table.source, table.beside).cells(d, relation, guard=False)
        rows = (row for batch in fetched(sql, d.bound) for row in batch)
        return {pk: dict(zip(table.names, cells, strict=True)) for pk, *cells in rows}

    def export_field(self, field: Any, instance: Any, **options: Any) -> Any:
        cell = self.found[instance.pk][field.column_name]
        return guarded(cell) if isinstance(cell, str) else cell
