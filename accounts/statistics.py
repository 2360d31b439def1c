"""What the planner knows of a table. Both databases count for themselves, but only some time after many rows came."""

from django.db import connection, models

SAMPLE = 1_000  # rows of each index that SQLite looks at; all of them would hold up every other writer


def refresh(*tables: type[models.Model]) -> None:
    """Count these tables again now: until then their rows are searched as if there were none. A moment at any size.

    PostgreSQL also merges what its text indexes have put off, which every search would have to read meanwhile; and
    where somebody else is at it already, it is left to them.
    """
    names = [connection.ops.quote_name(model._meta.db_table) for model in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit = {SAMPLE}")
            for name in names:
                cursor.execute(f"ANALYZE {name}")
            return
        for model in tables:
            cursor.execute(
                """SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND i.indrelid = %s::regclass""",
                [connection.ops.quote_name(model._meta.db_table)],
            )
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(names)}")
