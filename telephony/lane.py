"""The way to one carrier: calls leave one after the other, in the order in which they were handed over, paced."""

import asyncio
import time

from telephony.pacer import Pacer, gap_of

LOOK_AGAIN = 0.01  # seconds; an answer may let the next call leave earlier than was foreseen


class Lane:
    """`clear_in` and `handed_over` are the dialer's thread's; everything else happens in the gateway's."""

    def __init__(self) -> None:
        self.handed_over = 0
        self._gone = 0
        self._free_at = 0.0
        self._pacer = Pacer()
        self._turn = asyncio.Lock()

    def clear_in(self, max_cps: float) -> float:
        """Seconds until a call would leave that is handed over now."""
        now = time.monotonic()
        return max(now, self._free_at) - now + (self.handed_over - self._gone) * gap_of(max_cps)

    async def leave(self, reference: str, max_cps: float, not_after: float, not_before: float) -> bool:
        """Returns when this call may leave: True. False: its time was over before its turn came."""
        try:
            async with self._turn:
                self._pacer.max_cps = max_cps
                return await self._wait(reference, not_after, not_before)
        finally:
            self._gone += 1

    async def _wait(self, reference: str, not_after: float, not_before: float) -> bool:
        while (now := time.monotonic()) <= not_after:
            at = max(not_before, self._pacer.free_at(now))
            if at <= now:
                self._pacer.left(reference, now)
                self._free_at = self._pacer.free_at(now)
                return True
            await asyncio.sleep(min(at - now, LOOK_AGAIN))
        return False

    def answered(self, reference: str) -> None:
        """The carrier has answered, or never will: nothing of this call arrives any more."""
        now = time.monotonic()
        self._pacer.answered(reference, now)
        self._free_at = self._pacer.free_at(now)

    def arrived(self, reference: str, at: float) -> None:
        """A call that another process may have sent had arrived by then."""
        self._pacer.arrived(reference, at)
        self._free_at = self._pacer.free_at(time.monotonic())
