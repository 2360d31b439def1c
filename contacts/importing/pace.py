"""How many rows are written at once, so that nobody else waits for long: a dialer has half a second at most.

PostgreSQL  many: nobody waits for rows that are new, and every transaction has its price
SQLite      one writer at a time. Who waits looks again after 1, 2, 5, 10, 15, 20 and 25 milliseconds, later less often:
            a piece that is over within that time, and a gap of 25 ms after it, let everybody else through
"""

from time import monotonic, sleep

from django.db import connection

HELD = 0.07  # seconds that a piece should hold SQLite's only place to write
GAP = 0.025  # seconds between two pieces, reading included
FEWEST = 500  # below, what a transaction costs by itself is more than what its rows do
FASTER = 1.3  # at most so many times the rows of the piece before


class Pace:
    """Asked before each piece, told after it."""

    def __init__(self, most: int, most_on_sqlite: int) -> None:
        self.gentle = connection.vendor == "sqlite"
        self.most = min(most, most_on_sqlite) if self.gentle else most
        self.rows = self.most
        self.over = 0.0  # when the piece before was

    def rest(self) -> None:
        """Wait until it is somebody else's turn no more."""
        if self.gentle:
            sleep(max(0.0, self.over + GAP - monotonic()))

    def note(self, rows: int, seconds: float) -> None:
        """A piece of so many rows held the database for so long."""
        self.over = monotonic()
        if self.gentle and rows == self.rows:
            fitting = rows * min(FASTER, HELD / max(seconds, 0.001))
            self.rows = min(self.most, max(FEWEST, round(fitting)))
