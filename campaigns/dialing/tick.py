"""One turn of the dialer for one workspace: claim what may be called now.

Every decision is the pure rules'; every write is guarded; the order of locks is lease, campaigns, contacts, calls.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import Workspace
from campaigns import audience, budget, lifecycle, policies
from campaigns.dialing import bars, board, pacing, queue
from campaigns.dialing.board import Read, Slots
from campaigns.dialing.clearance import Checked
from campaigns.dialing.queue import Due
from campaigns.dialing.record import record
from campaigns.dialing.values import Hours, Id, Wait
from campaigns.models import Call, Campaign
from contacts import suppression
from contacts.models import Contact

log = logging.getLogger(__name__)

BATCH = 50  # launches in one transaction
ROUNDS = 3  # how often a queue is read again because somebody at its head may not be called
AHEAD = timedelta(seconds=0.4)  # a real turn claims what comes due until the next one will have been dialed
PUT_OFF = timedelta(minutes=1)


@dataclass(slots=True)
class Claimed:
    calls: list[Call] = field(default_factory=list)
    waits: dict[Id, Wait] = field(default_factory=dict)  # campaign → why it does not dial (more)


def claim(
    workspace: Workspace,
    now: datetime,
    *,
    only: int | None = None,
    before: datetime | None = None,
    slots: Slots | None = None,
) -> Claimed:
    """Claim who may be called now, at most BATCH, in the caller's transaction. Campaigns in which nobody is due cost
    nothing, and have no wait.

    `only`: this campaign alone. `before`: launches after the first one that would come at this instant or later are
    left to the next turn (something else happens then, on a virtual clock). `slots`: of real carriers; launches are
    then spread evenly, and dealt AHEAD of their time.
    """
    among = queue.somebody(workspace.pk, now) if only is None else {only}
    read = board.read(workspace, now, among=among, slots=slots)
    ahead = AHEAD if slots else timedelta(0)
    people, cut = _people(workspace, read, now, ahead)
    queues: dict[Id, list] = {campaign: [due.person for due in found] for campaign, found in people.items()}
    launches, waits = pacing.deal(read.board, queues, now, ahead=ahead)
    by_id = {due.person.id: due for found in people.values() for due in found}
    made = [launch for launch in launches[:BATCH] if before is None or launch.at == now or launch.at < before]
    made, called = bars.still_free(workspace, made, now)
    # What binds was found behind all the launches: where some are not made, it is found again.
    cut |= {pk for pk, wait in waits.items() if wait.reason == pacing.BUDGET} if len(made) < len(launches) else set()
    waits |= {campaign: Wait(pacing.MORE, {}, now) for campaign in cut}
    return Claimed(record(made, by_id, read, now, Checked(policies.caps(workspace), called)) if made else [], waits)


def claim_safely(workspace: Workspace, now: datetime, slots: Slots | None = None) -> Claimed:
    """`claim`, whatever fails in it: one campaign's trouble pauses that campaign with a reason and slows no other.

    A refused claim is rolled back, people who are in a live call already are put off, and every campaign is
    tried by itself.
    """
    try:
        with transaction.atomic():
            return claim(workspace, now, slots=slots)
    except Exception:
        log.exception("workspace %s: a claim failed; trying each campaign by itself", workspace.pk)
    audience.put_off_live(workspace.pk, now, now + PUT_OFF)
    claimed = Claimed()
    for campaign_id in board.running(workspace).values_list("pk", flat=True):
        try:
            with transaction.atomic():
                alone = claim(workspace, now, only=campaign_id, slots=slots)
        except Exception as error:
            log.exception("campaign %s: dialing failed twice", campaign_id)
            lifecycle.pause_by_system(campaign_id, "dialing_failed", f"Dialing failed twice: {error}", now)
        else:
            claimed.calls += alone.calls
            claimed.waits |= alone.waits
    return claimed


def pause_by_budget(claimed: Claimed, now: datetime) -> int:
    """Pause the campaigns whose next call could exceed their budget; how many. Commits. Call it when the claimed calls
    have been marked: those that a carrier was told of go on."""
    bound = {pk: wait for pk, wait in claimed.waits.items() if wait.reason == pacing.BUDGET}
    campaigns = Campaign.objects.select_related("workspace").in_bulk(list(bound)) if bound else {}
    count = 0
    for pk, wait in bound.items():
        left, one_call = (Decimal(str(wait.figures[name])) for name in ("left", "estimate"))
        reason = budget.reached(campaigns[pk], left, one_call)
        count += lifecycle.pause_by_system(pk, "budget", reason, now)
    return count


def _people(
    workspace: Workspace, read: Read, now: datetime, ahead: timedelta
) -> tuple[Mapping[int, list[Due]], set[int]]:
    """The due people of each campaign; the campaigns whose barred people were too many for one turn."""
    found: dict[int, list[Due]] = {}
    cut: set[int] = set()
    others = 0  # a person may stand in several queues and is called from one: read so many more
    for pk, state in ((campaign.pk, read.board.campaigns[campaign.pk]) for campaign in read.campaigns.values()):
        # One more than can go, so that dealing meets what binds and says when it ends.
        want = min(pacing.room(read.board, pk, now, ahead), BATCH) + 1  # 1: the campaign's own limits hold it
        if want > 1:
            hours = queue.keys_of(pk)
            keys = queue.open_keys(state, hours, now)
            found[pk], whole = _callable(workspace, pk, keys, hours, now, want + others)
            others += len(found[pk])
            cut |= set() if whole else {pk}
    return found, cut


def _callable(
    workspace: Workspace, campaign_id: int, keys: list[int], hours: dict[int, Hours], now: datetime, want: int
) -> tuple[list[Due], bool]:
    """Due people whom nothing bars, and whether they are all that may be called now. The suppressed leave the queue for
    good, the held and capped until their bar ends, those who live elsewhere by now go by the hours of that place:
    nobody blocks its head."""
    for _ in range(ROUNDS):
        people = queue.due(campaign_id, keys, hours, now, want)
        listed = suppression.listed(workspace.pk, [due.person.phone_number for due in people])
        if listed:
            audience.exclude_suppressed(workspace.pk, sorted(listed), now)
        moved = [due.contact_id for due in people if due.moved]
        if moved:
            audience.keep_up(Contact.objects.filter(pk__in=moved), now)
        barred = bars.bars(workspace, people, now)
        if barred:
            audience.bar(barred, now)
        if not listed and not moved and not barred:
            return people, True
        people = [due for due in people if due.person.phone_number not in listed and due.person.id not in barred]
        people = [due for due in people if not due.moved]
    return people, False
