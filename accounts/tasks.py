"""What the work cluster does for accounts. Thin: one call."""

from django.utils import timezone

from accounts.rest import idempotency


def forget_answers() -> int:
    return idempotency.forget_old(timezone.now())
