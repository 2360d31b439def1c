"""Any carrier that speaks the JSON contract of docs/http-provider.md."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telephony.errors import BadEvent
from telephony.events import CallEvent, Outcome
from telephony.providers.base import (
    Answer,
    Found,
    LookUp,
    NeverReceived,
    NoAnswer,
    NotSent,
    Placed,
    PlaceRequest,
    Provider,
    Refused,
    Unknown,
)
from telephony.providers.bodies import storable
from telephony.providers.http import config, events
from telephony.providers.http.client import HttpClient
from telephony.providers.wire import NoReply, NotConnected, Reply, TooLate

log = logging.getLogger(__name__)

# Codes of a 422 that blame the called number: our outcome, and whether the number will never do.
NUMBER_CODES = {
    "invalid_number": (Outcome.ERROR, True),
    "destination_not_allowed": (Outcome.ERROR, True),
    "number_unreachable": (Outcome.ERROR, False),
    "number_busy": (Outcome.BUSY, False),
    "number_refuses": (Outcome.REJECTED, False),
}
CREDENTIALS = {401, 403}
MAY_BE_PLACED = {408, 409}  # a request that arrived in part, or a second time


class HttpProvider(Provider):
    name = "http"
    label = "HTTP (JSON contract)"
    capabilities = config.CAPABILITIES

    def __init__(self, values: Mapping[str, str]):
        super().__init__(values)
        self._key = config.signing_key(self.values["signing_secret"])
        self._client: HttpClient | None = None

    @classmethod
    def check(cls, values: dict[str, str]) -> dict[str, str]:
        return config.check(values)

    @property
    def client(self) -> HttpClient:
        if self._client is None:
            self._client = HttpClient(self.values["base_url"], self.values["token"])
        return self._client

    async def place(self, request: PlaceRequest, not_after: float) -> Answer:
        try:
            reply = await self.client.place(request, not_after)
        except TooLate:
            return NotSent("The request's time was over before it could be written.")
        except NotConnected as error:
            return Refused("carrier", f"The carrier cannot be reached: {error}")
        except NoReply as error:
            return Unknown(f"The carrier did not answer: {error}")
        return answer(reply)

    async def hang_up(self, provider_call_id: str) -> bool:
        try:
            reply = await self.client.hang_up(provider_call_id)
        except (TooLate, NotConnected, NoReply):
            return False
        return 200 <= reply.status < 300 or reply.status == 404

    async def look_up(self, reference: str, provider_call_id: str) -> LookUp:
        try:
            reply = await self.client.find(reference, provider_call_id)
        except TooLate:
            return NoAnswer("No connection to the carrier was free.")
        except (NotConnected, NoReply) as error:
            return NoAnswer(f"The carrier did not answer: {error}")
        return finding(reply, reference, provider_call_id)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        events.verify(headers, body, self._key, now)

    def parse(self, body: bytes) -> list[CallEvent]:
        return events.parse(body)

    async def aclose(self) -> None:
        if self._client:
            await self._client.aclose()


def answer(reply: Reply) -> Answer:
    """What the answer to a place request means. In doubt the call may have been placed."""
    data = reply.json()
    if 200 <= reply.status < 300:
        call_id = data.get("id") if isinstance(data, dict) else None
        if isinstance(call_id, str) and 0 < len(call_id) <= 120:
            return Placed(call_id)
        return Unknown(f"The carrier accepted with {reply.status} but named no call.")
    code, message = _error(data)
    reason = f"{reply.status} {code or message}".strip()
    if reply.status == 422 and code in NUMBER_CODES:
        outcome, permanent = NUMBER_CODES[code]
        return Refused("number", code, outcome, permanent)
    if reply.status in CREDENTIALS:
        return Refused("carrier", f"{reason}: the carrier does not accept our token.", permanent=True)
    promised = isinstance(data, dict) and data.get("placed") is False
    if promised or (300 <= reply.status < 500 and reply.status not in MAY_BE_PLACED):
        log.warning("a carrier refused a call: %s %s", reason, message)
        return Refused("carrier", reason)
    return Unknown(f"The carrier answered {reason}, which does not say whether the call was placed.")


def finding(reply: Reply, reference: str, call_id: str = "") -> LookUp:
    """What the answer to a look-up means. Only an empty list of calls says "never received"."""
    data = storable(reply.json())
    calls = data.get("calls") if isinstance(data, dict) else None
    if reply.status != 200 or not isinstance(calls, list):
        return NoAnswer(f"The carrier answered {reply.status} to the look-up.")
    if not calls:
        return NeverReceived()
    call = calls[0]
    if not isinstance(call, dict) or not isinstance(call.get("id"), str) or not call["id"]:
        return NoAnswer("The carrier answered the look-up with something that is no call.")
    if call.get("reference") != reference and (call.get("reference") or call["id"] != call_id):
        return NoAnswer("The carrier answered the look-up with another call.")
    try:
        told = [events.from_contract(event) for event in events.listed(call)]
    except BadEvent as error:
        return NoAnswer(f"The carrier's look-up does not fit the contract: {error}")
    return Found(call["id"], tuple(event for event in told if event))


def _error(data: Any) -> tuple[str, str]:
    """(code, message) of an error answer, as far as it has them."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return "", ""
    code, message = error.get("code"), error.get("message")
    return (code if isinstance(code, str) else "")[:60], (message if isinstance(message, str) else "")[:200]
