"""What the work cluster does for a campaign's contact files. Thin: ids in, one call."""

from django.utils import timezone

from campaigns import files, replacing, undoing, uploads


def stage_upload(upload_id: int, turn: int) -> None:
    uploads.stage(upload_id, turn)
    files.go_on(upload_id, timezone.now())


def load_upload(upload_id: int, turn: int) -> int:
    return uploads.run(upload_id, turn)


def put_aside(upload_id: int) -> None:
    replacing.take_place(upload_id)
    files.go_on(upload_id, timezone.now())


def undo_upload(upload_id: int, turn: int) -> int:
    return undoing.run(upload_id, turn)
