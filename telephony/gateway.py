"""Sending without waiting: the dialer hands requests over, an asyncio thread talks to carriers, answers are collected.

One thread per process, started on first use, so a forked worker never inherits one. It keeps connections per
carrier. What was handed over and not collected when the process dies is found again by `recover`, through look-ups.
"""

import asyncio
import atexit
import logging
import math
import os
import threading
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from telephony.errors import TelephonyError
from telephony.lane import Lane
from telephony.providers import provider
from telephony.providers.base import Answer, LookUp, NoAnswer, NotSent, PlaceRequest, Provider, Refused, Unknown
from telephony.providers.wire import HTTP_TIMEOUT

log = logging.getLogger(__name__)

BACKSTOP = HTTP_TIMEOUT + 5  # seconds; an adapter that forgets the time is stopped then
CLOSE_TIMEOUT = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Account:
    """A carrier as the wire needs it: `values` are its settings and secrets together. Compared by value, but for its
    CPS: who changes that changes no connection."""

    carrier_id: int
    provider: str
    values: Mapping[str, str] = field(repr=False)
    max_cps: float = field(default=math.inf, compare=False)


class Line:
    """The connections of one account. Retired when the account changes; closed when its last request has ended."""

    def __init__(self, account: Account):
        self.account = account
        self.provider: Provider = provider(account.provider)(account.values)
        self.busy = 0
        self.retired = False


class Gateway:
    """For one dial loop: it hands over and collects from a single thread."""

    def __init__(self) -> None:
        self._answers: deque[tuple[str, Answer]] = deque()
        self._findings: deque[tuple[str, LookUp]] = deque()
        self._lines: dict[int, Line] = {}  # touched by the loop's thread only, like _tasks
        self._lanes: dict[int, Lane] = {}  # made by the dialer's thread
        self._tasks: set[asyncio.Task[None]] = set()
        self._handed_over = 0
        self._finished = 0
        self._arrived = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()

    def place(
        self,
        requests: Iterable[tuple[Account, PlaceRequest]],
        not_after: float,
        not_before: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Hands a batch over and returns at once. Bytes are written as each carrier's CPS allows, none later than
        `not_after` and of a call in `not_before` (by reference) none earlier than that, by time.monotonic()."""
        work = []
        for account, request in requests:
            lane = self._lane(account.carrier_id)
            lane.handed_over += 1
            work.append(self._place(lane, account, request, not_after, not_before.get(request.reference, 0.0)))
        self._hand_over(work)

    def slots(self, carrier_id: int, max_cps: float, within: float) -> list[float]:
        """In how many seconds calls would leave for this carrier that are handed over now: all that do so `within`, and
        one more."""
        return self._lane(carrier_id).slots(max_cps, within)

    def arrived(self, carrier_id: int, calls: Iterable[tuple[str, float]]) -> None:
        """(reference, time.monotonic()) of calls that count in the carrier's last second, whoever sent them."""
        lane = self._lane(carrier_id)
        for reference, at in calls:
            self._loop.call_soon_threadsafe(lane.arrived, reference, at)

    def look_up(self, calls: Iterable[tuple[Account, str, str]]) -> None:
        """(account, reference, provider_call_id or "") of each call; the results come out of `findings`."""
        self._hand_over([self._look_up(*call) for call in calls])

    def hang_up(self, account: Account, provider_call_id: str) -> None:
        """Asks the carrier to end the call; its end event tells whether it did."""
        self._hand_over([self._hang_up(account, provider_call_id)])

    def answers(self) -> list[tuple[str, Answer]]:
        """(reference, answer) of the place requests that finished since the last time."""
        return [self._answers.popleft() for _ in range(len(self._answers))]

    def findings(self) -> list[tuple[str, LookUp]]:
        """(reference, result) of the look-ups that finished since the last time."""
        return [self._findings.popleft() for _ in range(len(self._findings))]

    def in_flight(self) -> int:
        """How many requests were handed over and have no result yet."""
        return self._handed_over - self._finished

    def wait(self, seconds: float) -> bool:
        """Rests until a result comes, at most `seconds`. Returns whether one came since the last wait."""
        came = self._arrived.wait(seconds)
        self._arrived.clear()
        return came

    def close(self) -> None:
        """Ends the thread and its connections. Requests under way are given up; their fate is looked up later."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(CLOSE_TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_TIMEOUT)
        self._loop.close()

    def _lane(self, carrier_id: int) -> Lane:
        return self._lanes.setdefault(carrier_id, Lane())

    def _hand_over(self, work: list[Coroutine[Any, Any, None]]) -> None:
        self._handed_over += len(work)
        self._loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: list[Coroutine[Any, Any, None]]) -> None:
        for coroutine in work:
            task = self._loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._finished += 1
        self._arrived.set()

    async def _place(
        self, lane: Lane, account: Account, request: PlaceRequest, not_after: float, not_before: float
    ) -> None:
        answer: Answer
        try:
            if await lane.leave(request.reference, account.max_cps, not_after, not_before):
                with self._line(account) as line:
                    async with asyncio.timeout(BACKSTOP):
                        answer = await line.place(request, not_after)
            else:
                answer = NotSent("The carrier's CPS left no room for the request in its time.")
        except TelephonyError as error:
            answer = Refused("carrier", str(error), permanent=True)
        except Exception as error:  # a fault of the adapter: nobody knows whether it wrote, so the carrier is asked
            log.exception("placing call %s failed", request.reference)
            answer = Unknown(f"{type(error).__name__} while placing")
        lane.answered(request.reference)
        self._answers.append((request.reference, answer))

    async def _look_up(self, account: Account, reference: str, provider_call_id: str) -> None:
        finding: LookUp
        try:
            with self._line(account) as line:
                async with asyncio.timeout(BACKSTOP):
                    finding = await line.look_up(reference, provider_call_id)
        except TelephonyError as error:
            finding = NoAnswer(str(error))
        except Exception as error:
            log.exception("looking up call %s failed", reference)
            finding = NoAnswer(f"{type(error).__name__} while looking up")
        self._findings.append((reference, finding))

    async def _hang_up(self, account: Account, provider_call_id: str) -> None:
        try:
            with self._line(account) as line:
                async with asyncio.timeout(BACKSTOP):
                    if not await line.hang_up(provider_call_id):
                        log.warning("carrier %s did not hang up call %s", account.carrier_id, provider_call_id)
        except Exception:
            log.exception("hanging up call %s failed", provider_call_id)

    @contextmanager
    def _line(self, account: Account) -> Iterator[Provider]:
        line = self._lines.get(account.carrier_id)
        if line is None or line.account != account:
            fresh = Line(account)
            if line:
                self._retire(line)
            line = self._lines[account.carrier_id] = fresh
        line.busy += 1
        try:
            yield line.provider
        finally:
            line.busy -= 1
            if line.retired and not line.busy:
                self._close_soon(line)

    def _retire(self, line: Line) -> None:
        line.retired = True
        if not line.busy:
            self._close_soon(line)

    def _close_soon(self, line: Line) -> None:
        task = self._loop.create_task(line.provider.aclose())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shut(self) -> None:
        me = asyncio.current_task()
        under_way = [task for task in asyncio.all_tasks() if task is not me]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.gather(*(line.provider.aclose() for line in self._lines.values()), return_exceptions=True)
        await self._loop.shutdown_default_executor()


_gateway: Gateway | None = None
_inherited: list[Gateway] = []


def gateway() -> Gateway:
    """This process's own gateway, started on first use."""
    global _gateway
    if _gateway is None:
        _gateway = Gateway()
    return _gateway


def close() -> None:
    """Ends this process's gateway, if it has one; the next use starts another."""
    global _gateway
    ending, _gateway = _gateway, None
    if ending:
        ending.close()


def _forget() -> None:
    """In a forked child the thread stayed with the parent.

    The object is kept, untouched: collecting it would take its sockets out of the epoll set that both processes share,
    and the parent would never hear of them again.
    """
    global _gateway
    if _gateway:
        _inherited.append(_gateway)
        _gateway = None


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
