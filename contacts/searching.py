"""One text per person that is searched in, and the two words for it in queries: `holds` and `begins`.

The text is a stored column of the database's own making: every name a person is known by, number, company, e-mail,
external id and tags with their bars, in lower case, each on a line of its own. So `LINE` before a word means: something
that begins with it. Migration 0002 lays the index of three letters over it.
"""

from typing import Any

from django.db.models import CharField, F, Func, Lookup, TextField, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Lower

LINE = "\n"
HIGHEST = "\U0010ffff"


def searched() -> Lower:
    """The expression of Contact.search."""
    parts = _joined(F("first_name"), Value(" "), F("last_name"))
    whole = Case(When(name=parts, then=Value("")), default=parts, output_field=TextField())
    pieces: list[Any] = []
    for part in (F("name"), whole, F("phone_number"), F("company"), F("email"), F("external_id"), F("tags")):
        pieces += [Value(LINE), part]
    return Lower(_joined(*pieces, Value(LINE)), output_field=TextField())


def _joined(*parts: Any) -> Func:
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())


class Beginning(Lower):
    """A lower-case text in the order of the index that beginnings are looked up in."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template='(LOWER(%(expressions)s) COLLATE "C")', **context)


@TextField.register_lookup
class Holds(Lookup):
    """Any part of a lower-case text. `search__holds="ann"`.

    SQLite lowers and compares ASCII only, so there every other letter of the pattern stands for both of its cases.
    """

    lookup_name = "holds"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} LIKE %s", [*params, f"%{escaped(str(self.rhs).lower())}%"]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} GLOB %s", [*params, f"*{''.join(map(_either, str(self.rhs).lower()))}*"]


@TextField.register_lookup
class Keeps(Holds):
    """As `holds`, tested row by row: PostgreSQL is kept from taking the index, where it would read far too much."""

    lookup_name = "keeps"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return f"STRPOS({left}, %s) > 0", [*params, str(self.rhs).lower()]


@TextField.register_lookup
class Among(Holds):
    """Any part of a text in any case, tested row by row; PostgreSQL knows how many rows to expect. `tags__among`."""

    lookup_name = "among"
    lead = "%", "*"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} ILIKE %s", [*params, f"{self.lead[0]}{escaped(str(self.rhs).lower())}%"]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        pattern = "".join(map(_either, str(self.rhs).lower()))
        return f"LOWER({left}) GLOB %s", [*params, f"{self.lead[1]}{pattern}*"]


@CharField.register_lookup
class Starts(Among):
    """A beginning of a text in any case, tested row by row. `company__starts="acme"`."""

    lookup_name = "starts"
    lead = "", ""


@CharField.register_lookup
@TextField.register_lookup
class Begins(Lookup):
    """A beginning of a text, compared as it is written, by an index in that order. `name__lower__begins="an"`."""

    lookup_name = "begins"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        order = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
        found = f"({left}{order} >= %s AND {left}{order} < %s)"
        return found, [*params, str(self.rhs), *params, f"{self.rhs}{HIGHEST}"]


def escaped(text: str) -> str:
    """As a part of a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _either(letter: str) -> str:
    if letter in "*?[":
        return f"[{letter}]"
    upper = letter.upper()
    return letter if letter.isascii() or upper == letter or len(upper) > 1 else f"[{letter}{upper}]"


CharField.register_lookup(Lower)  # name__lower__begins
