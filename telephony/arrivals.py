"""Events that arrive at the same time are stored together: one INSERT, one commit.

Of the threads of a web process one writes for all that wait; what comes meanwhile goes with the next writing. No thread
returns before its own rows are committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import sleep

from django.db import DataError, IntegrityError, connection

from telephony import inbox
from telephony.inbox import Row

GATHER = 0.002  # seconds that a writing waits for company: a commit costs more than the rows in it


@dataclass(slots=True, eq=False)
class Arrival:
    """`turn` is let go when the rows are written, or when the next writing falls to this arrival's thread."""

    rows: Sequence[Row]
    turn: Lock = field(default_factory=Lock, init=False)
    written: bool = field(default=False, init=False)
    error: Exception | None = field(default=None, init=False)


class Arrivals:
    """Those of one process."""

    def __init__(self) -> None:
        self._lock = Lock()  # over the next two, for a moment
        self._waiting: list[Arrival] = []
        self._busy = False  # whether a thread gathers or writes

    def store(self, rows: Sequence[Row]) -> None:
        """Store rows of `inbox.row` and commit. Raises what the database raises."""
        mine = Arrival(rows)
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
        # In one order: two processes that store the same events wait for each other, and never deadlock.
        inbox.insert(sorted((row for arrival in arrivals for row in arrival.rows), key=inbox.by_key))
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
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # as Django does after its own requests: the doorway's are not


store = Arrivals().store
