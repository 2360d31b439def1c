"""Events that carriers sent, taken in batches by one writer per workspace, and the verdicts that have come due."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from campaigns import conclude, inbound, outcomes
from campaigns.review import review
from telephony import inbox
from telephony.inbox import Taken

log = logging.getLogger(__name__)

BATCH = 1000
PARK = timedelta(seconds=5)  # events of calls we do not know (yet) are looked at again
GIVE_UP = timedelta(minutes=10)  # then they are shown to people and left


def take_events(workspace_id: int, now: datetime, grace: timedelta = outcomes.END_GRACE) -> int:
    """Apply what is in the inbox, in the caller's transaction; how many events. What cannot be applied is put aside and
    holds up nobody else's."""
    rows = inbox.take(workspace_id, BATCH, now)
    if not rows:
        return 0
    try:
        with transaction.atomic():
            _take(workspace_id, rows, now, grace)
    except Exception:
        log.exception("workspace %s: events could not be applied together; trying each call's alone", workspace_id)
        for _, of_call in groupby(sorted(rows, key=_whose), key=_whose):
            _take_alone(workspace_id, list(of_call), now, grace)
    return len(rows)


def _whose(row: Taken) -> str:
    return f"{row.event['reference'] or row.event['provider_call_id']}"


def _take_alone(workspace_id: int, rows: Sequence[Taken], now: datetime, grace: timedelta) -> None:
    try:
        with transaction.atomic():
            _take(workspace_id, rows, now, grace)
    except Exception:
        log.exception("call %s: its events could not be applied", _whose(rows[0]))
        _park(rows, now)


def _take(workspace_id: int, rows: Sequence[Taken], now: datetime, grace: timedelta) -> None:
    told = [(row, inbound.named(row)) for row in rows]
    inbound.open_calls(workspace_id, told, now)
    known = outcomes.apply(workspace_id, outcomes.by_reference([event for _, event in told]), now, grace)
    strange = [row for row, event in told if event.reference not in known]
    _park(strange, now)
    parked = {row.pk for row in strange}
    inbox.done([row.pk for row in rows if row.pk not in parked])


def _park(rows: Sequence[Taken], now: datetime) -> None:
    if not rows:
        return
    given_up = inbox.older([row.pk for row in rows], now - GIVE_UP)
    inbox.park([row.pk for row in rows if row.pk not in given_up], now + PARK)
    inbox.done(given_up)
    for row in rows:
        if row.pk in given_up:
            log.error(
                "carrier %s: an event of no call we know, or not to be applied: %s", row.carrier_id, row.event_key
            )


def settle_due(workspace_id: int, now: datetime) -> int:
    """Verdicts that can wait no longer for analysis; how many. Commits."""
    findings = conclude.due(workspace_id, now)
    if not findings:
        return 0
    review(conclude.conclude(findings, now), now)
    return len(findings)
