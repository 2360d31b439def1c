"""The usual way to apply events: one at a time through the ORM, each in a transaction under the call's lock."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from campaigns.choices import CallState
from campaigns.models import Call, CampaignContact, Tally
from telephony.events import CallEvent, EventKind
from telephony.models import ProviderEvent

STATES = {
    EventKind.INITIATED: CallState.INITIATED,
    EventKind.RINGING: CallState.RINGING,
    EventKind.ANSWERED: CallState.IN_PROGRESS,
    EventKind.ENDED: CallState.ENDED,
}


def move(call: Call, event: CallEvent) -> bool:
    """Take over what the event says, and forget that events may be swapped. Whether it ended the call."""
    if call.ended_at is not None or event.kind not in STATES:
        return False
    call.state = STATES[event.kind]
    call.provider_call_id = event.provider_call_id
    if event.kind is EventKind.RINGING:
        call.ringing_at = event.at
    elif event.kind is EventKind.ANSWERED:
        call.answered_at = event.at
    elif event.kind is EventKind.ENDED:
        call.ended_at, call.check_at = event.at, None
        call.outcome, call.reason = str(event.outcome), event.reason[:120]
        call.talk_seconds, call.cost = event.talk_seconds or 0, event.cost
    return event.kind is EventKind.ENDED


def apply(ids: Sequence[int]) -> None:
    """Stored events, in this order."""
    for pk in ids:
        with transaction.atomic():
            row = ProviderEvent.objects.select_for_update().get(pk=pk)
            event = CallEvent.from_json(row.event)
            call = Call.objects.select_for_update().get(reference=event.reference)
            ended = move(call, event)
            call.save()
            if ended:
                _count(call)
            row.work_at = None
            row.save(update_fields=["work_at"])


def _count(call: Call) -> None:
    CampaignContact.objects.filter(pk=call.campaign_contact_id).update(status="called")
    tally, _ = Tally.objects.get_or_create(
        workspace_id=call.workspace_id,
        campaign_id=call.campaign_id,
        run=call.run,
        attempt=call.attempt,
        number_id=call.number_id,
        agent_id=call.agent_id,
        weekday=call.launched_at.weekday(),
        hour=call.launched_at.hour,
        outcome=call.outcome,
    )
    sums = {"talk_seconds": F("talk_seconds") + call.talk_seconds, "cost": F("cost") + call.cost}
    Tally.objects.filter(pk=tally.pk).update(calls=F("calls") + 1, answered=F("answered") + 1, **sums)
