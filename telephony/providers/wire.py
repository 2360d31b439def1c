"""One HTTP request to a carrier, with the last look at its deadline in the same breath as the write.

Between the look and `socket.send` nothing is awaited: a process that was frozen and thawed writes nothing. That is why
this is an httpcore network backend and not a hook of a client library, which would yield to the loop in between.
"""

import asyncio
import base64
import json
import math
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpcore

HTTP_TIMEOUT = 10.0  # seconds from the start of a request until we stop waiting for its answer
CONNECT_TIMEOUT = 5.0  # seconds
KEEP_ALIVE = 4.0  # seconds an idle connection is kept: below what servers keep, so that they rarely close it on us
MAX_CONNECTIONS = 200  # to one carrier at once
MAX_REPLY = 4 * 1024 * 1024  # bytes; a longer reply is read no further


class TooLate(Exception):
    """The deadline had passed when the bytes were about to be written; the carrier has no whole request."""


class NotConnected(Exception):
    """No connection to the carrier; nothing was written."""


class NoReply(Exception):
    """Written, perhaps in part, and no whole answer came."""


@dataclass(slots=True)
class Deadline:
    """Of one request; times are time.monotonic()."""

    not_after: float  # no byte is written later
    until: float  # no byte is awaited longer
    wrote: bool = False


_deadline: ContextVar[Deadline] = ContextVar("deadline")


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


class Stream(httpcore.AsyncNetworkStream):
    """A connection. One that was opened too late for its request and is still unused goes back to its backend."""

    def __init__(self, backend: "Backend", key: tuple[str, int], reader: Any, writer: Any):
        self._backend, self._key, self._reader, self._writer = backend, key, reader, writer
        self._used = False
        self.opened = time.monotonic()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _deadline.get().until - time.monotonic()
        try:
            async with asyncio.timeout(left):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(f"no answer within {HTTP_TIMEOUT:g} seconds") from error
        except (OSError, ssl.SSLError) as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        deadline = _deadline.get()
        if not buffer:
            return
        try:
            if time.monotonic() > deadline.not_after:
                raise TooLate
            self._writer.write(buffer)
            self._used = deadline.wrote = True
            async with asyncio.timeout(deadline.until - time.monotonic()):
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout("the carrier takes no bytes") from error
        except (OSError, ssl.SSLError) as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        if not self._used and self.is_open():
            self._backend.keep(self._key, self)
            return
        await self.shut()

    async def shut(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, ssl.SSLError, TimeoutError):
            self._writer.transport.abort()  # the peer is gone or does not answer; there is nothing to save

    async def start_tls(self, ssl_context: Any, server_hostname: Any = None, timeout: Any = None) -> "Stream":
        return self  # the backend connected with TLS already

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of idle connections only, and there it means: closed by the carrier
            return not self.is_open()
        return self._writer.get_extra_info(info)

    def is_open(self) -> bool:
        return not self._writer.is_closing() and not self._reader.at_eof()


class Backend(httpcore.AsyncNetworkBackend):
    """Opens connections, and keeps the ones that came too late for their request.

    Without that, a carrier to which a new connection takes longer than a call may wait would never be reached.
    """

    def __init__(self, tls: ssl.SSLContext | None):
        self._tls = tls
        self._spare: dict[tuple[str, int], list[Stream]] = {}

    def keep(self, key: tuple[str, int], stream: Stream) -> None:
        self._spare.setdefault(key, []).append(stream)

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: Any = None, socket_options: Any = None
    ) -> Stream:
        key = (host, port)
        while self._spare.get(key):
            stream = self._spare[key].pop()
            if stream.is_open() and time.monotonic() - stream.opened < KEEP_ALIVE:
                return stream
            await stream.shut()
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port, ssl=self._tls, happy_eyeballs_delay=0.25)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no connection within {CONNECT_TIMEOUT:g} seconds") from error
        except (OSError, ssl.SSLError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        return Stream(self, key, reader, writer)

    async def close_spare(self) -> None:
        for streams in self._spare.values():
            for stream in streams:
                await stream.shut()
        self._spare.clear()


class Wire:
    """Keep-alive connections to one carrier. Follows no redirect, uses no proxy and no cookies."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None):
        secure = urlsplit(base_url).scheme == "https"
        self._base = base_url.rstrip("/")
        self._headers = {"User-Agent": "Outdial", "Accept": "application/json", **(headers or {})}
        context = (tls or ssl.create_default_context()) if secure else None
        self._backend = Backend(context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE,
            network_backend=self._backend,
        )

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
        """The carrier's answer, whatever its status. Raises TooLate, NotConnected or NoReply."""
        url = self._base + path + ("?" + urlencode(query) if query else "")
        extra, body = _body(json_body, form)
        deadline = Deadline(not_after, time.monotonic() + HTTP_TIMEOUT)
        token = _deadline.set(deadline)
        try:
            return await self._send(method, url, {**self._headers, **extra, **(headers or {})}, body)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol) as error:
            raise NotConnected(_plain(error)) from error
        except httpcore.PoolTimeout as error:
            raise TooLate from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise (NoReply(_plain(error)) if deadline.wrote else NotConnected(_plain(error))) from error
        finally:
            _deadline.reset(token)

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        request = httpcore.Request(
            method,
            url,
            headers=[("Host", urlsplit(url).netloc), *headers.items()],
            content=body,
            extensions={"timeout": {"connect": CONNECT_TIMEOUT, "pool": CONNECT_TIMEOUT}},
        )
        response = await self._pool.handle_async_request(request)
        try:
            read = bytearray()
            async for piece in response.aiter_stream():
                read += piece
                if len(read) > MAX_REPLY:
                    raise NoReply("The answer is too long.")
            return Reply(response.status, bytes(read))
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._pool.aclose()
        await self._backend.close_spare()


def basic_auth(name: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _body(json_body: Any, form: Iterable[tuple[str, str]] | None) -> tuple[dict[str, str], bytes]:
    if json_body is not None:
        body, kind = json.dumps(json_body, ensure_ascii=False).encode(), "application/json"
    elif form is not None:
        body, kind = urlencode(list(form)).encode(), "application/x-www-form-urlencoded"
    else:
        return {"Content-Length": "0"}, b""
    return {"Content-Type": kind, "Content-Length": str(len(body))}, body


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__
