"""Events that arrive at the same time are stored together: one look at their carriers, one INSERT, one commit.

Of the threads of a web process one writes for all that wait; what comes meanwhile goes with the next writing. No thread
returns before its own rows are committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import sleep

from django.db import DataError, IntegrityError

from telephony import hooks, inbox
from telephony.hooks import Hook
from telephony.inbox import Row

GATHER = 0.002  # seconds that a writing waits for company: a commit costs more than the rows in it


@dataclass(slots=True, eq=False)
class Arrival:
    """`fresh`: the carrier was read for this very request. `stored` is False where it is no longer what it was.

    `turn` is let go when the rows are written, or when the next writing falls to this arrival's thread.
    """

    hook: Hook
    rows: Sequence[Row]
    fresh: bool
    turn: Lock = field(default_factory=Lock, init=False)
    written: bool = field(default=False, init=False)
    stored: bool = field(default=False, init=False)
    error: Exception | None = field(default=None, init=False)


class Arrivals:
    """Those of one process."""

    def __init__(self) -> None:
        self._lock = Lock()  # over the next two, for a moment
        self._waiting: list[Arrival] = []
        self._busy = False  # whether a thread gathers or writes

    def store(self, hook: Hook, rows: Sequence[Row], fresh: bool) -> bool:
        """Store rows of `inbox.row` and commit; False, and nothing is stored, when the carrier has been changed since
        it was remembered. Raises what the database raises."""
        mine = Arrival(hook, rows, fresh)
        mine.turn.acquire()
        with self._lock:
            self._waiting.append(mine)
            writer, self._busy = not self._busy, True
        if not writer:
            mine.turn.acquire()
        if not mine.written:
            self._write()
        if mine.error is not None:
            raise mine.error
        return mine.stored

    def _write(self) -> None:
        """All that wait, then leave the next writing to one of those who have come meanwhile."""
        written: list[Arrival] = []
        try:
            sleep(GATHER)
            with self._lock:
                written, self._waiting = self._waiting, []
            _write(written)
        finally:
            with self._lock:
                following = self._waiting[:1]
                self._busy = bool(following)
            for arrival in [*following, *written]:
                arrival.turn.release()


def _write(arrivals: list[Arrival]) -> None:
    try:
        _insert(arrivals)
    except (DataError, IntegrityError) as error:  # of one of them: the others have nothing to do with it
        if len(arrivals) == 1:
            arrivals[0].error = error
        for arrival in arrivals if len(arrivals) > 1 else []:
            _write([arrival])
    except Exception as error:
        for arrival in arrivals:
            arrival.error = error
    finally:
        for arrival in arrivals:
            arrival.written = True


def _insert(arrivals: list[Arrival]) -> None:
    asked = {arrival.hook.key for arrival in arrivals if not arrival.fresh}
    now = hooks.read(asked) if asked else {}
    good = [arrival for arrival in arrivals if arrival.fresh or now.get(arrival.hook.key) == arrival.hook]
    # In one order: two processes that store the same events wait for each other, and never deadlock.
    inbox.insert(sorted((row for arrival in good for row in arrival.rows), key=inbox.by_key))
    for arrival in good:
        arrival.stored = True


store = Arrivals().store
