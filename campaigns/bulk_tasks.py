"""What the work cluster does for acts on a campaign's list. Thin: ids in, one call."""

from campaigns import bulk


def act(bulk_id: int, turn: int) -> int:
    return bulk.run(bulk_id, turn)
