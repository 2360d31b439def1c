"""Write a tick's launches: contacts claimed under guard, calls, number days, turns; and take a launch back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, F, OuterRef

from accounts import rows as table
from accounts import statements
from campaigns import audience, tallies
from campaigns.choices import CallState, Cause, ContactStatus, Outcome, Rank
from campaigns.dialing import counting, pacing, window
from campaigns.dialing.board import Read
from campaigns.dialing.clearance import Checked, clearance
from campaigns.dialing.queue import Due
from campaigns.dialing.values import Id, Launch
from campaigns.models import Call, CampaignRun

_FIRST = """UPDATE campaigns_campaignrun SET first_launch_at = %(at)s, day = %(day)s
    WHERE campaign_id = %(campaign)s AND run = %(run)s AND first_launch_at IS NULL"""
# Locked, so that nobody who takes its first launch back overlooks ours. `_forget_first` locks a run last, too.
_LAUNCHED = """SELECT r.campaign_id, r.first_launch_at IS NULL FROM campaigns_campaignrun r
    JOIN campaigns_campaign c ON r.campaign_id = c.id AND r.run = c.run WHERE {} ORDER BY r.campaign_id{}"""
CAUSES = {Rank.CALLBACK: Cause.CALLBACK, Rank.BY_HAND: Cause.BY_HAND}


def record(
    launches: Sequence[Launch], people: Mapping[Id, Due], read: Read, now: datetime, checked: Checked
) -> list[Call]:
    """Claim these people and create their calls, in the caller's transaction. Who is no longer due is left out.

    The calls are inserted in the order of phone numbers: unsorted inserts into the one-live-call index deadlock.
    """
    before = {row.id: row for row in audience.claim([launch.person.id for launch in launches], now)}
    made = [launch for launch in launches if launch.person.id in before]
    calls = [_call(launch, before[launch.person.id], people[launch.person.id], read, now, checked) for launch in made]
    calls.sort(key=lambda call: call.phone_number)
    if calls:
        for call, pk in zip(calls, table.fresh_ids(Call, len(calls)), strict=True):
            call.pk = pk
        table.insert(calls)
    counting.count(made, read)
    _first(made, read)
    return calls


def _call(launch: Launch, row: audience.Before, due: Due, read: Read, now: datetime, checked: Checked) -> Call:
    campaign, state = read.campaigns[launch.campaign], read.board.campaigns[launch.campaign]
    cause = Cause.FIRST if row.status == ContactStatus.PENDING else CAUSES.get(Rank(row.rank), Cause.RETRY)
    return table.fresh(
        Call,
        workspace_id=campaign.workspace_id,
        campaign_id=campaign.pk,
        campaign_contact_id=row.id,
        contact_id=due.contact_id,
        agent_id=campaign.agent_id,
        carrier_id=launch.carrier,
        number_id=launch.number,
        phone_number=launch.person.phone_number,
        run=campaign.run,
        attempt=row.attempt_number + 1,
        sequence=row.sequence + 1,
        cause=cause,
        due_at=row.next_attempt_at,
        due_rank=row.rank,
        state=CallState.QUEUED,
        launched_at=launch.at,
        reserved=pacing.estimate(state.policy, read.board.carriers[launch.carrier]),
        check_at=launch.at,
        clearance=clearance(launch, row, read, now, checked),
    )


def _first(launches: Sequence[Launch], read: Read) -> None:
    """A run's first launch says which day a single day is."""
    first: dict[Id, Launch] = {}
    for launch in launches:
        first.setdefault(launch.campaign, launch)
    if not first:
        return
    lock = " FOR NO KEY UPDATE OF r" if connection.features.has_select_for_update else ""
    statement = _LAUNCHED.format(statements.among("c.id", "campaigns"), lock)
    for key, is_first in statements.select(statement, {"campaigns": list(first)}):
        state, launch = read.board.campaigns[key], first[key]
        if is_first:
            day = window.day_of(state.policy, launch.person.hours, launch.at)
            values = {"campaign": key, "run": state.run, "at": launch.at}
            values["day"] = None if day is None else connection.ops.adapt_datefield_value(day)
            statements.select(_FIRST, values)


def withdraw(calls: Sequence[Call], now: datetime, reason: str) -> int:
    """End live calls as cancelled: no attempt. The caller holds the transaction and has locked the calls.

    Contact, number day, pool and callback are as if the call had never been claimed.
    """
    ids = [call.pk for call in calls]
    Call.objects.filter(pk__in=ids, ended_at__isnull=True).update(
        state=CallState.ENDED, outcome=Outcome.CANCELLED, reason=reason, ended_at=now, concluded_at=now, check_at=None
    )
    audience.give_back(calls, now)
    counted = [call for call in calls if call.campaign_id is not None]  # a test call counts nowhere
    if counted:
        counting.count_back(counted)
        _forget_first({call.campaign_id for call in counted if call.campaign_id})
        _tally(counted, now)
    return len(ids)


def _tally(calls: Sequence[Call], now: datetime) -> None:
    ending = [call for call in calls if call.ended_at is None]
    for call in ending:
        call.state, call.outcome, call.ended_at = CallState.ENDED, Outcome.CANCELLED, now
    tallies.move(ending)


def _forget_first(campaigns: set[int]) -> None:
    """A run whose every launch was withdrawn launched nothing: its single day is not fixed. Looked at again under the
    run's lock: a claim that is not committed yet holds it."""
    calls = Call.objects.filter(campaign=OuterRef("campaign"), run=OuterRef("run")).exclude(outcome=Outcome.CANCELLED)
    runs = CampaignRun.objects.filter(campaign__in=campaigns, campaign__run=F("run"), first_launch_at__isnull=False)
    empty = list(runs.filter(~Exists(calls)).order_by("campaign").values_list("pk", flat=True))
    if empty:
        locked = CampaignRun.objects.filter(pk__in=empty).order_by("campaign").select_for_update(no_key=True)
        list(locked.values_list("pk"))
        CampaignRun.objects.filter(~Exists(calls), pk__in=empty).update(first_launch_at=None, day=None)
