"""What carriers say of conversations, kept beside their calls as said. The only writer of CallReport."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts import rows as table
from accounts.statements import among, select
from campaigns.audience import SAID_BY_CARRIER
from campaigns.models import Call, CallReport
from contacts import suppression
from contacts.models import SuppressionReason
from telephony.events import CallEvent, Said

_KEPT = [
    "transcript", "summary", "disposition", "success", "do_not_call", "callback_asked", "callback_words", "callback_at",
    "recording_url",
]  # fmt: skip


def keep(told: Iterable[tuple[Call, Sequence[CallEvent]]], now: datetime) -> None:
    """Keep what these events of these calls say. A do-not-call counts whenever it comes; everything else before the
    verdict.

    The caller holds the transaction and has locked the calls, so nobody else makes their reports meanwhile.
    """
    heard = [(call, event.said) for call, events in told for event in events if event.said]
    if not heard:
        return
    known = _known([call.id for call, _ in heard])
    made: dict[int, CallReport] = {}
    for call, said in heard:
        report = known.get(call.id) or made.get(call.id)
        if report is None:
            report = made[call.id] = table.fresh(CallReport, call_id=call.id, received_at=now)
        _take_over(report, said)
        if said.do_not_call and call.concluded_at is not None:
            reason = SuppressionReason.ASKED
            suppression.add(call.workspace_id, [call.phone_number], reason, SAID_BY_CARRIER, now)
    table.insert(list(made.values()))
    table.update_locked(list(known.values()), _KEPT)


def _known(calls: list[int]) -> dict[int, CallReport]:
    names = ("call_id", *_KEPT)
    read = f"SELECT {table.columns(CallReport, names)} FROM campaigns_callreport WHERE {among('call_id', 'calls')}"  # noqa: S608
    return {report.call_id: report for report in table.objects(CallReport, names, select(read, {"calls": calls}))}


def _take_over(report: CallReport, said: Said) -> None:
    if said.transcript:
        report.transcript = [turn.to_json() for turn in said.transcript]
    report.summary = said.summary or report.summary
    report.disposition = said.disposition[:60] or report.disposition
    report.success = report.success if said.success is None else said.success
    report.do_not_call = report.do_not_call or said.do_not_call
    report.callback_asked = report.callback_asked or said.callback_asked
    report.callback_words = said.callback_words[:300] or report.callback_words
    report.callback_at = said.callback_at or report.callback_at
    report.recording_url = said.recording_url[:500] or report.recording_url
