"""A dial runner: one process's bounded slice of work, under leases, for as many workspaces as fall to it.

Nothing sleeps in a queue and only rows are remembered: whoever holds a workspace's lease does its work.
"""

import gc
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
from django.db import close_old_connections
from django.db.models import QuerySet

from campaigns import lease
from campaigns.choices import ACTIVE_STATUSES
from campaigns.lease import Held
from campaigns.models import Call, Campaign
from campaigns.turn import Analyse, Turn
from contacts.models import Suppression
from telephony import inbox
from telephony.gateway import gateway

log = logging.getLogger(__name__)

SLICE = 30.0  # seconds; then the successor goes on
BUSY_REST = 0.05  # seconds between turns, at least: what comes meanwhile is done together
LIVE_REST = 0.2  # while calls are live, or somebody waits for a slot: an answer of a carrier ends it early
IDLE_REST = 0.5
AFTER_FAULT = 1.0
LAST_ANSWERS = 1.0  # seconds


def spare_the_collector() -> None:
    """What is there when a slice begins stays for all of it: Python's collector need not walk through all of it again
    and again between two launches, which took a tenth of every claim."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Runner:
    """Holds slot `number` of `slots` for one slice. `analyse(workspace_id, now)` gives conversations their findings;
    `stop()` says that the process is about to end. `counts` says what the slice did."""

    def __init__(self, number: int, slots: int, analyse: Analyse, stop: Callable[[], bool] = lambda: False):
        self.slot = f"slot:{number}"
        self.slots = slots
        self.turn = Turn(analyse)
        self.stop = stop
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.leases: dict[str, Held] = {}
        self.renewed = self.looked = float("-inf")
        self.left_behind: set[str] = set()

    @property
    def counts(self) -> Counter[str]:
        return self.turn.counts

    def run(self, seconds: float = SLICE) -> bool:
        """Work for so long. False: another runner has the slot, and nothing was done."""
        own = self._take_slot(seconds)
        if own is None:
            return False
        spare_the_collector()
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends and not self.stop():
                try:
                    if not self._keep_leases(own):
                        break
                    self._rest(self.turn.go(self.leases))
                except DatabaseError:
                    log.exception("%s: the database does not answer; trying again", self.slot)
                    time.sleep(AFTER_FAULT)
                    close_old_connections()  # a broken one is of no use even when the database is back
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
        self.turn.note()

    def _let_go(self, own: Held) -> None:
        """Others have the leases at once; those of a lost database run out by themselves."""
        try:
            for held in [*self.leases.values(), own]:
                lease.release(held)
            lease.patient()
        except DatabaseError:
            log.exception("%s: its leases could not be released", self.slot)

    # ── leases ──

    def _take_slot(self, seconds: float) -> Held | None:
        """The slot; a predecessor that was killed keeps it for a TTL, so that long is waited. For a database that is
        away `seconds` are waited; then its error is raised."""
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            try:
                own = lease.take(self.slot, self.owner, lease.clock())
            except DatabaseError:
                if waited > seconds or self.stop():
                    raise
                log.exception("%s: the database does not answer; trying again", self.slot)
                time.sleep(AFTER_FAULT)
                close_old_connections()
                continue
            if own is not None or waited > lease.TTL.total_seconds() + 0.5 or self.stop():
                return own
            time.sleep(0.2)

    def _keep_leases(self, own: Held) -> bool:
        """Renew what is held, take what is free, give up what others should have; whether the slot is still ours."""
        if not self._is_time_to_share():
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

    def _is_time_to_share(self) -> bool:
        """Every third of a TTL; and at once when a lease has run out, for then its work waits for whoever takes it."""
        now = time.monotonic()
        if now - self.looked >= lease.LOOK_EVERY.total_seconds():
            self.looked = now
            before, self.left_behind = self.left_behind, lease.left_behind(lease.clock())
            if self.left_behind - before:
                self.renewed = float("-inf")
        return now - self.renewed >= lease.RENEW_EVERY.total_seconds()

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
                    if held.kind == "dial":
                        self.turn.handover.take_over(held.workspace_id, lease.clock())

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

    # ── between turns ──

    def _rest(self, busy: bool) -> None:
        """Until something happens, as far as we know: an answer of a carrier, the next launch that pacing allows, the
        death of another dialer."""
        now = time.monotonic()
        rest = BUSY_REST if busy else LIVE_REST if self.turn.live else IDLE_REST
        ends = min(now + rest, self.turn.next_at)
        time.sleep(BUSY_REST)
        while (left := ends - time.monotonic()) > 0 and not self.stop() and not self._is_time_to_share():
            if gateway().wait(min(left, lease.LOOK_EVERY.total_seconds())):
                break
