"""SQL in two dialects: all that differs between PostgreSQL and SQLite, so that a column is written once.

Every method takes SQL and returns SQL. What people wrote never stands in it: `bind` makes a parameter of it.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

MOST_ARGUMENTS = 90  # SQLite's functions take no more than a hundred
DANGEROUS = "'=', '+', '-', '@', {tab}, {cr}"


class Dialect:
    """The phrases that both speak; `bound` holds the parameters of one statement.

    `stretches`: tables, by the names that `stretch` is given, of which the statement needs but a stretch of keys.
    """

    tab, cr = "chr(9)", "chr(13)"

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}
        self.stretches: dict[str, tuple[int, int]] = {}
        self._texts: dict[str, str] = {}

    def bind(self, value: object) -> str:
        """A placeholder for this value; the same one for the same text."""
        if isinstance(value, str) and value in self._texts:
            return self._texts[value]
        name = f"p{len(self.bound)}"
        self.bound[name] = value
        if isinstance(value, str):
            self._texts[value] = f"%({name})s"
        return f"%({name})s"

    def stretch(self, name: str, table: str, key: str) -> str:
        """The table, or as much of it as `stretches` allows under this name."""
        return table

    def word(self, sql: str, words: dict[int, str]) -> str:
        """Our own words for the numbers of a column."""
        cases = " ".join(f"WHEN {number} THEN '{word}'" for number, word in words.items())
        return f"CASE {sql} {cases} END"

    def guard(self, sql: str) -> str:
        """As `contacts.importing.guard.guarded`, and nothing for an empty text. Names `sql` several times: a column."""
        signs = DANGEROUS.format(tab=self.tab, cr=self.cr)
        first = f"substr(CASE WHEN substr({sql}, 1, 1) = '''' THEN ltrim({sql}, '''') ELSE {sql} END, 1, 1)"
        plain = self.plain_number(sql)
        # Most texts begin with a letter: all of the signs stand before A, so that one comparison settles it.
        settled = f"WHEN {self.by_bytes(sql)} >= 'A' THEN {sql}"
        marked = f"WHEN {first} IN ({signs}) AND NOT {plain} THEN '''' || {sql}"
        return f"CASE {settled} WHEN {sql} = '' THEN NULL {marked} ELSE {sql} END"

    def by_bytes(self, sql: str) -> str:
        """A text as it is compared byte by byte."""
        return sql

    def line(self, before: Sequence[str], values: Sequence[str], end: str = "") -> str:
        """One text: each value with the text that stands before it, then `end`. No value is NULL."""
        parts = [part for text, value in zip(before, values, strict=True) for part in (self.bind(text), value)]
        return _chain([*parts, self.bind(end)])

    def plain_number(self, sql: str) -> str:
        raise NotImplementedError


class Postgres(Dialect):
    def ids(self, ids: Sequence[int], marks: Sequence[int] | None = None) -> str:
        """A relation of `id` (and `mark`), in the order given."""
        rows = f"unnest({self.bind(list(ids))}::bigint[]"
        if marks is None:
            return f"SELECT u.id FROM {rows}) AS u(id)"
        return f"SELECT u.id, u.mark FROM {rows}, {self.bind(list(marks))}::int[]) AS u(id, mark)"

    def stretch(self, name: str, table: str, key: str) -> str:
        # Told nothing, the planner reads the list from its beginning for each piece. OFFSET is a fence: were the keys
        # compared beside the join, it would reckon with a few rows and go through the figures once for each.
        if name not in self.stretches:
            return table
        first, last = self.stretches[name]
        return f"(SELECT * FROM {table} WHERE {key} BETWEEN {int(first)} AND {int(last)} OFFSET 0)"

    def whys(self, rows: Sequence[tuple[int, str, str, str | None]]) -> str:
        """A relation of `mark`, `code`, `sentence`, `until`."""
        told = self.bind(json.dumps([list(row) for row in rows]))
        cells = "(a.told ->> 0)::int, a.told ->> 1, a.told ->> 2, a.told ->> 3"
        return f"SELECT {cells} FROM jsonb_array_elements({told}::jsonb) AS a(told)"

    def time(self, sql: str) -> str:
        return f"""to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""

    def uuid(self, sql: str) -> str:
        return f"{sql}::text"

    def money(self, sql: str) -> str:
        return f"round({sql}, 4)::text"

    def number(self, sql: str) -> str:
        """A number as JSON."""
        return f"coalesce(({sql})::text, 'null')"

    def tags(self, sql: str) -> str:
        return f"replace(btrim({sql}, '|'), '|', ', ')"

    def joined(self, sql: str) -> str:
        """All values of a group, in order, with commas between."""
        return f"string_agg({sql}, ', ' ORDER BY {sql})"

    def of_json(self, sql: str, key: str) -> str:
        """The value of a key as text; NULL where there is none."""
        return f"({sql} ->> {self.bind(key)})"

    def raw_of_json(self, sql: str, key: str) -> str:
        return f"({sql} -> {self.bind(key)})::text"

    def json_text(self, sql: str) -> str:
        """A whole JSON column as text."""
        return f"{sql}::text"

    def quoted(self, sql: str) -> str:
        """A text as a JSON string."""
        return f"coalesce(to_json({sql})::text, 'null')"

    def without(self, sql: str, keys: Sequence[str]) -> str:
        """A JSON object without these keys, none of them awkward, as text; NULL where nothing is left."""
        return f"nullif(({sql} - {self.bind(list(keys))}::text[])::text, '{{}}')"

    def keys(self, sql: str, known: Sequence[str]) -> tuple[str, list[Any]]:
        """A FROM item with the column `key`, one row a key of the JSON object, and its parameters; of the known keys
        there may be none: those that cost nothing to leave out."""
        return f"jsonb_object_keys({sql} - %s::text[]) AS found(key)", [list(known)]

    def by_bytes(self, sql: str) -> str:
        return f'{sql} COLLATE "C"'

    def plain_number(self, sql: str) -> str:
        return f"({sql} ~ '^\\+[0-9]+$')"


class SQLite(Dialect):
    tab, cr = "char(9)", "char(13)"

    def ids(self, ids: Sequence[int], marks: Sequence[int] | None = None) -> str:
        if marks is None:
            return f"SELECT value AS id FROM json_each({self.bind(json.dumps(list(ids)))})"
        # Both in one number: taken apart faster than a list in a list. The least mark is -1.
        most = max(marks, default=0) + 2
        both = self.bind(json.dumps([pk * most + mark + 1 for pk, mark in zip(ids, marks, strict=True)]))
        return f"SELECT value / {most} AS id, value %% {most} - 1 AS mark FROM json_each({both})"

    def whys(self, rows: Sequence[tuple[int, str, str, str | None]]) -> str:
        cells = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(4))
        return f"SELECT {cells} FROM json_each({self.bind(json.dumps([list(row) for row in rows]))})"

    def time(self, sql: str) -> str:
        # Times are kept as UTC text: cut, not rounded, as PostgreSQL does.
        return f"(replace(substr({sql}, 1, 19), ' ', 'T') || 'Z')"

    def uuid(self, sql: str) -> str:
        parts = [f"substr({sql}, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
        return "(" + " || '-' || ".join(parts) + ")"

    def money(self, sql: str) -> str:
        return f"CASE WHEN {sql} IS NULL THEN NULL ELSE printf('%%.4f', {sql}) END"

    def number(self, sql: str) -> str:
        return f"coalesce({sql}, 'null')"

    def tags(self, sql: str) -> str:
        return f"replace(trim({sql}, '|'), '|', ', ')"

    def joined(self, sql: str) -> str:
        return f"group_concat({sql}, ', ')"

    def of_json(self, sql: str, key: str) -> str:
        if is_awkward(key):
            value = "CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS text) END"
            return f"(SELECT {value} FROM json_each({sql}) WHERE key = {self.bind(key)})"
        path = self.bind(_path(key))
        raw = f"({sql} -> {path})"
        # A JSON true is 1 to SQLite, and a float loses its spelling: only texts are taken out of their quotes.
        return f"CASE json_type({sql}, {path}) WHEN 'text' THEN {sql} ->> {path} WHEN 'null' THEN NULL ELSE {raw} END"

    def raw_of_json(self, sql: str, key: str) -> str:
        if is_awkward(key):
            value = "CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_quote(value) END"
            return f"(SELECT {value} FROM json_each({sql}) WHERE key = {self.bind(key)})"
        return f"({sql} -> {self.bind(_path(key))})"

    def json_text(self, sql: str) -> str:
        return sql

    def quoted(self, sql: str) -> str:
        return f"json_quote({sql})"

    def line(self, before: Sequence[str], values: Sequence[str], end: str = "") -> str:
        """As elsewhere, in half the time of a chain; NULL is an empty text. A text ends at a NUL: none is let in."""
        pieces = []
        for start in range(0, len(values), MOST_ARGUMENTS):
            some = slice(start, start + MOST_ARGUMENTS)
            words = "".join(f"{text.replace('%', '%%')}%s" for text in before[some])
            pieces.append(f"printf({self.bind(words)}, {', '.join(values[some])})")
        return " || ".join([*pieces, self.bind(end)])

    def without(self, sql: str, keys: Sequence[str]) -> str:
        for start in range(0, len(keys), MOST_ARGUMENTS):
            paths = ", ".join(self.bind(_path(key)) for key in keys[start : start + MOST_ARGUMENTS])
            sql = f"json_remove({sql}, {paths})"
        return f"nullif({sql}, '{{}}')"

    def keys(self, sql: str, known: Sequence[str]) -> tuple[str, list[Any]]:
        paths = [_path(key) for key in known if not is_awkward(key)][:MOST_ARGUMENTS]
        return f"json_each(json_remove({sql}{', %s' * len(paths)})) AS found", paths

    def plain_number(self, sql: str) -> str:
        return f"({sql} GLOB '+[0-9]*' AND substr({sql}, 2) NOT GLOB '*[^0-9]*')"


def _chain(parts: Sequence[str]) -> str:
    """The texts joined as a balanced tree: left to right, every step would copy all that stands before it."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_chain(parts[:half])} || {_chain(parts[half:])})"


def _path(key: str) -> str:
    """Escaped as the stored text is, which SQLite compares letter by letter."""
    return f"$.{json.dumps(key)}"


def is_awkward(key: str) -> bool:
    """A path of SQLite's cannot name these."""
    return '"' in key or "\\" in key


def dialect() -> Any:
    """A fresh one for the database in use."""
    return Postgres() if connection.vendor == "postgresql" else SQLite()
