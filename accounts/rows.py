"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite; no statement grows with the rows."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any], Any]
# Of one row. SQLite keeps no journal of it then, to take back what it and triggers have written before a refusal: a
# row that is refused has written nothing.
ONE_ROW = " OR FAIL"
NATIVE = (models.DateTimeField, models.UUIDField)  # PostgreSQL's driver takes such values as they are


def fresh_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """So many ids that nobody else gets, ascending. SQLite: only within a transaction that may write."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(sequence, [_quoted(table), column, count])
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return range(last + 1, last + 1 + count)


def insert_ready(model: type[models.Model], names: Sequence[str], ready: Iterable[tuple[Any, ...]]) -> None:
    """Insert tuples whose values are as the database takes them: JSON as text, times by `at`. Several times as fast as
    `insert`: COPY on PostgreSQL. `names`: attributes in the tuples' order; what is not named gets its default.

    Joins the caller's transaction. Raises IntegrityError.
    """
    named = {field.attname: field for field in model._meta.concrete_fields}
    rest = [
        field
        for name, field in named.items()
        if name not in names and not isinstance(field, models.AutoField) and not field.generated
    ]
    columns = [_column(field) for field in [*(named[name] for name in names), *rest]]
    same = tuple(field.get_db_prep_save(field.get_default(), connection) for field in rest)
    _put(model._meta.db_table, columns, (row + same for row in ready) if same else ready)


def _put(table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    names = list(columns)
    into = f"{_quoted(table)} ({', '.join(names)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                write = copy.write_row
                for row in rows:
                    write(row)
            return
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT{ONE_ROW} INTO {into} VALUES ({marks})", list(rows))


def update_ready(model: type[models.Model], names: Sequence[str], ready: Sequence[tuple[Any, ...]]) -> None:
    """Write these attributes of rows given as tuples of values as the database takes them, the id last."""
    if not ready:
        return
    named = {field.attname: field for field in model._meta.concrete_fields}
    changes = ", ".join(f"{_column(named[name])} = %s" for name in names)
    key = _column(model._meta.pk)
    statement = f"UPDATE{_one_row()} {_quoted(model._meta.db_table)} SET {changes} WHERE {key} = %s"
    with connection.cursor() as cursor:
        cursor.executemany(statement, ready)


# JSON as both databases take it in `insert_ready`.
as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def at(time: datetime) -> str:
    """A time as both databases take it in `insert_ready`."""
    return str(connection.ops.adapt_datetimefield_value(time))


def fresh(model: type[M], **columns: Any) -> M:
    """A new object as `model(…)` makes it, ten times faster, for whoever makes fifty between two calls.

    Columns by their attribute (`campaign_id`); all others have their defaults. No signals.
    """
    plain, made = _defaults(model)
    one = model.__new__(model)
    one.__dict__.update(plain, _state=ModelState())
    for name, make in made:
        if name not in columns:
            one.__dict__[name] = make()
    one.__dict__.update(columns)
    return one


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Values that all new objects may share, and how those are made that they may not."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    made = [(field.attname, field.get_default) for field in fields if field.has_default() and callable(field.default)]
    own = {name for name, _ in made}
    return {field.attname: field.get_default() for field in fields if field.attname not in own}, made


def columns(model: type[models.Model], names: Sequence[str]) -> str:
    """SQL: these attributes' columns, as `objects` takes what is answered. Of a statement of one table."""
    return _columns(model, tuple(names))


def objects(model: type[M], names: Sequence[str], answered: Sequence[tuple[Any, ...]]) -> list[M]:
    """Objects of what a statement answered to `columns`, as the ORM makes them, several times as fast.

    What is not named is read when it is asked for. No signals.
    """
    loads = _loads(model, tuple(names))
    values = [
        of_all if load is None else [None if value is None else load(value) for value in of_all]
        for load, of_all in zip(loads, zip(*answered, strict=True), strict=False)
    ]
    made, alias = [], connection.alias
    for row in zip(*values, strict=True):
        one = model.__new__(model)
        one._state = state = ModelState()
        state.adding, state.db = False, alias
        one.__dict__.update(zip(names, row, strict=True))
        made.append(one)
    return made


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> str:
    named = {field.attname: field for field in model._meta.concrete_fields}
    return ", ".join(_asked(named[name]) for name in names)


@cache
def _loads(model: type[models.Model], names: tuple[str, ...]) -> list[Convert | None]:
    named = {field.attname: field for field in model._meta.concrete_fields}
    return [_load(named[name]) for name in names]


def _asked(field: "models.Field[Any, Any]") -> str:
    # A time comes as a text: on both databases reading it from that is the quickest by far.
    column = _column(field)
    return f"CAST({column} AS text)" if isinstance(field, models.DateTimeField) else column


def _load(field: "models.Field[Any, Any]") -> Convert | None:
    """How a value of the database becomes the attribute's; None where it already is."""
    if isinstance(field, models.DateTimeField):
        return _utc if connection.vendor == "sqlite" else datetime.fromisoformat
    if connection.vendor == "sqlite" and type(field) is models.UUIDField:
        return _uuid
    if connection.vendor == "sqlite" and type(field) is models.BooleanField:
        return bool
    column = field.get_col(field.model._meta.db_table)
    steps = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
    return partial(_stepwise, steps, column) if steps else None


def _stepwise(steps: Sequence[Callable[..., Any]], column: Any, value: Any) -> Any:
    for step in steps:
        value = step(value, column, connection)
    return value


def _utc(text: str) -> datetime:
    """SQLite's times have no zone: they are UTC."""
    return datetime.fromisoformat(text if "+" in text else f"{text}+00:00")


def _uuid(text: str) -> UUID:
    """Of the 32 digits that SQLite keeps."""
    return UUID(int=int(text, 16))


def insert(objects: Sequence[models.Model]) -> None:
    """Insert new objects of one model, in their order. Ids that they have (`fresh_ids`) are kept; without, they are not
    set: read them back by a unique key.

    Several times as fast as bulk_create. Joins the caller's transaction; no signals; defaults as `Model(…)` set them.
    """
    if not objects:
        return
    meta = objects[0]._meta
    # A key that the object carries itself (one-to-one) is a column like any other.
    # A column that the database makes (generated) is never written.
    written = [field for field in meta.concrete_fields if not field.generated]
    keyed = objects[0].pk is not None
    fields = [field for field in written if keyed or not isinstance(field, models.AutoField)]
    stamped = [field for field in fields if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)]
    for one in objects if stamped else ():
        for field in stamped:
            field.pre_save(one, True)
    columns = [(field.attname, _convert(field)) for field in fields]
    _put(meta.db_table, map(_column, fields), [_values(one, columns) for one in objects])
    for one in objects if keyed else ():
        one._state.adding = False


def update(objects: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of objects of one model, row by row in one go. Joins the caller's transaction."""
    if not objects or not names:
        return
    meta = objects[0]._meta
    fields = [field for field in meta.concrete_fields if field.name in names]
    changes = ", ".join(f"{_column(field)} = %s" for field in fields)
    table, key = _quoted(meta.db_table), _column(meta.pk)
    statement = f"UPDATE{_one_row()} {table} SET {changes} WHERE {key} = %s"
    columns = [*((field.attname, _convert(field)) for field in fields), (meta.pk.attname, None)]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_values(one, columns) for one in objects])


def update_locked(objects: Sequence[models.Model], names: Sequence[str]) -> None:
    """Like `update`, for rows that the caller has locked: PostgreSQL writes them in one statement, about twice as fast,
    in an order of its own."""
    if connection.vendor != "postgresql" or not objects or not names:
        update(objects, names)
        return
    meta = objects[0]._meta
    fields = [*(field for field in meta.concrete_fields if field.name in names), meta.pk]
    changes = ", ".join(f"{_column(field)} = given.{_column(field)}" for field in fields[:-1])
    lists = ", ".join(f"unnest(%s::{_type(field)}[]) AS {_column(field)}" for field in fields)
    statement = f"""UPDATE {_quoted(meta.db_table)} kept SET {changes} FROM (SELECT {lists}) given
        WHERE kept.{_column(meta.pk)} = given.{_column(meta.pk)}"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [_array(field, [one.__dict__[field.attname] for one in objects]) for field in fields])


def _type(field: "models.Field[Any, Any]") -> str:
    """Without a text's length, to which a cast would cut it without a word."""
    kind = str(field.db_type(connection))
    return "varchar" if kind.startswith("varchar") else kind


def _array(field: "models.Field[Any, Any]", values: list[Any]) -> str:
    """As PostgreSQL writes an array: one text is made in a fraction of the time that the driver takes for a list."""
    convert: Convert = str
    if type(field) is models.JSONField:
        convert = as_json
    elif type(field) is models.DecimalField:
        convert = _decimal(field, connection.vendor)
    return f"{{{','.join(['NULL' if value is None else _member(str(convert(value))) for value in values])}}}"


def _member(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _one_row() -> str:
    return ONE_ROW if connection.vendor == "sqlite" else ""


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _column(field: "models.Field[Any, Any]") -> str:
    return _quoted(str(field.column))


def _values(one: models.Model, columns: list[tuple[str, Convert | None]]) -> list[Any]:
    held = one.__dict__
    return [held[name] if convert is None else convert(held[name]) for name, convert in columns]


def _convert(field: "models.Field[Any, Any]") -> Convert | None:
    """How a value becomes what the database takes; None where it already is."""
    plain = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey, models.BooleanField)
    if isinstance(field, plain) or (connection.vendor == "postgresql" and isinstance(field, NATIVE)):
        return None
    if connection.vendor == "sqlite" and type(field) is models.DateTimeField:
        return _naive
    if connection.vendor == "sqlite" and type(field) is models.UUIDField:
        return _hex
    if connection.vendor == "sqlite" and type(field) is models.JSONField and field.encoder is None:
        return _json
    if type(field) is models.DecimalField:
        return _decimal(field, connection.vendor)
    return lambda value: field.get_db_prep_save(value, connection)


def _json(value: Any) -> str | None:
    return None if value is None else as_json(value)


@cache
def _decimal(field: "models.DecimalField[Any, Any]", vendor: str) -> Convert:
    """Rates and costs are few and come again and again."""
    return lru_cache(1_000)(lambda value: field.get_db_prep_save(value, connection))


def _naive(value: datetime | None) -> str | None:
    """As Django writes a time to SQLite, without what it does for every other case."""
    if value is None:
        return None
    return str(value if value.tzinfo is UTC else value.astimezone(UTC))[:-6]


def _hex(value: UUID | None) -> str | None:
    """As Django writes a UUID to SQLite."""
    return None if value is None else value.hex
