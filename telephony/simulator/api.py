"""The carrier's doors: the HTTP contract (docs/http-provider.md) and /control, which is its own."""

import asyncio
import hmac
import re
from typing import Any

from telephony.simulator.calls import Call
from telephony.simulator.carrier import Carrier
from telephony.simulator.control import BadControl
from telephony.simulator.outcomes import ENDINGS
from telephony.simulator.web import Answer, Request

HANG = 60.0  # seconds until an answer that never comes is a cut connection
EARLY = 5.0  # seconds the answer waits at most for the first event's delivery
E164 = re.compile(r"\+[1-9]\d{6,14}")


class Api:
    def __init__(self, carrier: Carrier, token: str, events_url: str):
        self.carrier, self.token, self.events_url = carrier, token, events_url

    async def __call__(self, request: Request) -> Answer:
        if request.path == "/":
            return Answer(200, {"name": "Outdial's simulated carrier", "docs": "docs/simulated-carrier.md"})
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.token and not hmac.compare_digest(given.encode(), self.token.encode()):
            return error(401, "unauthorised", "The token is wrong.")
        hang_up = re.fullmatch(r"/calls/([^/]+)/hangup", request.path)
        match request.method, request.path:
            case "POST", "/calls":
                return await self.place(request.data)
            case "GET", "/calls":
                return self.look_up(request.query.get("reference", ""), request.query.get("id", ""))
            case "GET", "/control":
                return Answer(200, self.state())
            case "POST", "/control":
                return self.control(request.data)
            case "POST", "/control/inbound":
                return self.inbound(request.data)
            case "POST", _ if hang_up:
                return self.hang_up(hang_up[1])
        return error(404, "not_found", "There is nothing at this address.")

    async def place(self, data: Any) -> Answer:
        if wrong := place_mistake(data):
            return error(400, "bad_request", wrong)
        carrier, reference = self.carrier, data["reference"]
        fault = carrier.control.draw(carrier.rng)
        note = {"reference": reference, "to": data["to"], "from": data["from"]}
        carrier.ledger.write("received", **note, fault=fault)
        if not E164.fullmatch(data["to"]):
            return self._reply(note, error(422, "invalid_number", "The called number is not a phone number."))
        if fault in REFUSALS or fault == "fail_before":
            return self._reply(note, self._failing(fault))
        if fault == "hang_before":
            await asyncio.sleep(HANG)
            return Answer(0, cut=True)
        return await self._place(data, note, fault)

    async def _place(self, data: dict[str, Any], note: dict[str, str], fault: str) -> Answer:
        carrier, control = self.carrier, self.carrier.control
        known = carrier.by_reference.get(data["reference"])
        if known and control.idempotent:
            carrier.ledger.write("duplicate", **note, call=known[0].id)
            return self._reply(note, accepted(known[0], 200))
        call = carrier.place(data, silent=fault == "silent")
        match fault:
            case "fail_after":
                return self._reply(note, error(control.fail_status, "internal", "Something broke.", placed=None))
            case "hang" | "cut":
                await asyncio.sleep(HANG if fault == "hang" else 0)
                return Answer(0, cut=True)
            case "early":
                await carrier.first_told(call, EARLY)
            case "slow":
                await asyncio.sleep(control.slow_seconds)
        return self._reply(note, accepted(call, 201))

    def _failing(self, fault: str) -> Answer:
        if fault in REFUSALS:
            return error(*REFUSALS[fault])
        control = self.carrier.control
        return error(control.fail_status, "internal", "Something broke.", placed=False if control.promise else None)

    def _reply(self, note: dict[str, str], answer: Answer) -> Answer:
        self.carrier.ledger.write("replied", **note, status=answer.status)
        return answer

    def look_up(self, reference: str, call_id: str) -> Answer:
        """By our reference; a call that came in has none, and is found by its id."""
        works = self.carrier.control.lookup
        calls = self.carrier.by_reference.get(reference, []) if works == "works" else []
        inbound = self.carrier.calls.get(call_id) if works == "works" else None
        if not calls and inbound is not None and not inbound.reference:
            calls = [inbound]
        self.carrier.ledger.write("lookup", reference=reference, found=len(calls), lookup=works)
        if works == "unavailable":
            return error(503, "unavailable", "Look-ups are out of order.")
        return Answer(200, {"calls": [call.to_json() for call in calls]})

    def hang_up(self, call_id: str) -> Answer:
        call = self.carrier.calls.get(call_id)
        if not call:
            return error(404, "not_found", "There is no such call.")
        self.carrier.hang_up(call)
        return Answer(200, {"id": call.id, "status": call.status})

    def control(self, data: Any) -> Answer:
        if not isinstance(data, dict):
            return error(400, "bad_request", "Send an object of settings.")
        try:
            self.carrier.control.update(data)
        except BadControl as wrong:
            return error(400, "bad_request", str(wrong))
        self.carrier.ledger.write("control", changes=data)
        return Answer(200, self.state())

    def inbound(self, data: Any) -> Answer:
        if not isinstance(data, dict) or not all(E164.fullmatch(str(data.get(name))) for name in ("from", "to")):
            return error(400, "bad_request", "Send “from” and “to” as phone numbers.")
        talk = data.get("talk_seconds")
        if talk is not None and (isinstance(talk, bool) or not isinstance(talk, int) or not 0 <= talk <= 86_400):
            return error(400, "bad_request", "“talk_seconds” is a whole number.")
        if data.get("ending", "success") not in ENDINGS:
            return error(400, "bad_request", f"“ending” is one of: {', '.join(ENDINGS)}.")
        call = self.carrier.take_in({"events_url": self.events_url or self.carrier.latest_events_url, **data})
        return Answer(201, {"id": call.id})

    def state(self) -> dict[str, Any]:
        carrier = self.carrier
        return {
            "settings": carrier.control.to_json(),
            "seed": carrier.seed,
            "live": carrier.live(),
            "placed": sum(carrier.placed.values()),
            "deliveries": carrier.courier.under_way(),
            "ledger": str(carrier.ledger.path),
        }


REFUSALS = {
    "unauthorised": (401, "unauthorised", "The token is wrong."),
    "rate_limited": (429, "rate_limited", "Too many calls a second."),
}
TEXTS = ("reference", "to", "from", "events_url")


def place_mistake(data: Any) -> str:
    """A sentence, or an empty string when the request can be read."""
    if not isinstance(data, dict):
        return "Send a call as an object."
    for name in TEXTS:
        if not isinstance(data.get(name), str) or not data[name]:
            return f"“{name}” is missing."
    timeout = data.get("ring_timeout_seconds")
    if isinstance(timeout, bool) or not isinstance(timeout, int) or not 1 <= timeout <= 600:
        return "“ring_timeout_seconds” is a whole number from 1 to 600."
    if any(not isinstance(data.get(name, {}), dict) for name in ("variables", "metadata")):
        return "“variables” and “metadata” are objects."
    return ""


def accepted(call: Call, status: int) -> Answer:
    return Answer(status, {"id": call.id, "reference": call.reference, "status": call.status})


def error(status: int, code: str, message: str, placed: bool | None = False) -> Answer:
    """`placed` False promises that no call was placed; None says nothing about it."""
    data: dict[str, Any] = {"error": {"code": code, "message": message}}
    return Answer(status, data if placed is None else {**data, "placed": placed})
