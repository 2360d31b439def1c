"""Calls as lines: launches and ends, and the calls that people made to us."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from campaigns.choices import Cause
from campaigns.dialing.trace import moment
from campaigns.models import Call
from campaigns.tracing.lines import CHUNK, END, INBOUND, LAUNCH, MOMENT, Timed
from telephony.models import ProviderEvent


def launches(calls: QuerySet[Call], ref: str) -> Iterator[Timed]:
    rows = calls.order_by("launched_at", "id").values_list(
        "id", "launched_at", "phone_number", "number__phone_number", "carrier", "attempt", "run", "cause", "reserved"
    )
    for pk, at, phone, number, carrier, attempt, run, cause, reserved in rows.iterator(CHUNK):
        line = {
            "type": "launch",
            "at": moment(at),
            "campaign": ref,
            "contact": phone,
            "number": number,
            "carrier": str(carrier),
            "attempt": attempt or 0,
            "run": run,
            "callback": cause == Cause.CALLBACK,
            "reserved": str(reserved),
        }
        yield at, LAUNCH, pk, line


def ends(calls: QuerySet[Call], ref: str) -> Iterator[Timed]:
    """A call that ended at the instant of its launch is told a moment later: nothing ends before it began."""
    rows = calls.filter(ended_at__isnull=False).order_by("ended_at", "id")
    fields = "id", "launched_at", "ended_at", "phone_number", "attempt", "run", "outcome", "talk_seconds", "cost"
    for pk, launched, ended, phone, attempt, run, outcome, talk, cost in rows.values_list(*fields).iterator(CHUNK):
        at = max(ended, launched + MOMENT)
        line = {
            "type": "end",
            "at": moment(at),
            "campaign": ref,
            "contact": phone,
            "attempt": attempt or 0,
            "run": run,
            "outcome": outcome,
            "talk_seconds": talk,
            "cost": str(cost or 0),
        }
        yield at, END, pk, line


def inbound(calls: QuerySet[Call], ref: str, until: datetime) -> Iterator[Timed]:
    """Calls from people. `known` is when the first event about it came; `until` when it was over, as far as we knew."""
    fields = "id", "launched_at", "ended_at", "phone_number", "number__phone_number", "talk_seconds", "cost"
    rows = calls.order_by("launched_at", "id").values_list(*fields, "carrier", "provider_call_id")
    heard = first_heard(calls)
    for pk, at, ended, phone, number, talk, cost, carrier, provider_id in rows.iterator(CHUNK):
        known = max(at, heard.get((carrier, provider_id), at))
        line = {
            "type": "inbound",
            "at": moment(at),
            "campaign": ref,
            "contact": phone,
            "number": number,
            "talk_seconds": talk,
            "known": moment(known),
            "until": moment(max(ended or until, known)),
            "cost": str(cost or 0),
        }
        yield at, INBOUND, pk, line


def first_heard(calls: QuerySet[Call]) -> dict[tuple[int, str], datetime]:
    """By carrier and its id of the call, when the first event about each of these calls came, where it is kept."""
    found: dict[tuple[int, str], datetime] = {}
    named = calls.exclude(provider_call_id="").order_by().values("provider_call_id")
    events = ProviderEvent.objects.filter(carrier__in=calls.order_by().values("carrier"), provider_call_id__in=named)
    rows = events.order_by("received_at", "id").values_list("carrier", "provider_call_id", "received_at")
    for carrier, provider_id, at in rows.iterator(CHUNK):
        found.setdefault((carrier, provider_id), at)
    return found
