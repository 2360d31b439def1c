"""Tags of many people at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from contacts.models import Contact
from contacts.person import packed

PIECE = 2_000


def retag(people: QuerySet[Contact], *, add: list[str], remove: list[str], now: datetime) -> int:
    """Add and remove tags; how many people changed. Commits in pieces, each short, however many people there are."""
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            ids = list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE])
            if not ids:
                return changed
            changed += _retag_piece(ids, add, remove, now)
        last = ids[-1]


def _retag_piece(ids: list[int], add: list[str], remove: list[str], now: datetime) -> int:
    """People with the same tags share one UPDATE: there are few distinct sets of tags."""
    by_tags: dict[str, list[int]] = {}
    for pk, tags in Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk", "tags"):
        by_tags.setdefault(tags, []).append(pk)
    changed = 0
    for tags, same in by_tags.items():
        kept = [tag for tag in tags.split("|") if tag and tag not in remove]
        new = packed(list(dict.fromkeys([*kept, *add])))
        if new != tags:
            changed += Contact.objects.filter(pk__in=same).update(tags=new, updated_at=now)
    return changed
