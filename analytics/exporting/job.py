"""An export's way: asked for, made piece by piece, fetched, expired.

Whoever makes it writes a part of their own and commits how far it counts, under the part's name. Who takes over copies
what counts to a part of theirs: the one before finds the name changed at the next commit, and walks away. So a worker
killed at any point loses at most a piece, and two on one export never write to one file.
"""

import errno
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import IO, Any

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit, jobs
from accounts.jobs import JobStatus, Replaced
from accounts.models import User, Workspace
from accounts.pace import Pace
from analytics.exporting import sources
from analytics.exporting.rows import NOBODY, most_rows, pieces
from analytics.exporting.workbook import pack
from analytics.exporting.writing import WRITERS
from analytics.models import Export, ExportFormat, ExportKind
from campaigns.models import Campaign

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
SMALL = 2_000  # rows made while one waits
# Then the export queues again, behind whatever else waits for the work cluster.
SLICE_SECONDS = 20.0
BEAT_SECONDS = 5.0
COPIED_AT_ONCE = 1024 * 1024  # bytes
FULL = "There was no room left on the disk. Free some space, then export again."
UNWRITABLE = "The file could not be written. See the log of the work cluster, then export again."
GAVE_UP = "Making it stopped again and again. See the log of the work cluster, then export again."
BEGINNING: dict[str, Any] = {"names": {}, "after": 0, "through": 0, "written": 0, "rows_done": 0, "sheets": []}


class NotExportable(ValueError):
    """What was asked for cannot be exported. Its message is a sentence."""


def ask(
    workspace: Workspace,
    kind: str,
    fmt: str,
    *,
    campaign: Campaign | None = None,
    filters: Mapping[str, Sequence[str]],
    actor: User | None,
    actor_name: str = "",
    now: datetime,
    at_once: bool = True,
) -> Export:
    """Begin an export: the work cluster makes it, or a small one is made before this returns (`at_once`). Commits.

    Raises NotExportable where the kind needs a campaign, or can have none.
    """
    _check(kind, campaign)
    export = Export(workspace=workspace, campaign=campaign, kind=kind, format=fmt, created_by=actor, heartbeat_at=now)
    export.filters = sources.kept(filters)
    export.file_name = file_name(kind, fmt, campaign, now)
    export.rows = sources.rows(export).count()
    export.asked_by = (actor_name or str(actor or ""))[:200]
    small = at_once and export.rows <= SMALL
    with transaction.atomic():
        export.save()
        detail = {"kind": kind, "format": fmt, "filters": export.filters, "rows": export.rows}
        audit.record(workspace, "export.asked", export, actor=actor, actor_name=actor_name, detail=detail, at=now)
        if not small:
            jobs.queue(export, now)
    if small:
        make(export.pk, export.turn)
        export.refresh_from_db()
    return export


def _check(kind: str, campaign: Campaign | None) -> None:
    if campaign is None and kind in sources.OF_CAMPAIGN:
        raise NotExportable("Name the campaign whose contacts or results are wanted.")
    if campaign is not None and kind in sources.OF_WORKSPACE:
        raise NotExportable("This is not exported by campaign. Leave the campaign out.")


def file_name(kind: str, fmt: str, campaign: Campaign | None, now: datetime) -> str:
    """ "spring-renewal-contacts-2026-06-01.csv"."""
    what = {ExportKind.PEOPLE: "contacts", ExportKind.SUPPRESSIONS: "suppression-list"}.get(ExportKind(kind), kind)
    stem = "-".join(filter(None, [slugify(campaign.name)[:80] if campaign else "", what, f"{now:%Y-%m-%d}"]))
    return f"{stem}.{extension(fmt)}"


def extension(fmt: str) -> str:
    return {ExportFormat.EXCEL: "xlsx", ExportFormat.JSON: "json"}.get(ExportFormat(fmt), "csv")


# ── making ──


def make(export_id: int, turn: int, seconds: float = SLICE_SECONDS, size: int | None = None) -> int:
    """Write for a slice of time, then queue the rest; how many rows. Commits piece by piece."""
    export = jobs.mine(Export, export_id, turn)
    if export is None:
        return 0
    part = Part(export, Pace(size or most_rows(export)))
    try:
        part.take_over()
        start = export.rows_done
        if part.write(monotonic() + seconds):
            part.finish()
        else:
            _queue_rest(export)
        return export.rows_done - start
    except Replaced:
        log.info("export %s: another worker makes it, or it was cancelled", export_id)
        part.remove()
    except OSError as error:
        log.exception("export %s", export_id)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        part.fail(FULL if full else UNWRITABLE)
    return 0


def _queue_rest(export: Export) -> None:
    with transaction.atomic():
        jobs.hold(export, file=export.file.name)
        jobs.queue(export, timezone.now())


class Part:
    """The file that one worker writes, and the commits that make it count."""

    def __init__(self, export: Export, pace: Pace) -> None:
        self.export, self.pace = export, pace
        now = timezone.now()
        self.name = f"exports/{now:%Y/%m}/{export.pk}-{secrets.token_hex(8)}.{extension(export.format)}"
        self.beaten = monotonic()

    @property
    def path(self) -> Path:
        return Path(storage().path(self.name))

    def take_over(self) -> None:
        """Go on from what counts; from the beginning where nothing does. Raises Replaced."""
        export, before = self.export, self.export.file.name or ""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not (before and export.written and self._copied(Path(storage().path(before)))):
            self.path.touch()
            self._begin_anew()
        self._commit(before, file=self.name, **{name: getattr(export, name) for name in BEGINNING})
        export.file.name = self.name
        if before:
            storage().delete(before)

    def _copied(self, before: Path) -> bool:
        """Whether there was enough to go on from."""
        left = self.export.written
        if not before.exists() or before.stat().st_size < left:
            return False
        with before.open("rb") as source, self.path.open("wb") as target:
            while left:
                data = source.read(min(COPIED_AT_ONCE, left))
                target.write(data)
                left -= len(data)
                self.beat()
        return True

    def _begin_anew(self) -> None:
        """Settle columns and rows, once for the whole file."""
        export = self.export
        for name, value in BEGINNING.items():
            setattr(export, name, value)
        export.names = sources.settle_names(export, self.beat)
        found = sources.rows(export).aggregate(rows=Count("pk"), through=Max("pk"))
        export.rows, export.through = found["rows"], found["through"] or 0
        export.started_at = timezone.now()
        Export.objects.filter(pk=export.pk).update(rows=export.rows, started_at=export.started_at)

    def write(self, until: float) -> bool:
        """Piece by piece, each committed; False when time ran out before the rows did."""
        export = self.export
        with self._opened() as file:
            file.seek(export.written)
            writer = WRITERS[export.format](file, export.rows_done, export.sheets)
            if not export.written:
                writer.begin(sources.table(export, NOBODY))
                self._written(writer)
            self.pace.limit(most_rows(export))  # known once the columns are settled
            self.pace.rest()
            for piece in pieces(export, self.pace):
                writer.piece(piece)
                export.after = piece.last
                self._written(writer, stalls=0)
                self.pace.note(len(piece.ids))
                self.pace.rest()
                if monotonic() > until:
                    return False
            writer.end()
        return True

    def _opened(self) -> IO[bytes]:
        """Raises Replaced where somebody has taken the part away: whoever it was goes on, or the sweep sees to it."""
        try:
            return self.path.open("r+b")
        except FileNotFoundError:
            raise Replaced from None

    def _written(self, writer: Any, **columns: Any) -> None:
        export = self.export
        writer.file.flush()
        export.rows_done, export.sheets, export.written = writer.rows, writer.sheets, writer.file.tell()
        where = {"rows_done": export.rows_done, "sheets": export.sheets, "written": export.written}
        self._commit(self.name, after=export.after, **where, **columns)

    def finish(self) -> None:
        """Close the export with a whole file on the disk."""
        export, rows = self.export, self.path
        if export.format == ExportFormat.EXCEL:
            self.name = self.name.replace(".xlsx", "-packed.xlsx")
            try:
                pack(rows, export.sheets, self.path, self.beat)
            except (OSError, Replaced):
                rows.unlink(missing_ok=True)
                raise
        with self._opened() as file:
            os.fsync(file.fileno())
        now = timezone.now()
        done = {"status": JobStatus.DONE, "file": self.name, "size": self.path.stat().st_size, "rows": export.rows_done}
        self._commit(export.file.name or "", finished_at=now, expires_at=now + KEPT_FOR, stalls=0, **done)
        if rows != self.path:
            rows.unlink(missing_ok=True)

    def beat(self) -> None:
        """A rest where calls are made, and a sign of life, not more often than needed. Raises Replaced."""
        self.pace.breathe()
        if monotonic() - self.beaten > BEAT_SECONDS:
            self.beaten = monotonic()
            jobs.beat(self.export)

    def _commit(self, under: str, **columns: Any) -> None:
        """Raises Replaced unless the export is still made under this name.

        Only a piece is getting on (`stalls=0`): to take over and to write the head are done anew by every try, so that
        they would hide from the sweep that a piece fails each time.
        """
        export = self.export
        same = Export.objects.filter(pk=export.pk, turn=export.turn, status=JobStatus.RUNNING, file=under)
        if not same.update(heartbeat_at=timezone.now(), **columns):
            raise Replaced
        self.beaten = monotonic()

    def fail(self, sentence: str) -> None:
        """End the export, if it is still made under this worker's name, without a file."""
        export = self.export
        same = Export.objects.filter(
            pk=export.pk, turn=export.turn, status=JobStatus.RUNNING, file=export.file.name or ""
        )
        same.update(status=JobStatus.FAILED, problem=sentence, file="", finished_at=timezone.now())
        self.remove()

    def remove(self) -> None:
        with suppress(OSError):  # where nothing can be written nothing may be removable: what stays is swept
            self.path.unlink(missing_ok=True)


# ── ending ──


def storage() -> Storage:
    return Export._meta.get_field("file").storage


def cancel(export: Export, now: datetime) -> bool:
    """Stop at the next piece and keep nothing. False when there was nothing left to stop. Commits."""
    running = Export.objects.filter(pk=export.pk, status=JobStatus.RUNNING)
    name = running.values_list("file", flat=True).first()
    if not running.update(status=JobStatus.CANCELLED, finished_at=now, file=""):
        return False
    if name:
        storage().delete(name)
    export.refresh_from_db()
    return True


def discard(export: Export, now: datetime, *, actor: User | None, actor_name: str = "") -> bool:
    """Remove the file before its time; the row stays in the history. False when there is none. Commits."""
    with transaction.atomic():
        removed = _expire(export, now)
        if removed:
            audit.record(export.workspace_id, "export.removed", export, actor=actor, actor_name=actor_name, at=now)
    export.refresh_from_db()
    return removed


def _expire(export: Export, now: datetime) -> bool:
    name = export.file.name or ""
    whole = Export.objects.filter(pk=export.pk, status=JobStatus.DONE, file=name).exclude(file="")
    if not whole.update(file="", expires_at=None, expired_at=now):
        return False
    transaction.on_commit(lambda: storage().delete(name))
    return True


def expire(now: datetime) -> int:
    """Files whose time is over are removed; how many."""
    return sum(_expire(export, now) for export in Export.objects.filter(expires_at__lte=now))


def sweep_orphans(now: datetime) -> int:
    """Files of no export, left by a worker that was killed or a campaign that was deleted, and parts of those that were
    given up; how many were removed.

    One that was touched within the hour may be somebody's part.
    """
    root = Path(storage().path("exports"))
    old = (now - timedelta(hours=1)).timestamp()
    found = [path for path in root.glob("*/*/*") if path.is_file() and path.stat().st_mtime < old]
    names = {str(path.relative_to(root.parent)): path for path in found}
    kept = Export.objects.exclude(status=JobStatus.FAILED).filter(file__in=names)
    known = set(kept.values_list("file", flat=True))
    for name in names.keys() - known:
        names[name].unlink(missing_ok=True)
    return len(names.keys() - known)
