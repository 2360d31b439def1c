"""What the work cluster does for a campaign's contact files. Thin: ids in, one call."""

from campaigns import uploads


def stage_upload(upload_id: int, turn: int) -> None:
    uploads.stage(upload_id, turn)


def load_upload(upload_id: int, turn: int) -> int:
    return uploads.run(upload_id, turn)
