"""Calls from people to our numbers: whose calls they are, and what they stand in place of.

Such a call belongs to the running or paused campaign that called the person last. It is no attempt. While it is live
nobody calls the person; if they spoke, it stands in place of a pending retry and gets a verdict like any conversation.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns import audience, callbacks
from campaigns.choices import OPEN_CAMPAIGN_STATUSES, CallState, Cause, Direction, Outcome
from campaigns.models import Call, CampaignContact
from contacts.models import Contact
from telephony.events import CallEvent
from telephony.inbox import Taken
from telephony.models import Agent, Number

REFERENCES = uuid.UUID("b2c1de5e-6c1c-5f0b-8d8e-0d4a3c1f7a11")  # the namespace of references made from a carrier's id

Told = Mapping[str, Sequence[CallEvent]]  # events by the reference of their call


def named(row: Taken) -> CallEvent:
    """The event of this row. One that knows no reference of ours gets the one that a call from a person is kept under:
    the same for all events of the same call, so that doubled and swapped ones find it."""
    event = CallEvent.from_json(row.event)
    if event.reference or not event.provider_call_id:
        return event
    return replace(event, reference=str(uuid.uuid5(REFERENCES, f"{row.carrier_id}:{event.provider_call_id}")))


def open_calls(workspace_id: int, rows: Sequence[tuple[Taken, CallEvent]], now: datetime) -> None:
    """Make the calls of which these events are the first word. Events about numbers that are not ours make none.

    The caller holds the transaction and applies the events next.
    """
    told: dict[tuple[int, str], list[CallEvent]] = defaultdict(list)
    for row, event in rows:
        if not row.ours and event.reference:
            told[row.carrier_id, event.reference].append(event)
    if not told:
        return
    kept = Call.objects.filter(reference__in=[reference for _, reference in told])
    known = {str(reference) for reference in kept.values_list("reference", flat=True)}
    numbers = _numbers(workspace_id, [event.to_number for events in told.values() for event in events])
    _lock_people(workspace_id, [event for _, event in rows], told.values())
    for (carrier, reference), events in sorted(told.items(), key=lambda one: one[0][1]):
        number = numbers.get((carrier, events[0].to_number))
        if reference not in known and number is not None and events[0].from_number.startswith("+"):
            _open(number, reference, events, now)


def called_last(workspace_id: int, phone_number: str) -> Call | None:
    """The last call to this person of a campaign that is running or paused; withdrawn ones reached nobody."""
    calls = Call.objects.filter(
        workspace=workspace_id,
        phone_number=phone_number,
        direction=Direction.OUTBOUND,
        campaign__status__in=OPEN_CAMPAIGN_STATUSES,
    ).exclude(outcome=Outcome.CANCELLED)
    return calls.select_related("campaign").order_by("-launched_at", "-id").first()


def ended(calls: Iterable[Call], now: datetime, completion_by: timedelta) -> None:
    """These calls from people to campaigns have just ended: who is heard gets a verdict, the others change nothing.

    Their people are locked. `completion_by`: after the completion timeout the verdict comes without analysis.
    """
    for call in calls:
        assert call.ended_at is not None and call.campaign is not None
        spoken = call.outcome == Outcome.HUMAN and call.spoke and call.talk_seconds > 0
        call.continues = spoken and _conversations(call).exists()
        call.analyse_at = call.ended_at + timedelta(minutes=call.campaign.completion_timeout_minutes)
        due = _stand_in(call, now) if spoken else None
        if due is not None:
            call.due_at, call.conclude_by = due, call.analyse_at + completion_by
        else:
            call.concluded_at, call.verdict = now, "not counted"


def counts(call: Call) -> bool:
    """Whether this call from a person is the one that its contact waits for."""
    return call.due_at is not None


def _stand_in(call: Call, now: datetime) -> datetime | None:
    """The due time of the retry that this call stands in place of; None where there is none."""
    campaign = call.campaign
    assert campaign is not None
    if call.campaign_contact_id is None or campaign.status not in OPEN_CAMPAIGN_STATUSES or campaign.run != call.run:
        return None
    due = audience.called_back(call.campaign_contact_id, now)
    if due is not None:
        callbacks.met(call.campaign_contact_id, now)
    return due


def _conversations(call: Call):  # type: ignore[no-untyped-def]
    """Conversations with this contact that had no verdict yet when this call began."""
    before = Call.objects.filter(campaign_contact=call.campaign_contact_id, spoke=True, ended_at__isnull=False)
    awaited = before.exclude(concluded_at__lte=call.launched_at).filter(launched_at__lt=call.launched_at)
    return awaited.exclude(pk=call.pk)


def _numbers(workspace_id: int, phone_numbers: Iterable[str]) -> dict[tuple[int, str], Number]:
    rows = Number.objects.filter(workspace=workspace_id, phone_number__in=set(phone_numbers))
    return {(number.carrier_id, number.phone_number): number for number in rows}


def _lock_people(workspace_id: int, events: Iterable[CallEvent], told: Iterable[Sequence[CallEvent]]) -> None:
    """All whom this batch concerns, by id, before a new call's key locks one of them."""
    concerned = Call.objects.filter(reference__in={event.reference for event in events if event.reference})
    callers = {event.from_number for group in told for event in group}
    calls = concerned | Call.objects.filter(workspace=workspace_id, phone_number__in=callers)
    people = set(calls.order_by().values_list("campaign_contact", flat=True)) - {None}
    list(CampaignContact.objects.filter(pk__in=people).order_by("id").select_for_update().values_list("pk"))


def _open(number: Number, reference: str, events: Sequence[CallEvent], now: datetime) -> None:
    phone_number = events[0].from_number
    last = called_last(number.workspace_id, phone_number)
    agent = last.agent_id if last else _agent(number)
    if agent is None:
        return
    Call.objects.create(
        workspace_id=number.workspace_id,
        campaign=last.campaign if last else None,
        campaign_contact_id=last.campaign_contact_id if last else None,
        contact=Contact.objects.filter(workspace=number.workspace_id, phone_number=phone_number).first(),
        agent_id=agent,
        carrier_id=number.carrier_id,
        number=number,
        direction=Direction.INBOUND,
        phone_number=phone_number,
        reference=uuid.UUID(reference),
        provider_call_id=events[0].provider_call_id,
        run=last.campaign.run if last and last.campaign else 0,
        cause=Cause.INBOUND,
        state=CallState.RINGING,
        launched_at=min(event.answered_at or event.at for event in events),
        check_at=now,
    )


def _agent(number: Number) -> int | None:
    """Who answers at this number: the agent whose number it is, else the one that called from it last, else one that is
    to call from it, else anybody: whoever calls us is not called meanwhile, whatever we know of the number."""
    agents = Agent.objects.filter(workspace=number.workspace_id).order_by("id").values_list("pk", flat=True)
    last = Call.objects.filter(workspace=number.workspace_id, number=number).order_by("-id")
    return (
        agents.filter(default_number=number).first()
        or last.values_list("agent", flat=True).first()
        or agents.filter(campaigns__pool__number=number).first()
        or agents.first()
    )
