"""The only one to move calls forward: what events make of a call, and the verdict on its person.

Calls are moved in batches under locks; the rules are in `campaigns.dialing.merge` and `.verdict`.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, prefetch_related_objects

from accounts import rows as table
from accounts.models import Workspace
from campaigns import audience, inbound, said, tallies
from campaigns.choices import CallState, Cause, Direction, Outcome
from campaigns.dialing import merge
from campaigns.dialing.merge import CallFacts
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked_by_reference
from campaigns.models import Call, Campaign
from telephony import carriers
from telephony.events import CallEvent, EventKind
from telephony.models import Agent

log = logging.getLogger(__name__)

END_GRACE = timedelta(seconds=3)  # after the end was stored: a late do-not-call still counts
ANALYSIS_BY = timedelta(minutes=15)  # after the completion timeout the verdict comes without analysis
TALK_CHECK = timedelta(minutes=5)  # a long call is not a lost call: it is looked up again and again
# An ended call is written with all that its end says; a call on its way, with what changed.
_END = (
    "provider_call_id", "state", "outcome", "reason", "ringing_at", "answered_at", "ended_at", "talk_seconds", "spoke",
    "cost", "check_at", "unanswered_since", "analyse_at", "conclude_by", "concluded_at", "due_at", "continues",
    "verdict",
)  # fmt: skip
_READ = (
    "id", "workspace_id", "campaign_id", "campaign_contact_id", "agent_id", "carrier_id", "number_id", "direction",
    "phone_number", "reference", "run", "attempt", "cause", "launched_at", *(set(_END) - {"check_at"}),
)  # fmt: skip


def apply(
    workspace_id: int, events: Mapping[str, Sequence[CallEvent]], now: datetime, grace: timedelta = END_GRACE
) -> set[str]:
    """Apply events, by our reference, to their calls; the references of calls that exist.

    The caller holds the transaction. Doubled and swapped events change nothing, nor does anything after the end but a
    do-not-call.
    """
    ends = {reference: end for reference, of_call in events.items() if (end := merge.first_end(of_call))}
    calls = {str(c.reference): c for c in locked_by_reference(workspace_id, list(events), list(ends), _READ)}
    live = [call for call in calls.values() if call.ended_at is None]
    ending = {reference: call for reference, call in calls.items() if reference in ends and call.ended_at is None}
    timeouts = _timeouts(list(ending.values()))
    unpriced = [call for reference, call in ending.items() if call.cost is None and ends[reference].cost is None]
    prefetch_related_objects(unpriced, "agent", "carrier")
    withdrawn, told = [], []
    changed: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for reference, call in calls.items():
        news = [_rang_out(event, call, events[reference]) for event in events[reference]]
        if _says_withdrawn(call, news):
            withdrawn.append(call)
        else:
            changed[_move(call, news, timeouts, now, grace)].append(call)
        told.append((call, news))
    said.keep(told, now)
    ended = [call for call in live if call.ended_at is not None]
    from_people = [call for call in ended if call.direction == Direction.INBOUND and call.campaign_id]
    prefetch_related_objects(from_people, "campaign")
    inbound.ended(from_people, now, ANALYSIS_BY)
    for names, moved in changed.items():
        table.update_locked(moved, names)
    audience.reached([call.campaign_contact_id for call in ended if _reached(call)])  # type: ignore[misc]
    if withdrawn:
        withdraw(list(Call.objects.filter(pk__in=[call.pk for call in withdrawn])), now, "carrier_cancelled")
        for carrier in sorted({call.carrier_id for call in withdrawn}):  # or the same people are claimed again at once
            carriers.trouble(carrier, "The carrier cancelled a call that it had taken.", False, now)
    tallies.move(ended)
    _settle(workspace_id, ended)
    return set(calls)


def _timeouts(ending: Sequence[Call]) -> dict[int, timedelta]:
    """By campaign, how long after their end calls wait for what is learnt of them."""
    campaigns = {call.campaign_id for call in ending if call.campaign_id is not None}
    found = Campaign.objects.filter(pk__in=campaigns).values_list("pk", "completion_timeout_minutes")
    return {pk: timedelta(minutes=minutes) for pk, minutes in found} if campaigns else {}


def _reached(call: Call) -> bool:
    return (
        call.outcome == Outcome.HUMAN and call.direction == Direction.OUTBOUND and call.campaign_contact_id is not None
    )


def _settle(workspace_id: int, ended: Sequence[Call]) -> None:
    """Take what just ended calls cost off the workspace's balance, where one is kept. The last lock of all."""
    cost = sum((call.cost for call in ended if call.cost), Decimal(0))
    if cost:
        kept = Workspace.objects.filter(pk=workspace_id, balance__isnull=False)
        kept.update(balance=F("balance") - cost)


def end(call: Call, outcome: str, now: datetime, reason: str) -> None:
    """End a live call by an event of our own. The caller holds the transaction and has locked the call."""
    event = CallEvent(
        key=f"own:{call.reference}:end",
        reference=str(call.reference),
        provider_call_id=call.provider_call_id,
        kind=EventKind.ENDED,
        at=now,
        outcome=outcome,
        reason=reason,
    )
    apply(call.workspace_id, {str(call.reference): [event]}, now)


def _says_withdrawn(call: Call, events: Sequence[CallEvent]) -> bool:
    end = merge.first_end(events) if call.ended_at is None else None
    return end is not None and end.outcome == Outcome.CANCELLED


def _rang_out(event: CallEvent, call: Call, events: Sequence[CallEvent]) -> CallEvent:
    """A call that was cancelled after it rang is an attempt: somebody's phone rang."""
    if event.outcome != Outcome.CANCELLED:
        return event
    heard = (EventKind.RINGING, EventKind.ANSWERED)
    rang = call.state >= CallState.RINGING or any(e.kind in heard or e.ringing_at or e.answered_at for e in events)
    return replace(event, outcome=Outcome.RNR) if rang else event


def _move(
    call: Call, events: Sequence[CallEvent], timeouts: Mapping[int, timedelta], now: datetime, grace: timedelta
) -> tuple[str, ...]:
    """What is to be written of it."""
    before = _facts(call)
    after = merge.advance(before, events)
    moved: dict[str, Any] = {
        "provider_call_id": call.provider_call_id
        or next((e.provider_call_id for e in events if e.provider_call_id), ""),
        "state": after.state,
        "ringing_at": after.ringing_at,
        "answered_at": after.answered_at,
    }
    if after.ended_at is None:
        moved["unanswered_since"] = None
    changed = [name for name, value in moved.items() if getattr(call, name) != value]
    if after.ended_at is None and after.answered_at is not None and before.answered_at is None:
        moved["check_at"] = now + TALK_CHECK
        changed.append("check_at")
    for name, value in moved.items():
        setattr(call, name, value)
    if before.ended_at is None and after.ended_at is not None:
        _ended(call, after, events, timeouts, now, grace)
        return _END
    return tuple(changed)


def _facts(call: Call) -> CallFacts:
    return CallFacts(
        state=CallState(call.state),
        outcome=call.outcome,
        reason=call.reason,
        ringing_at=call.ringing_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        talk_seconds=call.talk_seconds,
        cost=call.cost,
    )


def _ended(
    call: Call,
    after: CallFacts,
    events: Sequence[CallEvent],
    timeouts: Mapping[int, timedelta],
    now: datetime,
    grace: timedelta,
) -> None:
    """The call has just ended: what came of it, who looks next, and when."""
    assert after.ended_at is not None
    call.outcome, call.reason, call.ended_at = after.outcome, after.reason[:120], after.ended_at
    call.talk_seconds, call.cost = after.talk_seconds, after.cost
    call.check_at = call.unanswered_since = None
    if call.cost is None:
        rate = call.agent.cost_per_minute + call.carrier.cost_per_minute
        call.cost = (Decimal(call.talk_seconds) * rate / 60).quantize(Decimal("0.0001"))
    human = call.outcome == Outcome.HUMAN
    call.spoke = human and _spoke(events)
    if call.campaign_id is None:
        call.concluded_at = now
        if human and call.cause == Cause.TEST:
            Agent.objects.filter(pk=call.agent_id).update(tested_at=now)
    elif call.direction == Direction.INBOUND:
        pass  # `inbound.ended` says whether anybody waits for its verdict
    elif human:
        call.analyse_at = call.ended_at + timeouts[call.campaign_id]
        call.conclude_by = call.analyse_at + ANALYSIS_BY
    else:
        call.conclude_by = now + grace


def _spoke(events: Sequence[CallEvent]) -> bool:
    """Whether the person spoke; without a transcript an answered call counts as spoken."""
    for words in (event.said for event in events if event.said):
        if words.spoke is not None:
            return words.spoke
        if words.transcript:
            return any(turn.speaker == "contact" and turn.text.strip() for turn in words.transcript)
    return True


def by_reference(events: Sequence[CallEvent]) -> dict[str, list[CallEvent]]:
    found: dict[str, list[CallEvent]] = defaultdict(list)
    for event in events:
        if event.reference:
            found[event.reference].append(event)
    return found
