"""One HTTP request to a carrier, with the last look at its deadline in the same breath as the write.

Between the look and the write nothing is awaited, and headers and body leave in one write: a process that was frozen
and thawed sends nothing, and never half a request. That, and hundreds of calls a second, is why this is h11 over
asyncio and no client library.
"""

import asyncio
import base64
import json
import math
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import h11

HTTP_TIMEOUT = 10.0  # seconds from the start of a request until we stop waiting for its answer
CONNECT_TIMEOUT = 5.0  # seconds
CLOSE_TIMEOUT = 1.0  # seconds for a carrier to agree that a connection ends
KEEP_ALIVE = 4.0  # seconds an idle connection is kept: below what servers keep, so that they rarely close it on us
MAX_CONNECTIONS = 200  # to one carrier at once
MAX_REPLY = 4 * 1024 * 1024  # bytes; a longer reply is read no further


class TooLate(Exception):
    """The deadline had passed when the bytes were about to be written; the carrier has nothing."""


class NotConnected(Exception):
    """No connection to the carrier; nothing was written."""


class NoReply(Exception):
    """Written, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    idle_since: float = 0.0

    def is_usable(self) -> bool:
        fresh = time.monotonic() - self.idle_since < KEEP_ALIVE
        return fresh and not self.writer.is_closing() and not self.reader.at_eof()

    def begin(self, request: h11.Request, body: bytes) -> bytes:
        """The bytes of the whole request."""
        events: list[h11.Event] = (
            [request, h11.Data(body), h11.EndOfMessage()] if body else [request, h11.EndOfMessage()]
        )
        return b"".join(self.http.send(event) or b"" for event in events)

    async def answer(self) -> Reply:
        """Reads one whole answer. Raises h11.RemoteProtocolError, OSError or NoReply."""
        status, body = 0, bytearray()
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                self.http.receive_data(await self.reader.read(65536))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MAX_REPLY:
                    raise NoReply("The answer is too long.")
            elif isinstance(event, h11.EndOfMessage):
                return Reply(status, bytes(body))
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise NoReply("The carrier closed the connection without an answer.")

    async def close(self) -> None:
        self.writer.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.writer.transport.abort()  # the carrier is gone or does not answer; there is nothing to save


class Wire:
    """Keep-alive connections to one carrier. Follows no redirect, uses no proxy and no cookies."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None):
        parts = urlsplit(base_url)
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        self._headers = {"Host": parts.netloc, "User-Agent": "Outdial", "Accept": "application/json", **(headers or {})}
        self._idle: list[Connection] = []  # the one used last is used next; the others may grow old and close
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json_body: Any = None,
        form: Iterable[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        not_after: float = math.inf,
    ) -> Reply:
        """The carrier's answer, whatever its status; `not_after` is time.monotonic(). Raises TooLate, NotConnected
        or NoReply."""
        until = asyncio.get_running_loop().time() + HTTP_TIMEOUT
        kind, body = _body(json_body, form)
        target = self._path + path + ("?" + urlencode(query) if query else "")
        request = h11.Request(
            method=method, target=target, headers=list({**self._headers, **kind, **(headers or {})}.items())
        )
        try:
            async with asyncio.timeout_at(until):
                await self._places.acquire()
        except TimeoutError:
            raise TooLate from None
        try:
            return await self._exchange(await self._connection(), request, body, not_after, until)
        finally:
            self._places.release()

    async def _exchange(
        self, connection: Connection, request: h11.Request, body: bytes, not_after: float, until: float
    ) -> Reply:
        whole = connection.begin(request, body)
        if time.monotonic() > not_after:
            connection.http = h11.Connection(h11.CLIENT)
            self._keep(connection)  # perhaps it was opened too slowly for this request; it is ready for the next
            raise TooLate
        connection.writer.write(whole)
        try:
            async with asyncio.timeout_at(until):
                reply = await connection.answer()
        except BaseException as error:
            connection.writer.transport.abort()
            if isinstance(error, TimeoutError):
                raise NoReply(f"no answer within {HTTP_TIMEOUT:g} seconds") from error
            if isinstance(error, OSError | h11.RemoteProtocolError):
                raise NoReply(str(error) or type(error).__name__) from error
            raise
        await self._done_with(connection)
        return reply

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable():
                return connection
            connection.writer.close()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return Connection(*await asyncio.open_connection(self._host, self._port, ssl=self._tls))
        except TimeoutError:
            raise NotConnected(f"no connection within {CONNECT_TIMEOUT:g} seconds") from None
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
            raise NotConnected(str(error) or type(error).__name__) from error

    async def _done_with(self, connection: Connection) -> None:
        http = connection.http
        if http.our_state is h11.DONE and http.their_state is h11.DONE:
            http.start_next_cycle()
            self._keep(connection)
        else:
            await connection.close()

    def _keep(self, connection: Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    async def aclose(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


def basic_auth(name: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _body(json_body: Any, form: Iterable[tuple[str, str]] | None) -> tuple[dict[str, str], bytes]:
    if json_body is not None:
        body, kind = json.dumps(json_body).encode(), "application/json"
    elif form is not None:
        body, kind = urlencode(list(form)).encode(), "application/x-www-form-urlencoded"
    else:
        return {"Content-Length": "0"}, b""
    return {"Content-Type": kind, "Content-Length": str(len(body))}, body
