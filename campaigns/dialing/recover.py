"""Live calls whose time to be looked at has come. Nothing is stuck, nothing is rung twice.

A call without the mark lost its dialer and is withdrawn. With the mark the provider is asked by our reference;
only its word, or fifteen minutes of silence, ends the call.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from campaigns import outcomes
from campaigns.choices import CallState, Direction, Outcome
from campaigns.dialing.place import FRESH, account
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked
from campaigns.models import Call
from telephony.errors import TelephonyError
from telephony.gateway import gateway
from telephony.providers import provider
from telephony.providers.base import Found, LookUp, NeverReceived, NoAnswer
from telephony.providers.wire import HTTP_TIMEOUT

log = logging.getLogger(__name__)

BATCH = 100
# “Never received” is believed so long after the mark.
NOT_BEFORE = timedelta(seconds=HTTP_TIMEOUT) + timedelta(minutes=2)
ASK_AGAIN = timedelta(seconds=30)
GIVE_UP = timedelta(minutes=15)  # of look-ups without an answer


def recover(workspace_id: int, now: datetime) -> int:
    """Withdraw what was never sent, ask carriers about the rest; how many calls were looked at. Commits."""
    with transaction.atomic():
        rows = Call.objects.filter(workspace=workspace_id, check_at__lte=now).order_by("check_at", "id")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return 0
        calls = locked(Call.objects.filter(pk__in=ids, check_at__lte=now), "carrier")
        ours = [call for call in calls if call.direction == Direction.OUTBOUND]
        lost = [call for call in ours if call.sent_at is None and call.launched_at + FRESH <= now]
        withdraw(lost, now, "dialer_lost")
        asked = [call for call in calls if call.sent_at is not None or call.direction == Direction.INBOUND]
        Call.objects.filter(pk__in=[call.pk for call in asked]).update(check_at=now + ASK_AGAIN)
    _ask(asked, now)
    return len(lost) + len(asked)


def _ask(calls: Sequence[Call], now: datetime) -> None:
    questions, unasked = [], []
    for call in calls:
        try:
            questions.append((account(call), str(call.reference), call.provider_call_id))
        except TelephonyError as problem:
            unasked.append((str(call.reference), NoAnswer(str(problem))))
    gateway().look_up(questions)
    note(unasked, now)


def note(findings: Sequence[tuple[str, LookUp]], now: datetime, set_at: datetime | None = None) -> int:
    """Write what carriers said of calls we asked about; how many. Commits each by itself: they are few, and what
    cannot be written of one call counts as silence and is no other's trouble. Each has its own time from `now` on:
    who is given back after others has not been there for them to be chosen, and must not look so.

    `set_at`: the clock was set forward then. How long ago a call was sent before, it does not tell.
    """
    begun, at = time.monotonic(), now
    for reference, finding in findings:
        try:
            _note_one(reference, finding, at, set_at)
        except Exception as fault:
            log.exception("call %s: what the carrier said could not be written", reference)
            _note_one(reference, NoAnswer(type(fault).__name__), at, set_at)
        at = now + timedelta(seconds=time.monotonic() - begun)
    return len(findings)


def _note_one(reference: str, finding: LookUp, now: datetime, set_at: datetime | None) -> None:
    with transaction.atomic():
        live = Call.objects.filter(reference=reference, ended_at__isnull=True)
        for call in locked(live, "carrier", "campaign", "agent"):
            _note(call, finding, now, set_at)


def _note(call: Call, finding: LookUp, now: datetime, set_at: datetime | None) -> None:
    if isinstance(finding, Found):
        _found(call, finding, now)
    elif isinstance(finding, NeverReceived) and _believed(call):
        _never_received(call, now, set_at)
    else:
        _silent(call, now)


def _found(call: Call, finding: Found, now: datetime) -> None:
    if not call.provider_call_id:
        Call.objects.filter(pk=call.pk).update(provider_call_id=finding.provider_call_id)
    outcomes.apply(call.workspace_id, {str(call.reference): finding.events}, now)
    live = Call.objects.filter(pk=call.pk, ended_at__isnull=True)
    talking = live.filter(answered_at__isnull=False)
    if not talking.update(check_at=now + outcomes.TALK_CHECK, unanswered_since=None) and live.exists():
        _silent(call, now)  # known there, but no phone rings for so long: that is no word either


def _believed(call: Call) -> bool:
    """Whether “never received” counts: only from providers that look up by our reference, if no word ever came."""
    by_reference = provider(call.carrier.provider).capabilities.lookup == "by_reference"
    return by_reference and not call.provider_call_id and call.state == CallState.QUEUED


def _never_received(call: Call, now: datetime, set_at: datetime | None) -> None:
    assert call.sent_at is not None
    since = max(call.sent_at, set_at or call.sent_at)
    if now >= since + NOT_BEFORE:
        withdraw([call], now, "never_received")
    else:
        Call.objects.filter(pk=call.pk).update(check_at=since + NOT_BEFORE)


def _silent(call: Call, now: datetime) -> None:
    """No usable answer: asked again, and after fifteen minutes of silence the call is over for us."""
    since = call.unanswered_since or now
    if now < since + GIVE_UP:
        Call.objects.filter(pk=call.pk).update(unanswered_since=since)
    else:
        reason = "end_not_heard" if call.answered_at else "no_word_from_carrier"
        log.warning("call %s: %s", call.reference, reason)
        outcomes.end(call, Outcome.TIMEOUT, now, reason)
