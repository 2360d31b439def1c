"""What the database can do at most: rows that are ready as it takes them, into the indexed tables, with conflicts
handled. No file is read, no number checked, nobody looked up, and nothing but the statements is timed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Max

from accounts import rows as table
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail, CampaignHours
from contacts.importing import ready, writing
from contacts.importing.merging import Row
from contacts.models import Contact, Upload

PIECE = 20_000
LISTED = ("id", "contact_id", "hours_key_id", "priority", "rank", "campaign_id", "next_attempt_at", "added_at", "run")
DETAIL = ("campaign_contact_id", "variables", "upload_id", "line")
_TEXT = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Tuples = Sequence[tuple[Any, ...]]


def limit(upload: Upload, now: Any, campaign: Campaign | None = None) -> float:
    """Seconds for the rows of a staged file as contacts, and on the list of a campaign."""
    seconds = 0.0
    for pieces in _pieces(upload, now, campaign):
        writes = [_write(model, names, tuples) for model, names, tuples in pieces]
        begun = time.perf_counter()
        with transaction.atomic():
            for write in writes:
                write()
        seconds += time.perf_counter() - begun
    return seconds


def _pieces(upload: Upload, now: Any, campaign: Campaign | None) -> Iterator[list[tuple[Any, Any, Tuples]]]:
    at, done = 0, Contact.objects.aggregate(last=Max("id"))["last"] or 0
    time_ = table.at(now)
    with upload.ready.open("rb") as file:
        while True:
            read, at = ready.piece(file.file, at, PIECE)
            if not read:
                return
            rows = [Row._make(row[: ready.PRIMARY]) for row in read]
            keys = writing.places(rows)
            same = (upload.workspace_id, None, time_, time_, time_)
            people = [writing._new(done + n, row, keys[row[2:5]]) + same for n, row in enumerate(rows, 1)]
            pieces: list[tuple[Any, Any, Tuples]] = [
                (Contact, writing._NEW, sorted(people, key=lambda person: str(person[1])))
            ]
            if campaign is not None:
                for key in set(keys.values()):
                    CampaignHours.objects.get_or_create(campaign=campaign, hours_key_id=key)
                listed = [(one[0], one[0], one[5], 1, 3, campaign.pk, time_, time_, 0) for one in people]
                pieces.append((CampaignContact, LISTED, listed))
                detail = [(one[0], one[7], None, n) for n, one in enumerate(people)]
                pieces.append((CampaignContactDetail, DETAIL, detail))
            yield pieces
            done += len(rows)


def _write(model: type[models.Model], names: Sequence[str], tuples: Tuples) -> Callable[[], None]:
    """The statement, with everything that can be made ready before it made ready."""
    named = {field.attname: field for field in model._meta.concrete_fields}
    left = [field for name, field in named.items() if name not in names and not field.generated]
    rest = [field for field in left if not isinstance(field, models.AutoField)]
    same = tuple(field.get_db_prep_save(field.get_default(), connection) for field in rest)
    columns = ", ".join(str(field.column) for field in [*(named[name] for name in names), *rest])
    name, full = model._meta.db_table, [row + same for row in tuples]
    if connection.vendor == "postgresql":
        block = "".join(["\t".join(map(_text, row)) + "\n" for row in full]).encode()
        return lambda: _copy(name, columns, block)
    marks = ", ".join(["?"] * len(full[0]))
    statement = f"INSERT INTO {name} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608

    def many() -> None:
        connection.connection.executemany(statement, full)

    return many


def _copy(name: str, columns: str, block: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE ready ON COMMIT DROP AS SELECT {columns} FROM {name} LIMIT 0"  # noqa: S608
        )
        with cursor.copy(f"COPY ready ({columns}) FROM STDIN") as copy:
            copy.write(block)
        cursor.execute(
            f"INSERT INTO {name} ({columns}) SELECT {columns} FROM ready ON CONFLICT DO NOTHING"  # noqa: S608
        )
        cursor.execute("DROP TABLE ready")


def _text(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(_TEXT)
