"""The network: calls that ring, are answered and end by themselves, and the events that tell of it."""

import asyncio
import logging
from collections import Counter, deque
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from telephony.simulator.calls import Call
from telephony.simulator.control import Control, happens
from telephony.simulator.courier import Courier
from telephony.simulator.ledger import Ledger, read
from telephony.simulator.outcomes import Plan, plan

log = logging.getLogger(__name__)

REMEMBERED = 50_000  # ended calls that can still be looked up
NOTICE_AFTER = 0.5  # real seconds from the end to a late do-not-call


class Carrier:
    def __init__(self, ledger_file: Path, seed: int, secret: str, control: Control):
        self.control = control
        self.seed = seed
        self.rng = Random(seed)  # noqa: S311 - of faults; outcomes have generators of their own
        self.calls: dict[str, Call] = {}
        self.by_reference: dict[str, list[Call]] = {}
        self.placed: Counter[str] = Counter()  # by called number
        self.taken_in = 0
        self.latest_events_url = ""
        self._ended: deque[Call] = deque()
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._remember(ledger_file)
        self.ledger = Ledger(ledger_file)
        self.ledger.write("started", seed=seed)
        self.courier = Courier(secret, self._delivered, lambda: control.retry_seconds)

    def start(self) -> None:
        """Ends, with an event, what was live when an earlier process with the same ledger died."""
        for call in [call for call in self.calls.values() if call.live and not call.silent]:
            self._end(call, "error", "carrier_restarted", 0)

    def live(self) -> int:
        return sum(call.live for call in self.calls.values())

    def place(self, request: dict[str, Any], silent: bool = False) -> Call:
        """Sends one call into the network; it rings and ends by itself."""
        to, control = request["to"], self.control
        self.placed[to] += 1
        timeout = int(request["ring_timeout_seconds"])
        fate = plan(to, self.placed[to], timeout, self.seed, control.fixed, control.rates, control.endings)
        call = Call(
            _new_id(), request["reference"], to, request["from"], request, self.placed[to], self.seed, fate.ending
        )
        call.silent = silent or fate.result == "silent"
        facts = {"nth": call.nth, "ending": call.ending, "silent": call.silent, "request": request}
        call.times["initiated"] = self._note("placed", call, **facts)
        self._keep(call)
        self.latest_events_url = request["events_url"]
        if not call.silent:
            call.first_delivery = self.tell(call, "initiated")
            self._begin(call, self._live(call, fate))
        return call

    async def first_told(self, call: Call, seconds: float) -> None:
        """Waits until the first event of the call has been delivered, at most so long."""
        if call.first_delivery:
            await asyncio.wait({call.first_delivery}, timeout=seconds)

    def take_in(self, inbound: dict[str, Any]) -> Call:
        """A person calls one of our numbers."""
        ending = inbound.get("ending") or "success"
        self.taken_in += 1
        call = Call(_new_id(), "", inbound["to"], inbound["from"], inbound, self.taken_in, self.seed, ending)
        call.times["inbound"] = self._note("inbound", call, nth=self.taken_in, ending=ending, request=inbound)
        self._keep(call)
        self._begin(call, self._talk_inbound(call, inbound.get("talk_seconds")))
        return call

    def hang_up(self, call: Call) -> None:
        """From outside. A call that never rang is cancelled; one that rang has rung out."""
        life = self._lives.pop(call.id, None)
        if life:
            life.cancel()
        if not call.live:
            return
        answered = call.times.get("answered") or call.times.get("inbound")
        if answered:
            talked = round((self._note("hangup", call) - answered) * self.control.speed)
            call.cut = True
            self._end(call, "machine" if call.ending == "voicemail" else "human", "hung_up", talked)
        else:
            self._end(call, "rang_out" if "ringing" in call.times else "cancelled", "hung_up", 0)

    async def close(self) -> None:
        lives = list(self._lives.values())
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await self.courier.close()
        self.ledger.close()

    async def _live(self, call: Call, fate: Plan) -> None:
        await self._pause(fate.setup)
        if fate.ring is not None:
            call.times["ringing"] = self._note("rang", call)
            self.tell(call, "ringing")
            await self._pause(fate.ring)
        talk = 0
        if fate.result in {"human", "machine"}:
            call.times["answered"] = self._note("answered", call)
            self.tell(call, "answered")
            talk = call.conversation().talk_seconds
            await self._pause(talk)
        self._end(call, fate.result, fate.reason, talk)
        if call.ending == "do_not_call_later":
            await asyncio.sleep(NOTICE_AFTER)
            call.times["notice"] = self._note("notice", call)
            self.tell(call, "notice")

    async def _talk_inbound(self, call: Call, talk_seconds: int | None) -> None:
        self.tell(call, "inbound")
        talk = call.conversation().talk_seconds if talk_seconds is None else talk_seconds
        await self._pause(talk)
        self._end(call, "human", "completed", talk)

    def _end(self, call: Call, result: str, reason: str, talk: int) -> None:
        call.result, call.reason, call.talk_seconds = result, reason, talk
        call.times["ended"] = self._note("ended", call, result=result, reason=reason, talk_seconds=talk, cut=call.cut)
        self._ended.append(call)
        self._forget_oldest()
        self.tell(call, "ended")

    def tell(self, call: Call, kind: str) -> asyncio.Task[None] | None:
        """Sends the event of that kind, with whatever faults are asked for. Returns the delivery, if there is one."""
        if call.silent:
            return None
        url, control, message = call.request.get("events_url") or "", self.control, call.message(kind)
        if not url or happens(control.lose, self.rng):
            self._note("lost", call, event=message["id"], type=message["type"])
            return None
        if kind != "ended" and call.held is None and happens(control.swap, self.rng):
            call.held = message
            return None
        forged = happens(control.forged, self.rng)
        after = control.late_seconds if happens(control.late, self.rng) else 0.0
        delivery = self.courier.send(url, message, forged, after)
        if happens(control.double, self.rng):
            self.courier.send(url, message, forged, after)
        if call.held is not None:
            self.courier.send(url, call.held, False, after + 0.1)
            call.held = None
        return delivery

    def _delivered(self, message: dict[str, Any], attempt: int, status: int, why: str) -> None:
        call = message["call"]
        facts = {"event": message["id"], "type": message["type"], "try": attempt, "status": status}
        acknowledged = {"acknowledged": 200 <= status < 300, **({"why": why} if why else {})}
        self.ledger.write("event", call=call["id"], reference=call["reference"], **facts, **acknowledged)

    def _note(self, what: str, call: Call, **facts: Any) -> float:
        return self.ledger.write(
            what, call=call.id, reference=call.reference, to=call.to, **{"from": call.from_}, **facts
        )

    async def _pause(self, nominal: float) -> None:
        await asyncio.sleep(nominal / self.control.speed)

    def _begin(self, call: Call, life: Any) -> None:
        task = asyncio.create_task(life)
        self._lives[call.id] = task
        task.add_done_callback(lambda done: self._over(call, done))

    def _over(self, call: Call, life: asyncio.Task[None]) -> None:
        self._lives.pop(call.id, None)
        if not life.cancelled() and life.exception():
            log.error("call %s broke off", call.id, exc_info=life.exception())

    def _keep(self, call: Call) -> None:
        self.calls[call.id] = call
        if call.reference:
            self.by_reference.setdefault(call.reference, []).append(call)

    def _forget_oldest(self) -> None:
        while len(self._ended) > REMEMBERED:
            oldest = self._ended.popleft()
            self.calls.pop(oldest.id, None)
            self.by_reference.pop(oldest.reference, None)

    def _remember(self, ledger_file: Path) -> None:
        """What an earlier process wrote down: a carrier does not forget calls because its server was restarted."""
        for line in read(ledger_file):
            what, call = line.get("what"), self.calls.get(line.get("call", ""))
            if what in {"placed", "inbound"}:
                kind = "initiated" if what == "placed" else "inbound"
                numbers, request = (line["to"], line["from"]), line["request"]
                call = Call(line["call"], line["reference"], *numbers, request, line["nth"], self.seed, line["ending"])
                call.times[kind], call.silent = line["at"], line.get("silent", False)
                if what == "placed":
                    self.placed[call.to] += 1
                else:
                    self.taken_in += 1
                self._keep(call)
            elif call and what in {"rang", "answered", "ended", "notice"}:
                call.times["ringing" if what == "rang" else what] = line["at"]
                if what == "ended":
                    call.result, call.reason = line["result"], line["reason"]
                    call.talk_seconds, call.cut = line["talk_seconds"], line["cut"]
                    self._ended.append(call)
                    self._forget_oldest()


def _new_id() -> str:
    return f"call_{uuid4().hex[:20]}"
