"""The requests of the HTTP contract. What the answers mean is decided in provider.py."""

import math
from urllib.parse import quote

from telephony.providers.base import PlaceRequest
from telephony.providers.wire import Reply, Wire


class HttpClient:
    def __init__(self, base_url: str, token: str):
        self._wire = Wire(base_url, {"Authorization": f"Bearer {token}"})

    async def place(self, request: PlaceRequest, not_after: float) -> Reply:
        body = {
            "reference": request.reference,
            "to": request.to_number,
            "from": request.from_number,
            "agent": request.agent_id,
            "ring_timeout_seconds": request.ring_timeout_seconds,
            "answering_machine_detection": request.amd_mode,
            "variables": request.variables,
            "metadata": request.metadata,
            "events_url": request.events_url,
        }
        key = {"Idempotency-Key": request.reference}
        return await self._wire.send("POST", "/calls", json_body=body, headers=key, not_after=not_after)

    async def hang_up(self, call_id: str) -> Reply:
        return await self._wire.send("POST", f"/calls/{quote(call_id, safe='')}/hangup", not_after=math.inf)

    async def find(self, reference: str, call_id: str) -> Reply:
        query = {"reference": reference, **({"id": call_id} if call_id else {})}
        return await self._wire.send("GET", "/calls", query=query)

    async def aclose(self) -> None:
        await self._wire.aclose()
