"""When the next call may leave for a carrier, so that no second of its own clock holds more than its CPS. Pure.

Nobody tells us when a request arrived: it was after it had left and before its answer came. So a call counts from its
leaving until a second after its answer. What the quickest answers take as well is no doubt about the arrival, and is
left out, or a carrier far away would never be used in full. `now` is time.monotonic() of this process.
"""

import math
from bisect import bisect_right, insort
from collections import deque

SECOND = 1.0
NEAR = 0.02  # seconds; of an answer's time so much always counts, as there and back need not take equally long
LONGEST = 1.0  # seconds that a missing answer can hold up the next call
SPREAD = 0.95  # of the mean time between calls lies between two that leave when they may
LATE = 0.05  # seconds that are caught up: after a gap, the calls of so long leave one right after the other
KNOWN = 5  # answers without which nothing is left out
REMEMBERED = 100  # answers, whose quickest says how far away the carrier is


def window_of(max_cps: float) -> float:
    """Seconds of which each may hold `most_in` calls."""
    return SECOND if max_cps >= 1 else SECOND / max_cps


def most_in(max_cps: float) -> int:
    return max(1, int(max_cps))


def gap_of(max_cps: float) -> float:
    """Seconds between two calls."""
    return SPREAD / max_cps


def _left(last: float, gap: float, now: float) -> float:
    """When a call that leaves now counts as gone, after one that went at `last`."""
    return max(last + gap, now - LATE)


class Pacer:
    """One carrier's calls of the last second. `max_cps`: whole, or below 1: then calls leave 1/CPS seconds apart."""

    def __init__(self, max_cps: float = math.inf) -> None:
        self.max_cps = max_cps
        self.last = -math.inf  # left then, or would have, had it not been late
        self._under_way: dict[str, float] = {}  # reference → when it left; ascending
        self._arrived: list[tuple[float, str]] = []  # at the latest then; ascending
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    def free_at(self, now: float) -> float:
        """The first time from `now` on at which a call may leave, as far as is known: an answer may make it earlier."""
        return self.slots(now, 0, 1)[0]

    def slots(self, now: float, behind: int, count: int) -> list[float]:
        """When so many calls may leave that come after `behind` others."""
        if self.max_cps == math.inf:
            return [now] * count
        window, gap = window_of(self.max_cps), gap_of(self.max_cps)
        self._forget(now - window)
        perhaps = (left + LONGEST for left in self._under_way.values() if left + LONGEST > now - window)
        counted = sorted([*(at for at, _ in self._arrived), *perhaps])
        too_many = len(counted) - most_in(self.max_cps)
        slots = self._in_turn(now, gap, behind + count)[behind:]
        for n, place in enumerate(range(too_many + behind, min(too_many + behind + count, len(counted)))):
            if place >= 0:
                slots[n] = max(slots[n], counted[place] + window)
        return slots

    def _in_turn(self, now: float, gap: float, count: int) -> list[float]:
        """When so many calls would leave, one after the other, if each left as soon as the one before allows."""
        slots, at, last = [], now, self.last
        for _ in range(count):
            at = max(at, last + gap)
            last = _left(last, gap, at)
            slots.append(at)
        return slots

    def left(self, reference: str, now: float) -> None:
        """This call leaves now."""
        self._forget(now - window_of(self.max_cps))
        self.last = _left(self.last, gap_of(self.max_cps), now)
        self._under_way[reference] = now

    def answered(self, reference: str, now: float) -> None:
        """Whatever the answer says, nothing arrives after it."""
        left = self._under_way.pop(reference, None)
        if left is None:
            return
        self._took.append(now - left)
        surely = max(0.0, min(self._took) - NEAR) if len(self._took) >= KNOWN else 0.0
        insort(self._arrived, (min(now - surely, left + LONGEST), reference))

    def arrived(self, reference: str, at: float) -> None:
        """Another process's call had arrived by then; the earliest that is said of it counts."""
        for pair in self._arrived:
            if pair[1] == reference:
                if pair[0] <= at:
                    return
                self._arrived.remove(pair)
                break
        insort(self._arrived, (at, reference))

    def _forget(self, until: float) -> None:
        del self._arrived[: bisect_right(self._arrived, until, key=lambda pair: pair[0])]
