"""What bars a due person for a time at the moment of the dial: a hold, and the workspace's frequency caps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from accounts.models import Workspace
from campaigns import policies
from campaigns.choices import Direction, Outcome
from campaigns.dialing import caps
from campaigns.dialing.queue import Due
from campaigns.dialing.values import Caps, Launch
from campaigns.models import Call

Bars = dict[int, datetime]  # campaign contact → when the bar ends


def bars(workspace: Workspace, people: Sequence[Due], now: datetime) -> Bars:
    """Who of these people may not be called now, and until when. Asks one query where a cap is set, else none."""
    found: Bars = {}
    free = capped(workspace, [due.person.phone_number for due in people], now)
    for due in people:
        if due.held_until is not None and due.held_until > now:
            found[due.person.id] = due.held_until
        elif due.person.phone_number in free:
            found[due.person.id] = free[due.person.phone_number]
    return found


def capped(workspace: Workspace, phones: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Those of these numbers that were called as often as the workspace allows, with when they may be called again.
    A cap of 0 never frees anybody: they are looked at again after a week."""
    limits, wanted = policies.caps(workspace), sorted(set(phones))
    if limits == Caps() or not wanted:
        return {}
    called = launched(workspace.pk, wanted, now)
    latest = now + caps.WEEK
    free = {phone: min(caps.free_at(limits, called[phone], now), latest) for phone in wanted}
    return {phone: at for phone, at in free.items() if at > now}


def still_free(
    workspace: Workspace, launches: Sequence[Launch], now: datetime
) -> tuple[list[Launch], Mapping[str, Sequence[datetime]]]:
    """Those of these launches that keep to the caps as calls stand now: a test call may have come in between. And each
    number's launches that were counted for it."""
    limits = policies.caps(workspace)
    if limits == Caps():
        return list(launches), {}
    called = launched(workspace.pk, sorted({launch.person.phone_number for launch in launches}), now)
    fit = [at for at in launches if caps.free_at(limits, called[at.person.phone_number], now) <= now]
    return fit, called


def launched(workspace_id: int, phones: Sequence[str], now: datetime) -> dict[str, list[datetime]]:
    """Each number's launches that count towards the caps, oldest first."""
    calls = Call.objects.filter(
        workspace=workspace_id,
        phone_number__in=phones,
        launched_at__gt=now - caps.WEEK,
        direction=Direction.OUTBOUND,
    ).exclude(outcome=Outcome.CANCELLED)
    found: dict[str, list[datetime]] = defaultdict(list)
    for phone, at in calls.order_by("launched_at").values_list("phone_number", "launched_at"):
        found[phone].append(at)
    return found
