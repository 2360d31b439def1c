"""The index of three letters over Contact.search, and the index of lower-case names, on either database.

PostgreSQL  a pg_trgm GIN index; whatever asks `search__holds` uses it by itself
SQLite      an FTS5 table of trigrams beside contacts, kept by triggers; `contacts.queries` asks it. A migration that
            rebuilds the table of contacts drops the triggers: `make` is called after every migrate and mends that
"""

from typing import Any

from django.db import DatabaseError

OLDEST_SQLITE = (3, 34)
NO_EXTENSION = (
    "The search of contacts needs PostgreSQL's extension pg_trgm, which this role may not create. "
    "Run CREATE EXTENSION pg_trgm in this database as its owner or as a superuser, then migrate again."
)
OLD_SQLITE = "The search of contacts needs SQLite 3.34 or newer with FTS5; this is {}."

POSTGRESQL = (
    # Patterns that many people fit are told from rare ones by a thousand samples, not by a hundred.
    "ALTER TABLE contacts_contact ALTER COLUMN search SET STATISTICS 1000",
    "CREATE INDEX IF NOT EXISTS contact_search ON contacts_contact USING gin (search gin_trgm_ops)"
    " WITH (fastupdate = on)",  # without it a row costs ten times as much; a longer list gains nothing
    'CREATE INDEX IF NOT EXISTS contact_beginning ON contacts_contact (workspace_id, lower(name) COLLATE "C", id)',
)
_CHANGED = "INSERT INTO contact_search (contact_search, rowid, search) VALUES ('delete', old.id, old.search);"
_NEW = "INSERT INTO contact_search (rowid, search) VALUES (new.id, new.search);"
TABLE = """CREATE VIRTUAL TABLE contact_search USING fts5 (
    search, content='contacts_contact', content_rowid='id', tokenize='trigram', detail='none')"""
SQLITE = (
    f"CREATE TRIGGER contact_search_added AFTER INSERT ON contacts_contact BEGIN {_NEW} END",
    f"CREATE TRIGGER contact_search_gone AFTER DELETE ON contacts_contact BEGIN {_CHANGED} END",
    "CREATE TRIGGER contact_search_changed AFTER UPDATE ON contacts_contact WHEN old.search IS NOT new.search"
    f" BEGIN {_CHANGED} {_NEW} END",
)
BEGINNING = "CREATE INDEX IF NOT EXISTS contact_beginning ON contacts_contact (workspace_id, lower(name), id)"


def make(database: Any) -> None:
    """Make whatever of it is missing; idempotent. Raises DatabaseError with a sentence where it cannot be had."""
    if database.vendor == "postgresql":
        _make_postgresql(database)
    else:
        _make_sqlite(database)


def drop(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS contact_beginning")
        if database.vendor == "postgresql":
            cursor.execute("DROP INDEX IF EXISTS contact_search")
            return
        for name in ("added", "gone", "changed"):
            cursor.execute(f"DROP TRIGGER IF EXISTS contact_search_{name}")
        cursor.execute("DROP TABLE IF EXISTS contact_search")


def _make_postgresql(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if not cursor.fetchone():
            try:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            except DatabaseError as refusal:
                raise DatabaseError(NO_EXTENSION) from refusal
        cursor.execute("SELECT 1 FROM pg_class WHERE relname = 'contact_search' AND relkind = 'i'")
        if cursor.fetchone():
            return
        for statement in POSTGRESQL:
            cursor.execute(statement)


def _make_sqlite(database: Any) -> None:
    found = database.Database.sqlite_version_info
    if found < OLDEST_SQLITE:
        raise DatabaseError(OLD_SQLITE.format(".".join(map(str, found))))
    with database.cursor() as cursor:
        cursor.execute(BEGINNING)
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'contact_search%%' AND type IN ('table', 'trigger')"
        )
        there = {row[0] for row in cursor.fetchall()}
        wanted = {"contact_search_added", "contact_search_gone", "contact_search_changed"}
        if wanted | {"contact_search"} <= there:
            return
        if "contact_search" not in there:
            cursor.execute(TABLE)
        for statement in SQLITE:
            cursor.execute(statement.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1))
        cursor.execute("INSERT INTO contact_search (contact_search) VALUES ('rebuild')")
