"""What a dialer has to know that takes over: which calls the carriers may count in the second that comes.

Nobody tells when a request arrived. It had left SEND_BY after its mark, and had arrived LONGEST later, as those of our
own count, or when its answer was known. Whoever marks holds the lease: once it is ours, no mark is added by others.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from campaigns.choices import Direction
from campaigns.dialing.place import FRESH, SEND_BY
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked
from campaigns.models import Call
from telephony.gateway import gateway
from telephony.models import Carrier
from telephony.pacer import LONGEST, window_of
from telephony.providers.wire import HTTP_TIMEOUT

ARRIVED_BY = timedelta(seconds=SEND_BY + LONGEST)  # after the mark, where no answer says more
UNDER_WAY = timedelta(seconds=SEND_BY + HTTP_TIMEOUT)  # after the mark a request has ended, whatever came of it


class Handover:
    """The calls of others, as far as this process has to reckon with them."""

    def __init__(self) -> None:
        # reference → its carrier, and the time.monotonic() at which it had surely arrived
        self._unsure: dict[str, tuple[int, float]] = {}

    def take_over(self, workspace_id: int, now: datetime) -> None:
        """Withdraw what others claimed and can mark no more, and tell the gateway which calls they told this
        workspace's carriers of lately. A call whose answer is not known may arrive now, however long ago it was
        marked. Commits. Call it once the lease is held."""
        _withdraw_unmarked(workspace_id, now)
        behind = now.timestamp() - time.monotonic()
        for carrier in Carrier.objects.filter(workspace=workspace_id):
            sent = []
            lately: Iterable[tuple[UUID, datetime, datetime | None]] = _lately(carrier, now)
            for reference, marked, told in lately:
                arrived = min(told, now) if told else _perhaps(marked, now)
                sent.append((str(reference), arrived.timestamp() - behind))
                if told is None:
                    self._unsure[str(reference)] = carrier.pk, sent[-1][1]
            gateway().arrived(carrier.pk, sent)

    def look(self) -> int:
        """Ask whether answers have come meanwhile, which others write: those calls have arrived by now, and need be
        waited for no longer. How many are not sure yet."""
        now = time.monotonic()
        self._unsure = {reference: one for reference, one in self._unsure.items() if one[1] > now}
        if self._unsure:
            rows = Call.objects.filter(reference__in=list(self._unsure), told_at__isnull=False)
            answered = [str(reference) for reference in rows.values_list("reference", flat=True)]
            now = time.monotonic()
            for reference in answered:
                carrier, _ = self._unsure.pop(reference)
                gateway().arrived(carrier, [(reference, now)])
        return len(self._unsure)


def _withdraw_unmarked(workspace_id: int, now: datetime) -> None:
    """Their people are free at once. Test calls are nobody's claim: they wait for whoever dials."""
    live = Call.objects.filter(workspace=workspace_id, concluded_at__isnull=True, ended_at__isnull=True)
    with transaction.atomic():
        lost = locked(live.filter(direction=Direction.OUTBOUND, campaign__isnull=False, sent_at__isnull=True))
        if lost:
            withdraw(lost, now, "dialer_lost")


def _perhaps(marked: datetime, now: datetime) -> datetime:
    """When a call without an answer has arrived at the latest. Of a time to come are those that were marked before the
    clock was set back."""
    return min(max(marked + ARRIVED_BY, now), now + ARRIVED_BY)


def _lately(carrier: Carrier, now: datetime) -> Any:
    """(reference, mark, answer) of its calls that may lie in a second that has not passed; where the clock was set
    back, the latest of them."""
    window = timedelta(seconds=window_of(float(carrier.max_cps)))
    counted = Q(told_at__gt=now - window) | Q(told_at__isnull=True, sent_at__gt=now - UNDER_WAY - window)
    longest = FRESH + UNDER_WAY + window  # from the launch on
    rows = Call.objects.filter(counted, carrier=carrier, direction=Direction.OUTBOUND, launched_at__gt=now - longest)
    most = 1 + int(longest.total_seconds() * float(carrier.max_cps))
    sent = rows.filter(sent_at__isnull=False).exclude(reason="not_sent").order_by("-launched_at")
    return sent.values_list("reference", "sent_at", "told_at")[:most]
