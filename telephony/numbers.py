"""A number's spam score and its history: one writer for pages, imports and the API."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from telephony.models import Number, SpamScore

HIGHEST_SCORE = 10


def set_spam_score(
    number: Number, score: int, *, source: str, at: datetime, actor: User | None = None, actor_name: str = ""
) -> bool:
    """Record `score` (0–10) and keep the old one as history. False, and nothing written, when it is the same.

    Campaigns compare it with their threshold whenever they pick a number, so it holds from the next launch on.
    Raises ValueError for a score that does not exist.
    """
    if not 0 <= score <= HIGHEST_SCORE:
        raise ValueError(f"A spam score lies between 0 and {HIGHEST_SCORE}.")
    with transaction.atomic():
        before = Number.objects.select_for_update().values_list("spam_score", flat=True).get(pk=number.pk)
        number.spam_score = score
        if before == score:
            return False
        Number.objects.filter(pk=number.pk).update(spam_score=score)
        SpamScore.objects.create(number=number, score=score, source=source[:120], at=at)
        detail: dict[str, object] = {"from": before, "to": score, "source": source}
        audit.record(number.workspace_id, "number.spam", number, actor=actor, actor_name=actor_name, detail=detail)
    return True
