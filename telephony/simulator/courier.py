"""Delivers events: signed, over keep-alive connections, again with growing delays until they are acknowledged."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

MAX_TRIES = 8
TIMEOUT = 10.0  # seconds for one try
CONNECTIONS = 24  # to one receiver at once
IDLE = 1.5  # seconds a connection is used again after its last answer; receivers close idle ones

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Noted = Callable[[dict[str, Any], int, int, str], None]  # message, try, status (0: none), why


class Courier:
    def __init__(self, secret: str, noted: Noted, retry_seconds: Callable[[], float]):
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._noted = noted
        self._retry_seconds = retry_seconds
        self._idle: dict[str, list[tuple[float, Connection]]] = defaultdict(list)
        self._places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(CONNECTIONS))
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, url: str, message: dict[str, Any], forged: bool = False, after: float = 0.0) -> asyncio.Task[None]:
        """Begins the delivery; the task ends when it is acknowledged or given up."""
        task = asyncio.create_task(self._deliver(url, message, forged, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def under_way(self) -> int:
        return len(self._tasks)

    async def _deliver(self, url: str, message: dict[str, Any], forged: bool, after: float) -> None:
        await asyncio.sleep(after)
        for attempt in range(1, MAX_TRIES + 1):
            status, why = await self._try(url, message, forged)
            self._noted(message, attempt, status, why)
            if 200 <= status < 300 or status == 410:
                return
            if attempt < MAX_TRIES:
                await asyncio.sleep(self._retry_seconds() * 2 ** (attempt - 1))

    async def _try(self, url: str, message: dict[str, Any], forged: bool) -> tuple[int, str]:
        """(status, ""), or (0, why there is none)."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        async with self._places[origin]:
            try:
                async with asyncio.timeout(TIMEOUT):
                    connection = await self._connect(origin)
                    return await self._post(origin, connection, url, message, forged), ""
            except (OSError, ValueError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
                return 0, f"{type(error).__name__} {error}".strip()

    async def _connect(self, origin: str) -> Connection:
        while self._idle[origin]:
            since, (reader, writer) = self._idle[origin].pop()
            if time.monotonic() - since < IDLE and not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        parts = urlsplit(origin)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=tls)

    async def _post(self, origin: str, connection: Connection, url: str, message: dict[str, Any], forged: bool) -> int:
        reader, writer = connection
        try:
            writer.write(self._request(url, message, forged))
            await writer.drain()
            status, keep = await read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if keep:
            self._idle[origin].append((time.monotonic(), connection))
        else:
            writer.close()
        return status

    def _request(self, url: str, message: dict[str, Any], forged: bool) -> bytes:
        parts, body, sent = urlsplit(url), json.dumps(message, ensure_ascii=False).encode(), int(time.time())
        signed = f"{message['id']}.{sent}.".encode() + body
        key = b"not the secret" if forged else self._key
        signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        head = (
            f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"webhook-id: {message['id']}\r\nwebhook-timestamp: {sent}\r\nwebhook-signature: v1,{signature}\r\n\r\n"
        )
        return head.encode() + body

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connections in self._idle.values():
            for _, (_, writer) in connections:
                writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """(status, whether the connection can be used again). Raises ValueError or EOFError."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if "content-length" not in headers:
        return status, status == 204
    await reader.readexactly(int(headers["content-length"]))
    return status, headers.get("connection", "").lower() != "close"
