"""The real dialer over rows on a virtual clock: the same claim, events and verdicts, without waiting or a carrier.

It is how a finished demo campaign is made by the real rules, and how tests hold the database store against the memory
store. The clock jumps to the next instant at which something can change.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min

from accounts.models import Workspace
from campaigns import policies
from campaigns.choices import CampaignStatus, Outcome
from campaigns.dialing import applying, board, pacing, place, queue, sweep, tick, window
from campaigns.dialing.values import Hours, Wait
from campaigns.models import Call, Campaign, CampaignContact
from campaigns.review import day_closes, review, review_workspace, run_of
from telephony import inbox
from telephony.events import CallEvent

MOMENT = pacing.TICK


class Kind(IntEnum):
    """The order of events at one instant; launches come after all of them."""

    END = 0
    VERDICT = 1
    SYSTEM = 2
    ACTION = 3


Play = Callable[[Call], Sequence[CallEvent]]
Conclude = Callable[[Call, datetime], object]


class Rehearsal:
    """`play` says what a carrier tells of a call, its end last; `conclude(call, now)` gives the verdict when it is due.

    `launched`, `ended` and `changed` are called when something has just happened, for those who keep a trace.
    """

    def __init__(self, workspace: Workspace, start: datetime, until: datetime, play: Play, conclude: Conclude):
        self.workspace = workspace
        self.now = start
        self.until = until
        self.play = play
        self.conclude = conclude
        self.events: list[tuple[datetime, int, int, Callable[[], object]]] = []
        self.pushed = 0
        self.last_launch: datetime | None = None
        self.launched: Callable[[Call], object] = lambda call: None
        self.ended: Callable[[Call], object] = lambda call: None
        self.changed: Callable[[], object] = lambda: None

    def at(self, when: datetime, kind: Kind, event: Callable[[], object]) -> None:
        self.pushed += 1
        heapq.heappush(self.events, (when, kind, self.pushed, event))

    def run(self) -> datetime:
        """Until nothing more can happen, or the clock's end; the last instant."""
        wake: datetime | None = self.now
        while (instant := self._next(wake)) is not None and instant <= self.until:
            self.now = max(self.now, instant)
            while self.events and self.events[0][0] <= self.now:
                heapq.heappop(self.events)[3]()
                self.changed()
            wake = self._turn() if self.now < self.until else None
        return self.now

    def _next(self, wake: datetime | None) -> datetime | None:
        event = self.events[0][0] if self.events else None
        return min(event, wake) if event and wake else event or wake

    # ── a turn ──

    def _turn(self) -> datetime | None:
        review_workspace(self.workspace.pk, self.now)
        self.changed()
        if self.last_launch is not None and self.now < self.last_launch + MOMENT:
            return self.last_launch + MOMENT
        sweep.spread_contacts(self.workspace.pk, self.now)
        sweep.look_again(self.workspace.pk, self.now)
        swept = sweep.spread_suppressions(self.workspace.pk, self.now) + sweep.sweep(self.workspace.pk, self.now)
        if swept:
            review_workspace(self.workspace.pk, self.now)
            self.changed()
        before = self.events[0][0] if self.events else self.until
        self.workspace.refresh_from_db(fields=["balance", "calls_per_day", "calls_per_week"])
        with transaction.atomic():
            claimed = tick.claim(self.workspace, self.now, before=min(before, self.until))
            place.mark(claimed.calls, self.now)
        for call in sorted(claimed.calls, key=lambda call: call.launched_at):
            self._launch(call)
        if tick.pause_by_budget(claimed, self.now):
            self.changed()
        return min(self._wakes(claimed.waits), default=None)

    def _launch(self, call: Call) -> None:
        self.now = self.last_launch = call.launched_at
        self.launched(call)
        events = self.play(call)
        self.at(events[-1].at, Kind.END, lambda: self._end(call, events))

    def _wakes(self, waits: dict) -> Iterator[datetime]:
        """Every instant at which a campaign may dial again although no call ends and nobody acts."""
        running = list(board.running(self.workspace).select_related("agent"))
        for campaign in running:
            wait: Wait | None = waits.get(campaign.pk)
            if wait is not None and wait.until is not None:
                yield max(wait.until, self.now + MOMENT)
            if wait is not None and wait.figures.get("capped"):
                yield self._midnight()
            yield from self._changes(campaign)
        yield from self._closings()
        due = CampaignContact.objects.filter(campaign__in=running, next_attempt_at__gt=self.now)
        soonest = due.aggregate(at=Min("next_attempt_at"))["at"]
        if soonest:
            yield soonest
        bar_ends = CampaignContact.objects.filter(campaign__in=running, look_at__gt=self.now).aggregate(
            at=Min("look_at")
        )
        if bar_ends["at"]:
            yield bar_ends["at"]
        ahead = Campaign.objects.filter(workspace=self.workspace, status=CampaignStatus.SCHEDULED)
        yield from (at for at in ahead.values_list("starts_at", flat=True) if at and at > self.now)

    def _changes(self, campaign: Campaign) -> Iterator[datetime]:
        """When the windows of a campaign's people open or close next."""
        policy = policies.policy(campaign)
        run = run_of(campaign)
        keys = queue.keys_of(campaign.pk).values() if policy.by_person else [Hours()]
        for hours in set(keys):
            for day in {None, run.only_day}:
                found = window.open_until(policy, hours, self.now, day)
                found = found or window.next_opening(policy, hours, self.now, day=day)
                if found is not None and found > self.now:
                    yield found

    def _closings(self) -> Iterator[datetime]:
        """When the single day of a campaign under way is over; a paused one ends then too."""
        rows = Campaign.objects.filter(
            workspace=self.workspace, status__in=[CampaignStatus.RUNNING, CampaignStatus.PAUSED]
        )
        for campaign in rows.select_related("agent"):
            closing = day_closes(campaign, run_of(campaign))
            if closing is not None and closing > self.now:
                yield closing

    def _midnight(self) -> datetime:
        zone = ZoneInfo(self.workspace.timezone)
        tomorrow = self.now.astimezone(zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)

    # ── what comes of a call ──

    def _end(self, call: Call, events: Sequence[CallEvent]) -> None:
        inbox.store(call.carrier_id, call.workspace_id, events, self.now)
        with transaction.atomic():
            applying.take_events(call.workspace_id, self.now, timedelta(0))
        call = Call.objects.select_related("campaign").get(pk=call.pk)
        self.ended(call)
        campaign = [call.campaign_id] if call.campaign_id else []
        if call.outcome != Outcome.CANCELLED:
            due = call.analyse_at or call.conclude_by
            assert due is not None
            self.at(max(due, self.now), Kind.VERDICT, lambda: self.conclude(call, self.now))
        review(campaign, self.now)
