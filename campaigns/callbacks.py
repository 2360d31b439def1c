"""The only writer of callbacks: people who asked to be called back."""

from collections.abc import Iterable
from datetime import datetime

from campaigns.choices import CallbackStatus, Cause, Outcome
from campaigns.dialing.values import Findings, Verdict
from campaigns.models import Call, Callback, CampaignContact


def ask(call: Call, row: CampaignContact, verdict: Verdict, findings: Findings, words: str) -> Callback:
    """Keep a callback that a verdict granted; due when the verdict says."""
    assert verdict.next_attempt_at is not None
    asked_for = findings.callback_at
    moved = asked_for is not None and verdict.next_attempt_at != asked_for
    how = "the retry delay: no clear time was given" if asked_for is None else "the time asked for"
    return Callback.objects.create(
        campaign_contact=row,
        run=call.run,
        asked_call=call,
        words=words[:300],
        asked_for=asked_for,
        due_at=verdict.next_attempt_at,
        found_by=f"moved from {how} to the next moment allowed" if moved else how,
    )


def close(call: Call, now: datetime) -> None:
    """A callback's own call has ended: it reached a person, or it missed them."""
    if call.cause == Cause.CALLBACK:
        word = CallbackStatus.CALLED if call.outcome == Outcome.HUMAN else CallbackStatus.MISSED
        _pending([call.campaign_contact_id]).update(status=word, done_at=now)


def met(campaign_contact: int, now: datetime) -> int:
    """The person called us before their callback's time had come."""
    return _pending([campaign_contact]).update(status=CallbackStatus.CALLED, done_at=now)


def cancel(campaign_contacts: Iterable[int | None], now: datetime) -> int:
    return _pending(campaign_contacts).update(status=CallbackStatus.CANCELLED, done_at=now)


def cancel_all(campaign_id: int, now: datetime) -> int:
    rows = Callback.objects.filter(campaign_contact__campaign=campaign_id, done_at__isnull=True)
    return rows.update(status=CallbackStatus.CANCELLED, done_at=now)


def pending(campaign_id: int) -> bool:
    return Callback.objects.filter(campaign_contact__campaign=campaign_id, done_at__isnull=True).exists()


def _pending(campaign_contacts: Iterable[int | None]):  # type: ignore[no-untyped-def]
    return Callback.objects.filter(campaign_contact__in=[pk for pk in campaign_contacts if pk], done_at__isnull=True)
