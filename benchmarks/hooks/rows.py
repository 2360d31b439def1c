"""Live calls, and what a carrier says of them: six messages each, signed, as the bytes of HTTP requests."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import rows
from benchmarks.claim import OPEN, listed
from campaigns.models import Call, Campaign, CampaignContact
from telephony.models import Carrier
from telephony.providers.http import events as contract
from telephony.providers.http.config import signing_key

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="  # noqa: S105 - of benchmarks.claim's carriers
TURNS = (
    ("agent", "Hello, this is Ada from the clinic. Is this a good time?", 0.4),
    ("contact", "Yes, go ahead.", 3.9),
    ("agent", "You have an appointment on Thursday at ten. Can you still make it?", 5.2),
    ("contact", "Yes, I will be there.", 9.8),
    ("agent", "Thank you, see you on Thursday. Goodbye.", 11.5),
)
MESSAGES = 6  # a call: sent, ringing, answered, over, over once more, and something learnt after it


def live_calls(count: int) -> list[Call]:
    """So many calls under way, of a campaign of their own that calls nobody else."""
    workspace = listed(f"Webhooks {uuid.uuid4()}", (count, OPEN))
    campaign = Campaign.objects.get(workspace=workspace)
    carrier = workspace.carriers.get()
    Campaign.objects.filter(pk=campaign.pk).update(max_attempts=1)
    people = CampaignContact.objects.filter(campaign=campaign)
    people.update(status="dialing", next_attempt_at=None, attempts=1, attempt_number=1, sequence=1)
    now = timezone.now()
    numbers = list(carrier.numbers.order_by("id").values_list("pk", flat=True))
    rows.insert([_call(campaign, carrier, person, numbers[n % len(numbers)], now) for n, person in _all(people)])
    return list(Call.objects.filter(campaign=campaign).order_by("id").select_related("carrier"))


def _all(people: Any) -> Iterator[tuple[int, CampaignContact]]:
    return enumerate(people.select_related("contact").order_by("id"))


def _call(campaign: Campaign, carrier: Carrier, person: CampaignContact, number: int, now: datetime) -> Call:
    return Call(
        workspace_id=campaign.workspace_id,
        campaign=campaign,
        campaign_contact=person,
        contact=person.contact,
        agent_id=campaign.agent_id,
        carrier=carrier,
        number_id=number,
        phone_number=person.contact.phone_number,
        run=1,
        attempt=1,
        sequence=1,
        cause="first",
        launched_at=now,
        sent_at=now,
        check_at=now + timedelta(hours=1),
    )


def messages(call: Call, delivery: str = "") -> list[dict[str, Any]]:
    """The six messages of a call, in order; another `delivery` makes them other events."""
    whose = f"{delivery}{call.pk}"
    of = {"id": f"c{call.pk}", "reference": str(call.reference), "from": "+14155550000", "to": call.phone_number}
    at = [(call.launched_at + timedelta(seconds=seconds)).astimezone(UTC).isoformat() for seconds in (0, 2, 6, 20, 21)]
    kinds = ("initiated", "ringing", "answered")
    told = [
        {"id": f"{whose}-{kind}", "type": f"call.{kind}", "at": when, "call": of}
        for kind, when in zip(kinds, at, strict=False)
    ]
    ended = {
        "result": "human",
        "ringing_at": at[1],
        "answered_at": at[2],
        "talk_seconds": 14,
        "cost": "0.0140",
        "conversation": {
            "transcript": [{"speaker": speaker, "text": text, "at": second} for speaker, text, second in TURNS],
            "summary": "The appointment on Thursday stands.",
            "disposition": "confirmed",
            "success": True,
            "contact_spoke": True,
        },
    }
    over = {"id": f"{whose}-ended", "type": "call.ended", "at": at[3], "call": of, "ended": ended}
    late = {"id": f"{whose}-notice", "type": "call.notice", "at": at[4], "call": of, "notice": {"do_not_call": False}}
    return [*told, over, over, late]


def request(path: str, message: dict[str, Any]) -> bytes:
    """The message as a whole HTTP request for a connection that is kept."""
    body, sent, key = json.dumps(message).encode(), int(time.time()), str(message["id"])
    head = {
        "Host": "127.0.0.1",
        "User-Agent": "carrier/1.0",
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "webhook-id": key,
        "webhook-timestamp": str(sent),
        "webhook-signature": f"v1,{contract.signature(key, sent, body, signing_key(SECRET))}",
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
