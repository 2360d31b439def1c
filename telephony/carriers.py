"""A carrier's health: the only writer of its rest, its errors and whether it is switched off."""

from datetime import datetime, timedelta

from telephony import credentials
from telephony.models import Carrier

FIRST_REST = 5  # seconds; doubled up to LONGEST_REST while trouble goes on
LONGEST_REST = 300


def values(carrier: Carrier) -> dict[str, str]:
    """Settings and secrets together, as a provider's adapter wants them. Never log or show this."""
    return {**carrier.settings, **credentials.unlock(carrier.credentials)}


def trouble(carrier_id: int, reason: str, permanent: bool, now: datetime) -> None:
    """The carrier refused a request: it rests 5, 10, 20 … up to 300 seconds; trouble that cannot pass switches it off.

    Refusals of one batch that come while it rests already do not add up.
    """
    rows = Carrier.objects.filter(pk=carrier_id)
    if permanent:
        rows.filter(disabled_at__isnull=True).update(
            disabled_at=now, disabled_reason=reason[:300], last_error=reason[:300]
        )
        return
    carrier = rows.select_for_update().first()
    if carrier is None or (carrier.rest_until is not None and carrier.rest_until > now):
        return
    seconds = min(max(FIRST_REST, carrier.rest_seconds * 2), LONGEST_REST)
    rows.update(rest_seconds=seconds, rest_until=now + timedelta(seconds=seconds), last_error=reason[:300])


def fine(carrier_id: int, now: datetime) -> None:
    """The carrier took a request: the next trouble begins with the shortest rest. Requests of the batch that brought
    the trouble say nothing: while it rests, it rests."""
    rested = Carrier.objects.filter(pk=carrier_id, rest_seconds__gt=0).exclude(rest_until__gt=now)
    rested.update(rest_seconds=0, rest_until=None)


def enable(carrier_id: int) -> None:
    Carrier.objects.filter(pk=carrier_id).update(
        enabled=True, disabled_at=None, disabled_reason="", rest_until=None, rest_seconds=0
    )


def disable(carrier_id: int) -> None:
    Carrier.objects.filter(pk=carrier_id).update(enabled=False)
