"""Many people at once: added, updated or left as they are. The bulk twin of `contacts.people`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from accounts import rows as table
from accounts.statements import among, select
from contacts.hours import Place, key_ids
from contacts.importing.merging import Columns, Row, merged, variables_of
from contacts.models import Contact, UploadChange
from contacts.people import NORMAL, PLAIN
from contacts.person import Person, full_name, packed

ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"
_KEPT = (
    *("id", "phone_number", *PLAIN, "country", "timezone", "zone_source", "hours_key_id", "tags", "variables"),
    *("upload_id", "spread_at", "updated_at"),
)
_NEW = (
    *("id", "phone_number", "country", "timezone", "zone_source", "hours_key_id", "tags", "variables"),
    *(*PLAIN, "workspace_id", "upload_id", "created_at", "updated_at", "spread_at"),
)
_NAME, _PRIORITY = PLAIN.index("name"), PLAIN.index("priority")


class Written(NamedTuple):
    """What became of one row: the contact's id, and added, updated or unchanged; where and how urgent they are now."""

    contact_id: int
    word: str
    hours_key_id: int
    priority: int
    row: Row

    @property
    def is_new(self) -> bool:
        return self.word == ADDED

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def variables(self) -> Columns:
        return self.row.variables


def write(workspace_id: int, people: Sequence[Person], upload_id: int | None, now: datetime) -> list[Written]:
    """As `write_rows`, for people who were not read from a file."""
    return write_rows(workspace_id, list(map(_row, people)), upload_id, now)


def _row(person: Person) -> Row:
    country, region, zones = person.place
    where = (country, region, " ".join(zones), person.zone_source)
    return Row(0, person.phone_number, *where, person.given, person.variables)


def write_rows(workspace_id: int, rows: Sequence[Row], upload_id: int | None, now: datetime) -> list[Written]:
    """Write people, each number once, in the order given; new ids are in that order, too. The caller holds the
    transaction.

    Only what a person's row gives is changed: an empty cell leaves the contact's field, tags are added, variables
    are replaced by name. With an upload, what it changed of whom is kept. Changed rows are locked by id and new ones
    inserted by number, so that two files at once do not deadlock. Raises IntegrityError when another transaction added
    one of them meanwhile: roll back, and try again.
    """
    keys = places(rows)
    known = _known(workspace_id, "phone_number", [row.phone_number for row in rows])
    changes = _changes(rows, known, keys)
    if changes and connection.features.has_select_for_update:
        # Who stays as they are is not locked. Who does not may have changed in the meantime: look again.
        locked = _known(workspace_id, "id", [known.pop(number)["id"] for number in changes], lock=True)
        known |= locked
        changes = _changes([row for row in rows if row.phone_number in changes], locked, keys)
    fresh = [row for row in rows if row.phone_number not in known]
    ids = dict(zip((row.phone_number for row in fresh), table.fresh_ids(Contact, len(fresh)), strict=True))
    made = [_new(ids[row.phone_number], row, keys[row[2:5]]) for row in fresh]
    made.sort(key=itemgetter(1))
    time = table.at(now)
    same = (workspace_id, upload_id, time, time, time)
    if made:
        table.insert_ready(Contact, _NEW, (one + same for one in made))
    _update(known, changes, upload_id, now)
    return [_written(row, known.get(row.phone_number), changes, ids, keys) for row in rows]


def places(rows: Iterable[Row]) -> dict[tuple[Any, ...], int]:
    """Country, region and zones of every row → the id of their hours key, made where it is new."""
    found = {row[2:5]: row for row in rows}
    of = {said: row.place for said, row in found.items()}
    ids = key_ids(of.values())
    return {said: ids[place] for said, place in of.items()}


def _known(workspace_id: int, column: str, values: Sequence[Any], lock: bool = False) -> dict[str, Columns]:
    """The contacts with these values of a column, by number."""
    end = " ORDER BY id FOR NO KEY UPDATE" if lock else ""
    statement = f"""SELECT {", ".join(_KEPT)} FROM contacts_contact
        WHERE workspace_id = %(workspace)s AND {among(column, "values")}{end}"""  # noqa: S608 - names of ours
    rows = select(statement, {"workspace": workspace_id, "values": list(values)})
    return {row[1]: dict(zip(_KEPT, row, strict=True)) for row in rows}


def _changes(rows: Iterable[Row], known: dict[str, Columns], keys: dict[tuple[Any, ...], int]) -> dict[str, Columns]:
    """Number → columns that change, of those who are known."""
    found: dict[str, Columns] = {}
    moved: dict[str, Place] = {}
    for row in rows:
        kept = known.get(row.phone_number)
        if kept is None:
            continue
        new, place = merged(kept, row)
        if place is not None:
            moved[row.phone_number] = place
        if new:
            found[row.phone_number] = new
    ids = key_ids(moved.values())
    for number, place in moved.items():
        if known[number]["hours_key_id"] != ids[place]:
            found.setdefault(number, {})["hours_key_id"] = ids[place]
    for new in found.values():
        if new.keys() & {"hours_key_id", "priority"}:
            new["spread_at"] = None  # the campaigns pull it
    return found


def _update(known: dict[str, Columns], changes: dict[str, Columns], upload_id: int | None, now: datetime) -> None:
    """Those who change the same columns are written together."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    before: list[tuple[Any, ...]] = []
    same = (upload_id, table.at(now))
    for number, new in changes.items():
        kept = known[number]
        values = [table.as_json(value) if name == "variables" else value for name, value in new.items()]
        alike[tuple(new)].append((*values, *same, kept["id"]))
        old = {name: kept[name] for name in new if name != "spread_at"}
        old |= {"upload_id": kept["upload_id"], "updated_at": str(kept["updated_at"])}
        if "variables" in old:
            old["variables"] = variables_of(kept)
        before.append((upload_id, kept["id"], table.as_json(old)))
    for names, changed in alike.items():
        table.update_ready(Contact, [*names, "upload_id", "updated_at"], changed)
    if upload_id is not None and before:
        table.insert_ready(UploadChange, ("upload_id", "contact_id", "before"), before)


def _new(pk: int, row: Row, key: int) -> tuple[Any, ...]:
    """The row of `_NEW`, but for what is the same for all."""
    given, get = row.given, row.given.get
    plain = [get(name, "") for name in PLAIN]
    plain[_NAME], plain[_PRIORITY] = full_name(plain[_NAME], "", given), get("priority", NORMAL)
    zone = row.zones if " " not in row.zones else ""  # the only one they may be in
    start = (pk, row.phone_number, row.country, zone, row.zone_source, key)
    return (*start, packed(get("tags", ())), table.as_json(row.variables), *plain)


def _written(
    row: Row,
    kept: Columns | None,
    changes: dict[str, Columns],
    ids: dict[str, int],
    keys: dict[tuple[Any, ...], int],
) -> Written:
    number = row.phone_number
    if kept is None:
        return Written(ids[number], ADDED, keys[row[2:5]], row.given.get("priority", NORMAL), row)
    new = changes.get(number)
    if new is None:
        return Written(kept["id"], UNCHANGED, kept["hours_key_id"], kept["priority"], row)
    now = {**kept, **new}
    return Written(kept["id"], UPDATED, now["hours_key_id"], now["priority"], row)
