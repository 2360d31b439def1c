"""The ready file: each row of a staged file as it will be written, one JSON array a line, in the file's order.

Staging reads every row once and writes it here; loading reads from a byte offset and never looks at the file again.

a person        [line, phone, country, region, "Zone/A Zone/B", zone_source, given, variables, primary, cells]
a rejected row  [line, kind, reason, cells]

country, region and zones are those of contacts.person.Person.place; `given` and `variables` are the person's own.
primary: the number of the row's primary, or "". cells: null, but for people who were on the suppression list while
the file was staged. kind: invalid or duplicate.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from contacts.models import Upload

PERSON_MEMBERS = 10
REJECTED_MEMBERS = 4
# Where things stand in a person's row.
LINE, PHONE, COUNTRY, REGION, ZONES, ZONE_SOURCE, GIVEN, VARIABLES, PRIMARY, CELLS = range(PERSON_MEMBERS)
# Where things stand in a rejected row; its line stands first, too.
KIND, REASON, REJECTED_CELLS = range(1, REJECTED_MEMBERS)

Ready = list[Any]

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def rows(file: BinaryIO, at: int = 0) -> Iterator[tuple[Ready, int]]:
    """Every row from byte `at` on, each with the offset after it."""
    file.seek(at)
    # Iterating over a file of Django's would begin at its start again.
    for line in iter(file.readline, b""):
        at += len(line)
        yield json.loads(line), at


def piece(file: BinaryIO, at: int, most: int) -> tuple[list[Ready], int]:
    """At most so many rows from byte `at` on, and the offset after them. ValueError where the file is cut off."""
    file.seek(at)
    lines = list(islice(iter(file.readline, b""), most))
    return json.loads(b"[" + b",".join(lines) + b"]"), at + sum(map(len, lines))


def is_person(row: Ready) -> bool:
    return len(row) == PERSON_MEMBERS


def write(file: BinaryIO, ready: Sequence[Sequence[Any]]) -> None:
    """Add rows at the end."""
    file.write("".join([f"{_encode(row)}\n" for row in ready]).encode())


def fresh_name(upload: Upload) -> str:
    """A name beside the file's own that nobody else writes to: two workers may stage one file, and one of them wins."""
    own = PurePosixPath(str(upload.file.name))
    return str(own.with_name(f"{own.stem}.{uuid.uuid4().hex}.ready"))


def path_of(upload: Upload, name: str) -> Path:
    return Path(upload.file.storage.path(name))


def discard_others(upload: Upload, keep: str = "") -> None:
    """Remove what workers that were killed, or came second, left beside the file."""
    if not upload.file:
        return
    own = path_of(upload, str(upload.file.name))
    for left in own.parent.glob(f"{own.stem}.*.ready"):
        if not keep or left.name != PurePosixPath(keep).name:
            left.unlink(missing_ok=True)
