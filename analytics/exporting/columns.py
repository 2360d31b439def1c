"""What a column of an export is, and a table of them as one SELECT."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from analytics.exporting.dialect import Dialect
from contacts.importing.exported import variable_key

Sql = Callable[[Any], str]  # given a dialect


class Kind(Enum):
    """TEXT what people wrote, guarded in cells · WORD our own words, numbers of phones, times · WHOLE a whole number ·
    MONEY an amount with four places · TRUTH yes or no · DATA JSON, a text in cells"""

    TEXT = "text"
    WORD = "word"
    WHOLE = "whole"
    MONEY = "money"
    TRUTH = "truth"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Column:
    """`sql` names rows of the table's FROM; `raw`: what stands in a JSON file where that is not the cell's text.
    `variable`: it is named by whoever brought it, perhaps as one of our own columns."""

    name: str
    sql: Sql
    kind: Kind = Kind.TEXT
    raw: Sql | None = None
    variable: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.WHOLE, Kind.MONEY)

    def cell(self, d: Dialect, at: str, *, guard: bool) -> str:
        """As a cell: text, or a whole number. `at` names the column of the inner SELECT."""
        if self.kind is Kind.TRUTH:
            return f"CASE WHEN {at} IS NULL THEN NULL WHEN {at} THEN 'yes' ELSE 'no' END"
        return d.guard(at) if guard and self.kind in (Kind.TEXT, Kind.DATA) else at

    def json(self, d: Any, at: str) -> str:
        """As JSON text, never NULL."""
        if self.kind is Kind.DATA or self.raw is not None:
            return f"coalesce({at}, 'null')"
        if self.kind is Kind.WHOLE:
            return str(d.number(at))
        if self.kind is Kind.TRUTH:
            return f"CASE WHEN {at} IS NULL THEN 'null' WHEN {at} THEN 'true' ELSE 'false' END"
        return str(d.quoted(at))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns over `source`: a FROM clause that has the relation `piece` (id, and mark where people are judged).
    `beside` adds further relations to WITH."""

    columns: Sequence[Column]
    source: Sql
    beside: Sql = lambda d: ""

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def keys(self) -> list[str]:
        """The names in a JSON object, each once."""
        ours = {column.name for column in self.columns if not column.variable}
        return fresh([variable_key(c.name, ours) if c.variable else c.name for c in self.columns])

    def cells(self, d: Any, piece: str, *, guard: bool = True) -> str:
        """The piece's rows, a cell a column, in the piece's order."""
        outer = ", ".join(column.cell(d, f"r.c{at}", guard=guard) for at, column in enumerate(self.columns))
        return self._over(d, piece, [column.sql(d) for column in self.columns], outer)

    def lines(self, d: Any, piece: str, border: str) -> str:
        """As `cells`, on SQLite: each row one text, with the border between its cells, NULL an empty one."""
        before = [border if at else "" for at in range(len(self.columns))]
        outer = d.line(before, [column.cell(d, f"r.c{at}", guard=True) for at, column in enumerate(self.columns)])
        return self._over(d, piece, [column.sql(d) for column in self.columns], outer)

    def objects(self, d: Any, piece: str) -> str:
        """The piece's rows, each one JSON object with a comma in front."""
        before = [f"{',' if at else ',{'}{json.dumps(name)}:" for at, name in enumerate(self.keys)]
        outer = d.line(before, [column.json(d, f"r.c{at}") for at, column in enumerate(self.columns)], "}")
        return self._over(d, piece, [(column.raw or column.sql)(d) for column in self.columns], outer)

    def _over(self, d: Any, piece: str, inner: Sequence[str], outer: str) -> str:
        """The inner SELECT is a fence (LIMIT): what it finds is found once, however often the outer one names it."""
        values = ", ".join(f"{sql} AS c{at}" for at, sql in enumerate(inner))
        rows = f"SELECT {values} {self.source(d)} ORDER BY piece.id LIMIT {d.bind(2**31)}"
        return f"WITH piece AS MATERIALIZED ({piece}){self.beside(d)} SELECT {outer} FROM ({rows}) r"


def fresh(names: Sequence[str]) -> list[str]:
    """The names with a number behind each that came before: a, b, a → a, b, a_2."""
    taken: dict[str, None] = {}
    for name in names:
        count, one = 2, name
        while one in taken:
            one, count = f"{name}_{count}", count + 1
        taken[one] = None
    return list(taken)
