"""How big work goes on beside everything else: how many rows a piece has, and how long it rests before the next.

While calls are made it gives way to them: its pieces are short, and before the next one it rests as long as the last
one took. Standing back as a process is not enough: PostgreSQL's backends know nothing of it, and who stands back while
holding SQLite's only place to write makes everybody wait the longer.

While nobody is called:
PostgreSQL  many rows and no rest: nobody waits for rows that are new, and every transaction has its price
SQLite      one writer at a time. Who waits looks again after 1, 2, 5, 10, 15, 20 and 25 milliseconds, later less often:
            a piece that is over within that time, and a gap of 25 ms after it, let everybody else through. Who only
            reads holds up nobody
"""

from time import monotonic, sleep

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

HELD = 0.07  # seconds that a piece should hold SQLite's only place to write, or the processor while calls are made
HELD_BESIDE_CALLS = 0.03  # of SQLite's place to write, while calls are made
GAP = 0.025  # seconds between two pieces, reading included
FEWEST = 500  # below, what a transaction costs by itself is more than what its rows do
FEWEST_BESIDE_CALLS = 100  # a price that is paid then
FASTER = 1.3  # at most so many times the rows of the piece before
LOOK_EVERY = 0.5  # seconds between two looks whether calls are made
LONGEST_REST = 1.0  # seconds; a piece that took longer has waited itself


class Pace:
    """Asked before each piece, told after it. All of it outside any transaction.

    `most`: rows of a piece; `most_on_sqlite`: the same of work that writes there.
    """

    def __init__(self, most: int, most_on_sqlite: int | None = None) -> None:
        self.gentle = connection.vendor == "sqlite" and most_on_sqlite is not None
        self.most = min(most, most_on_sqlite or most) if self.gentle else most
        self.begun = self.over = monotonic()
        self.looked = float("-inf")
        self.beside_calls = self._look()
        self.rows = min(self.most, FEWEST) if self.beside_calls else self.most

    def limit(self, rows: int) -> None:
        """A piece has no more rows than these from now on."""
        self.most = min(self.most, rows)
        self.rows = min(self.rows, self.most)

    def rest(self) -> None:
        """Wait until it is somebody else's turn no more."""
        worked = monotonic() - self.begun
        self.beside_calls = self._look()
        rest = min(worked, LONGEST_REST) if self.beside_calls else 0.0
        if self.gentle:
            rest = max(rest, self.over + GAP - monotonic())
        if rest > 0:
            sleep(rest)
        self.begun = monotonic()

    def breathe(self) -> None:
        """For work that has no pieces: rest, once it has gone on for as long as a piece."""
        if monotonic() - self.begun >= HELD:
            self.rest()

    def note(self, rows: int, seconds: float | None = None) -> None:
        """A piece of so many rows held the database for so long; without `seconds`, since the rest before it."""
        self.over = monotonic()
        took = self.over - self.begun if seconds is None else seconds
        if not self.gentle and not self.beside_calls:
            self.rows = self.most
        elif rows == self.rows:
            held, fewest = self._wanted()
            self.rows = min(self.most, max(fewest, round(rows * min(FASTER, held / max(took, 0.001)))))

    def _wanted(self) -> tuple[float, int]:
        """Seconds of a piece, and its fewest rows."""
        if not self.beside_calls:
            return HELD, FEWEST
        return (HELD_BESIDE_CALLS if self.gentle else HELD), FEWEST_BESIDE_CALLS

    def _look(self) -> bool:
        """Whether calls are made, as of a moment ago."""
        now = monotonic()
        if now - self.looked < LOOK_EVERY:
            return self.beside_calls
        self.looked = now
        return bool(import_string(settings.CALLS_ARE_MADE)())  # who knows of calls stands above us
