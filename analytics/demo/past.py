"""A finished campaign: the real dialer on a virtual clock, with what the simulated carrier would have said."""

import json
from collections import Counter
from datetime import datetime, timedelta

from analytics.analysis import analyse_due
from campaigns import lifecycle
from campaigns.choices import Outcome
from campaigns.dialing.applying import settle_due
from campaigns.dialing.place import request
from campaigns.dialing.rehearsal import Kind, Rehearsal
from campaigns.models import Call, Campaign
from telephony.events import CallEvent
from telephony.providers import provider
from telephony.simulator.unplugged import tell

SEED = 7


def live_through(campaign: Campaign, start: datetime, until: datetime) -> None:
    """Start the campaign at `start` and let its days pass, up to `until` at the latest. Nobody else may dial the
    workspace meanwhile."""
    carrier = _Carrier()
    clock = Rehearsal(campaign.workspace, start, until, carrier.play, _conclude)
    clock.at(start, Kind.ACTION, lambda: lifecycle.act(campaign, "start", actor=campaign.created_by, now=start))
    clock.run()


class _Carrier:
    """Counts the calls to each number, as the simulated carrier does, and reads its messages as its adapter would."""

    def __init__(self) -> None:
        self.placed: Counter[str] = Counter()

    def play(self, call: Call) -> list[CallEvent]:
        rows = Call.objects.select_related("campaign", "contact__hours_key", "agent", "carrier", "number")
        call = rows.select_related("campaign_contact__detail").get(pk=call.pk)
        self.placed[call.phone_number] += 1
        asked = request(call)
        body = {
            "reference": asked.reference,
            "to": asked.to_number,
            "from": asked.from_number,
            "ring_timeout_seconds": asked.ring_timeout_seconds,
            "variables": asked.variables,
            "metadata": asked.metadata,
        }
        told = tell(body, self.placed[call.phone_number], call.launched_at, SEED)
        adapter = provider(call.carrier.provider)
        return [event for message in told for event in adapter.parse(adapter, json.dumps(message).encode())]  # type: ignore[arg-type]


def _conclude(call: Call, now: datetime) -> None:
    if call.outcome == Outcome.HUMAN:
        analyse_due(call.workspace_id, now)
    else:
        settle_due(call.workspace_id, now)


def days_ago(now: datetime, days: int) -> datetime:
    """That many working days before, at eight in the morning UTC."""
    day = now
    while days:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day.replace(hour=8, minute=0, second=0, microsecond=0)
