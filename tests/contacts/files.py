"""Contact files for tests: small ones as text, large ones by the row."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Workspace
from contacts.importing import load, staging
from contacts.models import Contact, Upload, UploadStatus
from tests.factories import NOON


def file(content: str | bytes, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def staged(workspace: Workspace, content: str | bytes, **more: str) -> Upload:
    """What staging makes of a file: staged, or failed."""
    upload = staging.receive(workspace, file(content), user=None, now=NOON, **more)
    if not staging.is_small(upload):
        staging.stage(upload.pk, upload.turn)
        upload.refresh_from_db()
    return upload


def loading(workspace: Workspace, content: str | bytes) -> Upload:
    upload = staged(workspace, content)
    load.begin(upload, NOON)
    return upload


def loaded(workspace: Workspace, content: str | bytes) -> Upload:
    upload = loading(workspace, content)
    while load.run(upload.pk, upload.turn) and upload.status == UploadStatus.LOADING:  # slice by slice
        upload.refresh_from_db()
    upload.refresh_from_db()
    return upload


def one_piece(upload: Upload, settle: load.Settle | None = None) -> None:
    """The next piece of a file that is being loaded, and no more."""
    with upload.ready.open("rb") as ready:
        rows, end = load._read(upload, ready.file, load.PIECE_ROWS)
    load._piece(upload, rows, end, settle)


def add_up(upload: Upload) -> bool:
    return sum(upload.counts.values()) == upload.rows_done and upload.rejected == upload.rejected_rows.count()


def many(count: int, first: int = 0) -> str:
    """A file of so many people, each with a number of its own."""
    rows = (f"+1212{5_550_000 + n},Person {n},{n}" for n in range(first, first + count))
    return "phone,name,due\n" + "\n".join(rows) + "\n"


def numbers(workspace: Workspace) -> list[str]:
    return list(
        Contact.objects.filter(workspace=workspace).order_by("phone_number").values_list("phone_number", flat=True)
    )


class Killed(Exception):
    """Stands for the end of the process at this point."""


@contextmanager
def killed() -> Iterator[None]:
    try:
        yield
    except Killed:
        return
    raise AssertionError("the process lived on")
