"""A dial runner: one process's bounded slice of work, under leases, for as many workspaces as fall to it.

Nothing sleeps in a queue and only rows are remembered: whoever holds a workspace's lease does its work.
"""

import logging
import os
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction
from django.db.models import QuerySet

from accounts.models import Workspace
from campaigns import lease, testcall
from campaigns.choices import ACTIVE_STATUSES
from campaigns.dialing import applying, place, queue, recover, sweep, tick
from campaigns.lease import Held
from campaigns.models import Call, Campaign
from campaigns.review import review_changed, review_workspace
from contacts.models import Suppression
from telephony import inbox
from telephony.gateway import gateway

log = logging.getLogger(__name__)

SLICE = 30.0  # seconds; then the successor goes on
BUSY_REST = 0.02  # seconds between turns while there is something to do
LIVE_REST = 0.2  # while calls are live, or somebody waits for a slot: an answer of a carrier ends it early
IDLE_REST = 0.5
SECOND = 1.0
MINUTE = 60.0
LAST_ANSWERS = 1.0  # seconds
Analyse = Callable[[int, datetime], int]


class Runner:
    """Holds slot `number` of `slots` for one slice. `analyse(workspace_id, now)` gives conversations their findings;
    `stop()` says that the process is about to end. `counts` says what the slice did."""

    def __init__(self, number: int, slots: int, analyse: Analyse, stop: Callable[[], bool] = lambda: False):
        self.slot = f"slot:{number}"
        self.slots = slots
        self.analyse = analyse
        self.stop = stop
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.counts: Counter[str] = Counter()
        self.leases: dict[str, Held] = {}
        self.done_at: dict[tuple[str, str], float] = {}
        self.renewed = float("-inf")
        self.live = False
        self.next_at: datetime | None = None

    def run(self, seconds: float = SLICE) -> bool:
        """Work for so long. False: another runner has the slot, and nothing was done."""
        own = self._take_slot()
        if own is None:
            return False
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends and not self.stop():
                try:
                    kept = self._keep_leases(own)
                except DatabaseError:
                    log.exception("%s: the database does not answer; trying again", self.slot)
                    time.sleep(SECOND)
                    continue
                if not kept:
                    break
                gateway().wait(BUSY_REST if self._turn() else self._rest())
            if self.stop():
                self._last_answers()
        finally:
            self._let_go(own)
        log.info("%s: %s", self.slot, dict(self.counts))
        return True

    def _last_answers(self) -> None:
        """This process is about to end: what carriers answer within a moment need not be looked up."""
        ends = time.monotonic() + LAST_ANSWERS
        while gateway().in_flight() and time.monotonic() < ends:
            gateway().wait(BUSY_REST)
        self._note()

    def _let_go(self, own: Held) -> None:
        """Others have the leases at once; those of a lost database run out by themselves."""
        try:
            for held in [*self.leases.values(), own]:
                lease.release(held)
            lease.patient()
        except DatabaseError:
            log.exception("%s: its leases could not be released", self.slot)

    # ── leases ──

    def _take_slot(self) -> Held | None:
        """The slot; a predecessor that was killed keeps it for a TTL, so that long is waited."""
        ends = time.monotonic() + lease.TTL.total_seconds() + 0.5
        while True:
            own = lease.take(self.slot, self.owner, lease.clock())
            if own is not None or time.monotonic() > ends or self.stop():
                return own
            time.sleep(0.2)

    def _keep_leases(self, own: Held) -> bool:
        """Renew what is held, take what is free, give up what others should have; whether the slot is still ours."""
        if time.monotonic() - self.renewed < lease.RENEW_EVERY.total_seconds():
            return True
        self.renewed = time.monotonic()
        close_old_connections()
        lease.impatient()
        now = lease.clock()
        if not lease.renew(own, now):
            return False
        self.leases = {name: held for name, held in self.leases.items() if lease.renew(held, now)}
        self._share(now)
        return True

    def _share(self, now: datetime) -> None:
        """An even share of the work for each live runner; the rest is taken by whoever comes first."""
        names = [f"{kind}:{pk}" for pk in sorted(self._workspaces()) for kind in ("dial", "apply")]
        fair = -(-len(names) // max(1, lease.alive("slot", now)))
        for name in [name for name in self.leases if name not in names] + list(self.leases)[fair:]:
            held = self.leases.pop(name, None)
            if held is not None:
                lease.release(held)
        for name in names:
            if len(self.leases) >= fair:
                break
            if name not in self.leases:
                held = lease.take(name, self.owner, now)
                if held is not None:
                    self.leases[name] = held

    def _workspaces(self) -> set[int]:
        """Those with something to do: a campaign under way, an open call, a conversation to analyse, an event."""
        rows: list[QuerySet[Any]] = [
            Campaign.objects.filter(status__in=ACTIVE_STATUSES),
            Call.objects.filter(concluded_at__isnull=True),
            Call.objects.filter(analyse_at__isnull=False),
            Suppression.objects.filter(spread_at__isnull=True),
        ]
        found = inbox.workspaces()
        for each in rows:
            found |= set(each.order_by().values_list("workspace", flat=True).distinct())
        return found

    # ── a turn ──

    def _turn(self) -> bool:
        """Once around: what carriers answered, then each lease's work. Whether anything was done."""
        self.live, self.next_at = gateway().in_flight() > 0, None
        busy = self._note()
        for held in list(self.leases.values()):
            try:
                busy |= self._dial(held) if held.kind == "dial" else self._apply(held)
            except lease.Lost:
                log.warning("%s is somebody else's now", held.name)
                self.leases.pop(held.name, None)
            except Exception:
                log.exception("%s: a turn failed; the next one goes on", held.name)
                time.sleep(BUSY_REST)
        return busy

    def _rest(self) -> float:
        """How long nothing will happen, as far as we know: until the next launch that pacing allows."""
        rest = LIVE_REST if self.live else IDLE_REST
        if self.next_at is None:
            return rest
        return min(rest, max(BUSY_REST, (self.next_at - lease.clock()).total_seconds()))

    def _note(self) -> bool:
        try:
            now = lease.clock()
            answers = place.note(gateway().answers(), now)
            found = recover.note(gateway().findings(), now)
        except Exception:
            log.exception("answers of carriers could not be written; recover asks again")
            return False
        self.counts.update(answers=answers, found=found)
        return bool(answers or found)

    def _dial(self, held: Held) -> bool:
        pk, now = held.workspace_id, lease.clock()
        if self._is_time(held, "second", SECOND):
            self.counts["recovered"] += recover.recover(pk, now)
            self.counts["spread"] += sweep.spread_suppressions(pk, now) + sweep.spread_contacts(pk, now)
            self.counts["looked_again"] += sweep.look_again(pk, now)
            self.counts["reviewed"] += review_changed(pk, now)
        if self._is_time(held, "minute", MINUTE):
            self.counts["swept"] += sweep.sweep(pk, now)
            self.counts["reviewed"] += review_workspace(pk, now)
        self.counts["tests"] += place.place(testcall.queued(pk), now)
        if not queue.somebody(pk, now):
            self.live = self.live or self._has_open_calls(pk)
            return False
        claimed = self._claim(held)
        self.counts["launched"] += place.place(claimed.calls, lease.clock())
        tick.pause_by_budget(claimed, lease.clock())
        untils = [wait.until for wait in claimed.waits.values() if wait.until is not None]
        self.next_at = min([*untils, *([self.next_at] if self.next_at else [])], default=None)
        self.live = self.live or self._has_open_calls(pk)
        return bool(claimed.calls)

    def _has_open_calls(self, workspace_id: int) -> bool:
        return Call.objects.filter(workspace=workspace_id, concluded_at__isnull=True).exists()

    def _claim(self, held: Held) -> tick.Claimed:
        with transaction.atomic():
            now = lease.hold(held)
            workspace = Workspace.objects.get(pk=held.workspace_id)
            return tick.claim_safely(workspace, now)

    def _apply(self, held: Held) -> bool:
        pk, now = held.workspace_id, lease.clock()
        applied = 0
        if inbox.waiting(pk, now):
            with transaction.atomic():
                now = lease.hold(held)
                applied = applying.take_events(pk, now)
        settled = applying.settle_due(pk, now)
        analysed = self.analyse(pk, now)
        self.counts.update(events=applied, settled=settled, analysed=analysed)
        return bool(applied or settled or analysed)

    def _is_time(self, held: Held, what: str, every: float) -> bool:
        key, now = (held.name, what), time.monotonic()
        if now - self.done_at.get(key, float("-inf")) < every:
            return False
        self.done_at[key] = now
        return True
