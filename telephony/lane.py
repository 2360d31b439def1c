"""The way to one carrier: calls leave one after the other, in the order in which they were handed over, paced."""

import asyncio
import threading
import time

from telephony.pacer import Pacer, gap_of

REMEMBERED = 2_000  # references of own calls
LOOK_AGAIN = 0.01  # seconds; an answer may let the next call leave earlier than was foreseen


class Lane:
    """`slots` and `handed_over` are the dialer's thread's; everything else happens in the gateway's."""

    def __init__(self) -> None:
        self.handed_over = 0
        self._gone = 0
        self._own: dict[str, None] = {}  # references of calls that went this way, oldest first
        self._pacer = Pacer()
        self._pacing = threading.Lock()
        self._turn = asyncio.Lock()

    def slots(self, max_cps: float, within: float) -> list[float]:
        """In how many seconds calls would leave that are handed over now: all that do so `within`, and one more."""
        now = time.monotonic()
        with self._pacing:
            self._pacer.max_cps = max_cps
            slots = self._pacer.slots(now, self.handed_over - self._gone, int(within / gap_of(max_cps)) + 2)
        return [slot - now for slot in slots]

    async def leave(self, reference: str, max_cps: float, not_after: float, not_before: float) -> bool:
        """Returns when this call may leave: True. False: its time was over before its turn came."""
        self._own[reference] = None
        if len(self._own) > REMEMBERED:
            del self._own[next(iter(self._own))]
        try:
            async with self._turn:
                self._pacer.max_cps = max_cps
                return await self._wait(reference, not_after, not_before)
        finally:
            self._gone += 1

    async def _wait(self, reference: str, not_after: float, not_before: float) -> bool:
        while (now := time.monotonic()) <= not_after:
            with self._pacing:
                at = max(not_before, self._pacer.free_at(now))
                if at <= now:
                    self._pacer.left(reference, now)
                    return True
            await asyncio.sleep(min(at - now, LOOK_AGAIN))
        return False

    def answered(self, reference: str) -> None:
        """The carrier has answered, or never will: nothing of this call arrives any more."""
        with self._pacing:
            self._pacer.answered(reference, time.monotonic())

    def arrived(self, reference: str, at: float) -> None:
        """A call had arrived by then; those that went this way are known better."""
        if reference not in self._own:
            with self._pacing:
                self._pacer.arrived(reference, at)
