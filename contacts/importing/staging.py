"""A file is taken in and staged: kept on disk, counted, previewed. Nothing else is created."""

import uuid
from datetime import datetime
from pathlib import PurePath
from time import monotonic

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User, Workspace
from contacts.importing import detection, reader
from contacts.importing.detection import BadFile, Format
from contacts.importing.mapping import propose, read_row
from contacts.importing.progress import Replaced, beat, discard_file, queue
from contacts.models import Rejection, Upload, UploadStatus
from contacts.person import Unreadable, read_country

PREVIEW_ROWS = 10
SHOWN_REJECTIONS = 20
BEAT_EVERY = 2.0  # seconds
# A file of this size is staged while its sender waits: a few thousand rows, well under a second.
AT_ONCE_BYTES = 256 * 1024


def receive(
    workspace: Workspace, file: UploadedFile, *, user: User | None, now: datetime, default_country: str = ""
) -> Upload:
    """Take in a file for the workspace's contacts: staged when this returns if it is small, else in the background.

    Commits. Raises BadFile for what can be told without reading it: too large, or empty.
    """
    with transaction.atomic():
        upload = keep(workspace, file, user=user, now=now, default_country=default_country)
    if is_small(upload):
        stage(upload.pk, upload.turn)
        upload.refresh_from_db()
    return upload


def keep(
    workspace: Workspace,
    file: UploadedFile,
    *,
    user: User | None,
    now: datetime,
    default_country: str = "",
    tasks: str = "contacts.tasks",
) -> Upload:
    """Store the file, and queue its staging unless it is small: then whoever keeps it stages it after the commit.

    Joins the caller's transaction. Raises BadFile as `receive` does.
    """
    if file.size is None or file.size > detection.MAX_BYTES:
        raise BadFile(detection.TOO_LARGE)
    if file.size == 0:
        raise BadFile(detection.EMPTY)
    file_name = PurePath(file.name or "contacts.csv").name[:255]
    file.name = f"{uuid.uuid4()}.csv"
    upload = Upload.objects.create(
        workspace=workspace,
        created_by=user,
        file=file,
        file_name=file_name,
        size=file.size,
        default_country=_country(default_country) or workspace.default_country,
        heartbeat_at=now,
        tasks=tasks,
    )
    if not is_small(upload):
        queue(upload, "stage_upload", now)
    return upload


def is_small(upload: Upload) -> bool:
    return upload.size <= AT_ONCE_BYTES


def _country(text: str) -> str:
    try:
        return read_country(text) if text else ""
    except ValueError as error:
        raise BadFile(str(error)) from None


def stage(upload_id: int, turn: int) -> None:
    """Read the whole file; then it is staged, or failed with its sentence. Nothing when somebody else has its turn."""
    upload = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.STAGING).first()
    if upload is None:
        return
    try:
        found = _read(upload)
    except Replaced:
        return
    except FileNotFoundError:
        return  # cancelled in this moment; a file that is gone stalls, and is given up
    except BadFile as error:
        found = {"status": UploadStatus.FAILED, "problem": error.sentence[:300], "finished_at": timezone.now()}
    moved = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.STAGING).update(
        **found, heartbeat_at=timezone.now()
    )
    if moved and found["status"] == UploadStatus.FAILED:
        discard_file(upload)


def _read(upload: Upload) -> dict[str, object]:
    """The columns of Upload that staging fills. Raises BadFile, Replaced."""
    with upload.file.open("rb") as file:
        fmt = (
            Format(upload.encoding, upload.delimiter, upload.lines_before_header)
            if upload.encoding and upload.delimiter
            else detection.detect(file.file)
        )
        tally = _Tally(upload, fmt)
        for row in reader.rows(file.file, fmt):
            tally.take(row)
            if tally.late():
                beat(upload, read_bytes=file.file.tell())
    return tally.result()


class _Tally:
    """Counts of a file while it is read."""

    def __init__(self, upload: Upload, fmt: Format) -> None:
        self.upload, self.fmt = upload, fmt
        self.columns: list[str] = []
        self.preview: list[list[str]] = []
        self.rejections: list[dict[str, object]] = []
        self.first_line: dict[int, int] = {}  # number → line
        self.duplicates: dict[int, int] = {}  # line → first line
        self.rows = 0
        self.beat_at = monotonic()

    def late(self) -> bool:
        """Whether it is time for a sign of life."""
        if self.rows % 500 or monotonic() - self.beat_at < BEAT_EVERY:
            return False
        self.beat_at = monotonic()
        return True

    def take(self, row: reader.Row) -> None:
        if not self.columns:
            if row.problem:
                raise BadFile(f"The first row must hold the column names, but it cannot be read. {row.problem}")
            self.columns, self.mapping = row.cells, propose(row.cells)
            return
        self.rows += 1
        if self.rows > detection.MAX_ROWS:
            raise BadFile(f"The file has more than {detection.MAX_ROWS:,} rows. Split it into smaller files.")
        if len(self.preview) < PREVIEW_ROWS:
            self.preview.append([cell[:200] for cell in row.cells[: len(self.columns)]])
        if row.problem:
            self._reject(row, Rejection.INVALID, row.problem)
            return
        try:
            person = read_row(self.mapping, row.cells, len(self.columns), self.upload.default_country)
        except Unreadable as error:
            self._reject(row, Rejection.INVALID, error.sentence)
            return
        number = int(person.phone_number[1:])
        first = self.first_line.setdefault(number, row.line)
        if first != row.line:
            self.duplicates[row.line] = first
            self._reject(row, Rejection.DUPLICATE, same_number(first))

    def _reject(self, row: reader.Row, kind: str, reason: str) -> None:
        if len(self.rejections) < SHOWN_REJECTIONS:
            self.rejections.append({"line": row.line, "kind": kind, "reason": reason[:300]})

    def result(self) -> dict[str, object]:
        if not self.columns:
            raise BadFile(detection.EMPTY)
        if not self.rows:
            raise BadFile("The file holds column names but no rows.")
        if not self.first_line:
            first = self.rejections[0]
            raise BadFile(f"No row can be used. Line {first['line']}: {first['reason']}")
        return {
            "status": UploadStatus.STAGED,
            "encoding": self.fmt.encoding,
            "delimiter": self.fmt.delimiter,
            "lines_before_header": self.fmt.skip,
            "columns": self.columns,
            "mapping": self.mapping.as_json(),
            "preview": self.preview,
            "first_rejections": self.rejections,
            "duplicate_lines": self.duplicates,
            "rows": self.rows,
            "valid_rows": len(self.first_line),
            "duplicate_rows": len(self.duplicates),
            "read_bytes": self.upload.size,
            "problem": "",
        }


def same_number(line: int) -> str:
    return f"The same number as in line {line}."
