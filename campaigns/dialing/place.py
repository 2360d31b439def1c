"""Between a claimed call and the carrier: mark as being sent, commit, then tell the carrier; and take in its answers.

The mark is the line: a call without it may be withdrawn, a call with it is never rung again by ourselves.
"""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from campaigns import lease, outcomes
from campaigns.choices import RING_TIMEOUTS, CallState, CampaignStatus, Outcome, PoolStatus
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked
from campaigns.lease import Held
from campaigns.models import Call, Campaign, PoolNumber
from contacts.models import Contact, Suppression
from telephony import carriers
from telephony.errors import TelephonyError
from telephony.gateway import Account, gateway
from telephony.providers.base import Answer, NotSent, Placed, PlaceRequest, Refused
from telephony.providers.wire import HTTP_TIMEOUT

log = logging.getLogger(__name__)

# A process that was frozen longer sends nothing, so a pause holds within a second.
SEND_BY = 0.8  # seconds after the mark
FRESH = timedelta(seconds=5)  # what a claim checked is true for so long; a dialer frozen since then sends nothing
ANSWER_BY = timedelta(seconds=HTTP_TIMEOUT) + timedelta(minutes=2)  # then recover asks what became of the request
LONGEST_RING = timedelta(seconds=max(RING_TIMEOUTS))
RING_GRACE = timedelta(seconds=60)  # beyond the ring timeout, before recover asks
TEST_RING = 30  # seconds


def place(calls: Sequence[Call], now: datetime, held: Held | None = None, send_by: float = math.inf) -> int:
    """Mark these claimed calls, commit, and hand them to the gateway; how many. Those that may no longer be sent
    (paused, suppressed, number disabled meanwhile) are withdrawn. Call it outside any transaction.

    `held`: under this lease; raises Lost, and nothing is sent. `send_by`: a time.monotonic() after which none leaves.
    """
    if not calls:
        return 0
    begun = time.monotonic()
    with transaction.atomic():
        if held:
            lease.confirm(held)
        told = mark(calls, now)
        stopped = [call.pk for call in calls if call.pk not in told]
        if stopped:
            withdraw(locked(Call.objects.filter(pk__in=stopped, ended_at__isnull=True)), now, "not_sent")
    ready, refused = [], []
    accounts: dict[int, Account] = {}
    marked = [call for call in calls if call.pk in told]
    for call in _with_rows(sorted(marked, key=lambda call: call.launched_at)):  # they leave in this order
        try:
            of_carrier = accounts.get(call.carrier_id) or account(call)
            ready.append((accounts.setdefault(call.carrier_id, of_carrier), request(call)))
        except TelephonyError as problem:  # unreadable credentials: certainly not placed, and the carrier's own trouble
            refused.append((str(call.reference), Refused("carrier", str(problem), permanent=True)))
        except Exception as fault:  # of this call alone: an attempt, or it would come again and again
            log.exception("call %s: no request could be made of it", call.reference)
            refused.append((str(call.reference), Refused("number", f"no_request: {type(fault).__name__}")))
    not_before = {str(call.reference): begun + (call.launched_at - now).total_seconds() for call in calls}
    gateway().place(ready, min(begun + SEND_BY, send_by), not_before)
    note(refused, now)
    return len(ready)


def mark(calls: Sequence[Call], now: datetime) -> set[int]:
    """Set the mark on those that may be sent, in the caller's transaction; their ids. The last look at status,
    suppression and number before the wire. Nobody else can mark or withdraw them meanwhile."""
    campaigns = {call.campaign_id for call in calls if call.campaign_id}
    list(Campaign.objects.filter(pk__in=campaigns).order_by("id").select_for_update(no_key=True))
    suppressed = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
    usable = PoolNumber.objects.filter(
        campaign=OuterRef("campaign"), number=OuterRef("number"), status=PoolStatus.ACTIVE
    )
    allowed = Q(campaign__isnull=True) | (Q(campaign__status=CampaignStatus.RUNNING) & Exists(usable))
    rows = Call.objects.filter(allowed, ~Exists(suppressed), pk__in=[call.pk for call in calls])
    rows = rows.filter(sent_at__isnull=True, ended_at__isnull=True, launched_at__gt=now - FRESH).order_by("id")
    ids = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    Call.objects.filter(pk__in=ids).update(sent_at=now, check_at=now + ANSWER_BY)
    return set(ids)


def request(call: Call) -> PlaceRequest:
    """What the carrier is told: our reference, the numbers, and what the conversation needs."""
    campaign, contact, agent = call.campaign, call.contact, call.agent
    detail = getattr(call.campaign_contact, "detail", None) if call.campaign_contact_id else None
    variables: dict[str, Any] = {**agent.default_variables}
    if contact is not None:
        own = contact.variables if detail is None else detail.variables
        variables |= {"first_name": contact.first_name or contact.name, "company": contact.company, **own}
    return PlaceRequest(
        reference=str(call.reference),
        to_number=call.phone_number,
        from_number=call.number.phone_number,
        agent_id=agent.provider_agent_id,
        ring_timeout_seconds=campaign.ring_timeout_seconds if campaign else TEST_RING,
        amd_mode=campaign.amd_mode if campaign else "off",
        variables=variables,
        events_url=f"{settings.PUBLIC_URL}/hooks/{call.carrier.provider}/{call.carrier.hook_key}/",
        metadata={
            "campaign": campaign.name if campaign else "Test call",
            "agent": agent.name,
            "contact": contact.display_name if contact else "",
            "first_name": (contact.first_name or contact.name) if contact else "",
            "company": contact.company if contact else "",
            "timezone": _one_zone(contact) if contact else "",
            "attempt": call.attempt or 1,
        },
    )


def _one_zone(contact: Contact) -> str:
    """The contact's zone where there is no doubt about it, so that “tomorrow at ten” means something; else ""."""
    zones = contact.hours_key.zones.split()
    return zones[0] if len(zones) == 1 else ""


def account(call: Call) -> Account:
    return Account(call.carrier_id, call.carrier.provider, carriers.values(call.carrier), float(call.carrier.max_cps))


def _with_rows(calls: Sequence[Call]) -> Sequence[Call]:
    """These calls with all that `request` and `account` ask of them; what they share is read once."""
    contact = ("contact__hours_key", "campaign_contact__detail")
    prefetch_related_objects(list(calls), "campaign", "agent", "carrier", "number", *contact)
    return calls


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def note(answers: Sequence[tuple[str, Answer]], now: datetime) -> int:
    """Write what carriers answered to our requests; how many. An unknown answer changes nothing: recover asks. `now`
    is read after the answers were collected, so that their calls have arrived by then."""
    if not answers:
        return 0
    of = dict(answers)
    withdrawn: dict[str, list[Call]] = defaultdict(list)
    with transaction.atomic():
        calls = locked(Call.objects.filter(reference__in=list(of)), "carrier")
        for carrier in {call.carrier_id for call in calls if isinstance(of[str(call.reference)], Placed)}:
            carriers.fine(carrier, now)
        refused = [call.pk for call in calls if isinstance(of[str(call.reference)], Refused)]
        if refused:
            Call.objects.filter(pk__in=refused).update(told_at=now)
        for call in calls:
            reason = _note(call, of[str(call.reference)], now)
            if reason:
                withdrawn[reason].append(call)
        for reason, those in withdrawn.items():
            withdraw(those, now, reason)
    return len(calls)


def _note(call: Call, answer: Answer, now: datetime) -> str | None:
    """Write one answer; why the call is to be withdrawn, if it is."""
    if isinstance(answer, Placed):
        _placed(call, answer.provider_call_id, now)
    elif call.ended_at is not None or call.state > CallState.QUEUED:
        log.warning("call %s: %s after it had moved on", call.reference, answer)
    elif isinstance(answer, NotSent):
        return "not_sent"
    elif isinstance(answer, Refused) and answer.because == "number":
        _refused(call, answer, now)
    elif isinstance(answer, Refused):
        carriers.trouble(call.carrier_id, answer.reason, answer.permanent, now)
        return "carrier_refused"
    else:
        log.warning("call %s: no word whether it was placed (%s); it will be looked up", call.reference, answer)
    return None


def _placed(call: Call, provider_call_id: str, now: datetime) -> None:
    fields: dict[str, Any] = {"provider_call_id": provider_call_id, "told_at": now}
    if call.ended_at is None:
        fields |= {"state": max(call.state, CallState.INITIATED)}
        if call.answered_at is None:
            fields |= {"check_at": now + LONGEST_RING + RING_GRACE}
    Call.objects.filter(pk=call.pk).update(**fields)


def _refused(call: Call, answer: Refused, now: datetime) -> None:
    """The called number is at fault: an attempt that ended, by an event of our own."""
    outcomes.end(call, answer.outcome or Outcome.ERROR, now, answer.reason)
