"""What a dial runner does for the workspaces whose leases it holds: note what carriers answered, dial, apply.

Dialing comes first: a launch whose time has come waits for no more than one step of anything else.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, transaction
from django.db.models import Min

from accounts.models import Workspace
from campaigns import lease, standing, testcall
from campaigns.dialing import applying, board, place, queue, recover, sweep, tick
from campaigns.dialing.handover import Handover
from campaigns.lease import Held
from campaigns.models import Call
from campaigns.review import review_changed, review_workspace
from campaigns.watch import STEP, Watch
from telephony import inbox
from telephony.gateway import gateway
from telephony.models import Carrier

log = logging.getLogger(__name__)

SECOND = 1.0
MINUTE = 60.0
NOTE_EVERY = 0.1  # seconds; answers and events cost less together
CLAIM_EVERY = 0.2  # seconds between claims at most, while somebody is due
TESTS_EVERY = 0.2  # seconds
APPLY_EVERY = 0.2  # seconds between two looks at what is to be applied, while there is no more than fits one batch
FOLD_EVERY = 10.0  # seconds; until then every statement that changed a list leaves a row or two for pages to add up
APPLY_FOR = 0.03  # seconds of applying in one turn, and the rest of the step that is at work then
AFTER_FAULT = 0.02  # seconds
Analyse = Callable[[int, datetime], int]
Step = Callable[[Held], bool]  # whether more of the same is waiting


class Turn:
    """`analyse(workspace_id, now)` gives conversations their findings. `counts` says what was done; `live` and
    `next_at` say whether and when the next turn will find something to do."""

    def __init__(self, analyse: Analyse):
        self.analyse = analyse
        self.counts: Counter[str] = Counter()
        self.handover = Handover()
        self.live = False
        self.next_at = math.inf  # time.monotonic()
        self._claim_at: dict[str, float] = {}
        self._done_at: dict[tuple[str, str], float] = {}
        self._watch = Watch()

    def go(self, leases: dict[str, Held]) -> bool:
        """Once around; leases that were lost are taken out. Whether anything was done."""
        self.live, self.next_at = gateway().in_flight() > 0, math.inf
        busy = self._is_time("", "note", NOTE_EVERY) and self.note()
        for held in [held for held in leases.values() if held.kind == "dial"]:
            busy |= self._safely(leases, held, self._dial)
        if self._is_time("", "fold", FOLD_EVERY):
            self._fold()
        return self._apply(leases) or busy

    def note(self) -> bool:
        """Write what carriers answered; whether there was anything."""
        try:
            now = lease.clock()  # before anything is collected that would be lost with the database
            self._watch.look(now)
            collected = gateway().answers()
            answers = place.note(collected, lease.clock()) if collected else 0
            found = recover.note(gateway().findings(), now, self._watch.set_at)
        except Exception:
            log.exception("answers of carriers could not be written; recover asks again")
            return False
        self.counts.update(answers=answers, found=found)
        return bool(answers or found)

    def _fold(self) -> None:
        try:
            self.counts["folded"] += standing.fold()
        except DatabaseError:
            log.exception("the standing of lists could not be folded; the next one does it")

    # ── dialing ──

    def _dial(self, held: Held) -> bool:
        pk, now = held.workspace_id, lease.clock()
        if self._is_time(held.name, "second", SECOND):
            self.counts["recovered"] += recover.recover(pk, now)
            self.counts["spread"] += sweep.spread_suppressions(pk, now) + sweep.spread_contacts(pk, now)
            self.counts["looked_again"] += sweep.look_again(pk, now)
            self.counts["reviewed"] += review_changed(pk, now)
        if self._is_time(held.name, "minute", MINUTE):
            self.counts["swept"] += sweep.sweep(pk, now)
            self.counts["reviewed"] += review_workspace(pk, now)
            if until := lease.stands_until(pk):
                log.warning("%s: nobody is called until the clock shows %s again", held.name, until)
        if self._is_time(held.name, "tests", TESTS_EVERY):
            self.counts["tests"] += place.place(testcall.queued(pk), now, held)
        if self._is_time(held.name, "others", NOTE_EVERY):
            self.handover.look()
        launched = time.monotonic() >= self._claim_at.get(held.name, 0.0) and self._launch(held, now)
        self.next_at = min(self.next_at, self._claim_at.get(held.name, math.inf))
        self.live |= launched or Call.objects.filter(workspace=pk, concluded_at__isnull=True).exists()
        return launched

    def _launch(self, held: Held, now: datetime) -> bool:
        if not queue.somebody(held.workspace_id, now):
            self._claim_at.pop(held.name, None)
            return False
        claimed = self._claim(held)
        send_by = time.monotonic() + place.SEND_BY  # read first, so that it counts from a moment before the mark
        now = lease.clock()
        self.counts["launched"] += place.place(claimed.calls, now, held, send_by)
        tick.pause_by_budget(claimed, now)
        self._claim_at[held.name] = _claim_at([wait.until - now for wait in claimed.waits.values() if wait.until])
        return bool(claimed.calls)

    def _claim(self, held: Held) -> tick.Claimed:
        """Nobody is called while the clock is not where it was a moment ago: it was set, or is behind the time that
        dialing goes by."""
        seen = lease.clock()
        self._watch.look(seen)
        if self._set_a_moment_ago(held.workspace_id):
            return tick.Claimed()
        with transaction.atomic():
            now = lease.hold(held)
            if abs((now - seen).total_seconds()) > STEP:
                return tick.Claimed()
            workspace = Workspace.objects.get(pk=held.workspace_id)
            slots = partial(gateway().slots, within=tick.AHEAD.total_seconds())
            return tick.claim_safely(workspace, now, slots)

    def _set_a_moment_ago(self, workspace_id: int) -> bool:
        """Whether calls that a carrier counts still look long past, because the clock was set forward."""
        if not self._watch.was_set_within(place.SEND_BY + board.SLOWEST.total_seconds()):
            return False
        slowest = Carrier.objects.filter(workspace=workspace_id).aggregate(cps=Min("max_cps"))["cps"] or 1
        return self._watch.was_set_within(place.SEND_BY + SECOND / min(1.0, float(slowest)))

    # ── applying ──

    def _apply(self, leases: dict[str, Held]) -> bool:
        """The steps whose time has come, longest ago first; what does not fit this turn is first in the next one."""
        steps: dict[str, Step] = {"events": self._events, "settle": self._settle, "analyse": self._analyse}
        names = [(held.name, step) for held in leases.values() if held.kind == "apply" for step in steps]
        begun, busy = time.monotonic(), False
        dials = any(held.kind == "dial" for held in leases.values())
        for name, step in sorted(names, key=lambda pair: self._done_at.get(pair, float("-inf"))):
            if dials and time.monotonic() - begun > APPLY_FOR:
                return True
            if name in leases and self._is_time(name, step, APPLY_EVERY):
                before = self.counts.total()
                if self._safely(leases, leases[name], steps[step]):
                    self._done_at.pop((name, step))
                busy |= self.counts.total() > before
        return busy

    def _events(self, held: Held) -> bool:
        if not inbox.waiting(held.workspace_id, lease.clock()):
            return False
        with transaction.atomic():
            applied = applying.take_events(held.workspace_id, lease.hold(held))
        self.counts["events"] += applied
        return applied >= applying.BATCH

    def _settle(self, held: Held) -> bool:
        self.counts["settled"] += applying.settle_due(held.workspace_id, lease.clock())
        return False

    def _analyse(self, held: Held) -> bool:
        self.counts["analysed"] += self.analyse(held.workspace_id, lease.clock())
        return False

    # ── both ──

    def _safely(self, leases: dict[str, Held], held: Held, work: Callable[[Held], bool]) -> bool:
        """What `work` returns; a fault of it is logged and holds up nothing else."""
        try:
            return work(held)
        except lease.Lost:
            log.warning("%s is somebody else's now", held.name)
            leases.pop(held.name, None)
        except Exception:
            log.exception("%s: a turn failed; the next one goes on", held.name)
            time.sleep(AFTER_FAULT)
        return False

    def _is_time(self, name: str, what: str, every: float) -> bool:
        key, now = (name, what), time.monotonic()
        if now - self._done_at.get(key, float("-inf")) < every:
            return False
        self._done_at[key] = now
        return True


def _claim_at(waits: Sequence[timedelta]) -> float:
    """When the next claim is worth while: half of what may be dealt ahead is due then, the other half is time to spare.
    Where nothing is known, in CLAIM_EVERY, for there may be new people, slots and campaigns."""
    soonest = min((wait - tick.AHEAD / 2 for wait in waits), default=timedelta(seconds=CLAIM_EVERY))
    return time.monotonic() + min(CLAIM_EVERY, soonest.total_seconds())
