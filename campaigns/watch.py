"""Sees that somebody set the clock: it goes by seconds that this machine did not count."""

import logging
import time
from datetime import datetime

log = logging.getLogger(__name__)

STEP = 5.0  # seconds; less than that is not told from a process that was slow between two looks


class Watch:
    """`set_at`: when the clock was last set forward, by the clock as it is since then; None: not as far as we saw.

    What was to happen after a while is due at once then, though the while has not passed: a request of a moment ago may
    still be on its way, and calls of the last second look an hour old to pacing.
    """

    def __init__(self) -> None:
        self.set_at: datetime | None = None
        self._before: tuple[datetime, float] | None = None
        self._seen = float("-inf")

    def look(self, now: datetime) -> None:
        """Compare the clock with the seconds that were counted since the last look."""
        counted = time.monotonic()
        if self._before is not None:
            before, since = self._before
            step = (now - before).total_seconds() - (counted - since)
            if abs(step) > STEP:
                log.warning("the clock was set %s by %.0f seconds", "forward" if step > 0 else "back", abs(step))
            if step > STEP:
                self.set_at, self._seen = now, counted
        self._before = (now, counted)

    def was_set_within(self, seconds: float) -> bool:
        """Whether fewer seconds were counted since the clock was set forward."""
        return time.monotonic() - self._seen < seconds
