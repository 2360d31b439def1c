"""Contacts of each campaign by status, kept by triggers of the database: true at every commit, whoever writes.

SQLite      has one writer at a time, and triggers for each row: one row for each campaign and status, made with the
            campaign, is counted up and down. They do nothing but UPDATE: whatever could fail in them would make SQLite
            keep a journal of every single row that is written, which costs three times as much as the row
            (`accounts.rows` says OR FAIL for the same reason)
PostgreSQL  has many, and a trigger for each statement: it appends by how many contacts a status became more or fewer,
            so that no writer waits for another. `fold` makes one row of them again, a few times a minute

`make` is called after every migrate: SQLite's migrations rebuild a table that they alter, and drop its triggers on the
way.
"""

from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts import statements
from campaigns.choices import ContactStatus
from campaigns.models import Campaign, CampaignContact, Standing

_KEPT, _LIST, _CAMPAIGNS = (model._meta.db_table for model in (Standing, CampaignContact, Campaign))
_COLUMNS = f"{_KEPT} (campaign_id, status, contacts)"
_INTO = f"INSERT INTO {_COLUMNS}"
_WORDS = ", ".join(f"('{status.value}')" for status in ContactStatus)
_EVERY = f"{_INTO} SELECT {{}}, column1, 0 FROM (VALUES {_WORDS})"  # noqa: S608
_MORE = f"UPDATE {_KEPT} SET contacts = contacts + 1 WHERE campaign_id = new.campaign_id AND status = new.status;"  # noqa: S608
_FEWER = f"UPDATE {_KEPT} SET contacts = contacts - 1 WHERE campaign_id = old.campaign_id AND status = old.status;"  # noqa: S608
_NONE = f"DELETE FROM {_KEPT} WHERE campaign_id = old.id;"  # noqa: S608
_MOVED = """(SELECT campaign_id, status, 1 AS more FROM came
    UNION ALL SELECT campaign_id, status, -1 FROM went) moved"""
SQLITE = {
    "standing_begun": f"AFTER INSERT ON {_CAMPAIGNS} BEGIN {_EVERY.format('new.id')}; END",
    "standing_added": f"AFTER INSERT ON {_LIST} BEGIN {_MORE} END",
    "standing_gone": f"AFTER DELETE ON {_LIST} BEGIN {_FEWER} END",
    "standing_changed": f"AFTER UPDATE OF status, campaign_id ON {_LIST}"
    f" WHEN old.status <> new.status OR old.campaign_id <> new.campaign_id BEGIN {_FEWER} {_MORE} END",
    "standing_ended": f"AFTER DELETE ON {_CAMPAIGNS} BEGIN {_NONE} END",
}
_SUM = "SELECT campaign_id, status, {} FROM {} GROUP BY campaign_id, status"
POSTGRESQL = {  # → (when, what is appended)
    "standing_added": ("INSERT ON {} REFERENCING NEW TABLE AS came", _SUM.format("COUNT(*)", "came")),
    "standing_gone": ("DELETE ON {} REFERENCING OLD TABLE AS went", _SUM.format("-COUNT(*)", "went")),
    "standing_changed": (
        "UPDATE ON {} REFERENCING OLD TABLE AS went NEW TABLE AS came",
        _SUM.format("SUM(more)", _MOVED) + " HAVING SUM(more) <> 0",
    ),
}
_FOLD = f"""WITH several AS (
    SELECT campaign_id, status FROM {_KEPT} GROUP BY campaign_id, status HAVING COUNT(*) > 1 OR SUM(contacts) = 0
), gone AS (
    DELETE FROM {_KEPT} WHERE id IN (
        SELECT kept.id FROM {_KEPT} kept JOIN several USING (campaign_id, status) FOR UPDATE OF kept SKIP LOCKED
    ) RETURNING campaign_id, status, contacts
), put AS ({_INTO} {_SUM.format("SUM(contacts)", "gone")} HAVING SUM(contacts) <> 0)
SELECT COUNT(*) FROM gone"""  # noqa: S608 - names of ours
# One statement sees both as they are after the same commits: whoever writes meanwhile need not wait.
_DIFFERENT = f"""SELECT status, SUM(kept), SUM(counted) FROM (
    SELECT status, SUM(contacts) AS kept, 0 AS counted FROM {_KEPT} WHERE campaign_id = %s GROUP BY status
    UNION ALL SELECT status, 0, COUNT(*) FROM {_LIST} WHERE campaign_id = %s GROUP BY status
) seen GROUP BY status HAVING SUM(kept) <> SUM(counted) ORDER BY status"""  # noqa: S608


_COUNT = f"""UPDATE {_KEPT} SET contacts = (SELECT COUNT(*) FROM {_LIST} listed
    WHERE listed.campaign_id = {_KEPT}.campaign_id AND listed.status = {_KEPT}.status)"""  # noqa: S608


class Difference(NamedTuple):
    """A status of which another number of contacts is kept than there are rows."""

    status: ContactStatus
    kept: int
    counted: int


def fold() -> int:
    """Make one row of the several that a campaign and a status have, and none of those that come to nothing; how many
    there were. Commits. Waits for nobody, and nobody waits for it."""
    if connection.vendor != "postgresql":
        return 0
    return int(statements.select(_FOLD, {})[0][0])


def differences(campaign_id: int) -> list[Difference]:
    """What is kept of a campaign's contacts against its rows; nobody has to wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, [campaign_id, campaign_id])
        return [Difference(ContactStatus(status), int(kept), int(rows)) for status, kept, rows in cursor.fetchall()]


def mend(campaign_id: int, found: list[Difference]) -> None:
    """What `differences` found is so no longer. The caller has the campaign locked since before it asked, so that
    nobody else mends the same."""
    rows = [(campaign_id, one.status.value, one.counted - one.kept) for one in found]
    sqlite = "(campaign_id, status) DO UPDATE SET contacts = contacts + excluded.contacts"
    statements.put(_COLUMNS, rows, "DO NOTHING" if connection.vendor == "postgresql" else sqlite)


# ── triggers and indexes ──


def make(database: Any) -> None:
    """Make triggers and indexes, where any is missing or another, and count all rows then; idempotent."""
    sqlite = database.vendor == "sqlite"
    if _there(database) >= (_statements() if sqlite else POSTGRESQL.keys()):
        return
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        # Whoever wrote before is waited for, whoever writes from now on is counted.
        (_make_sqlite if sqlite else _make_postgresql)(cursor)
        cursor.execute(f"DELETE FROM {_KEPT}")  # noqa: S608
        if sqlite:
            cursor.execute(f"{_EVERY.format('id')} CROSS JOIN {_CAMPAIGNS}")
            cursor.execute(_COUNT)
        else:
            cursor.execute(f"{_INTO} {_SUM.format('COUNT(*)', _LIST)}")


def drop(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS standing_of_campaign")
        for name in SQLITE if database.vendor == "sqlite" else POSTGRESQL:
            if database.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _statements() -> set[str]:
    return {f"CREATE TRIGGER {name} {what}" for name, what in SQLITE.items()}


def _there(database: Any) -> set[str]:
    """SQLite's triggers by the statements that made them, PostgreSQL's by their names."""
    names = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    if database.vendor == "postgresql":
        names = f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{_LIST}'::regclass"  # noqa: S608
    with database.cursor() as cursor:
        cursor.execute(names)
        return {name for (name,) in cursor.fetchall()}


def _make_sqlite(cursor: Any) -> None:
    cursor.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS standing_of_campaign ON {_KEPT} (campaign_id, status)")
    for name in SQLITE:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    for statement in _statements():
        cursor.execute(statement)


def _make_postgresql(cursor: Any) -> None:
    index = f"standing_of_campaign ON {_KEPT} (campaign_id, status) INCLUDE (contacts)"
    cursor.execute(f"CREATE INDEX IF NOT EXISTS {index}")
    for name, (when, what) in POSTGRESQL.items():
        cursor.execute(f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {_INTO} {what}; RETURN NULL; END $$""")
        cursor.execute(f"""CREATE OR REPLACE TRIGGER {name} AFTER {when.format(_LIST)}
            FOR EACH STATEMENT EXECUTE FUNCTION {name}()""")
