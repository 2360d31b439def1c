"""Just enough of an HTTP/1.1 server for any load: JSON in, JSON out, keep-alive, no framework."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes
PHRASES = {status.value: status.phrase for status in HTTPStatus}
IDLE = 60.0  # seconds until a connection without a request is closed


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    data: Any  # the JSON body; None without one


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    data: Any = None
    cut: bool = False  # close the connection instead of answering


class Unreadable(Exception):
    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.answer = Answer(status, {"error": {"code": "bad_request", "message": why}, "placed": False})


Handler = Callable[[Request], Awaitable[Answer]]


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _one(handler, reader, writer):
                pass
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client left, or the carrier stops
        finally:
            writer.close()

    return await asyncio.start_server(connected, host, port, backlog=1024)


async def _one(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection lives on."""
    async with asyncio.timeout(IDLE):
        head = await reader.readuntil(b"\r\n\r\n")
    try:
        request = await _read(head, reader)
    except Unreadable as error:
        await _write(writer, error.answer, close=True)
        return False
    try:
        answer = await handler(request)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        answer = Answer(500, {"error": {"code": "internal", "message": "The simulated carrier failed."}})
    if answer.cut:
        return False
    close = request.headers.get("connection", "").lower() == "close"
    await _write(writer, answer, close)
    return not close


async def _read(head: bytes, reader: asyncio.StreamReader) -> Request:
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise Unreadable(400, "The request line cannot be read.")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        raise Unreadable(411, "Send a Content-Length.")
    if int(length) > MAX_BODY:
        raise Unreadable(413, "The body is too long.")
    body = await reader.readexactly(int(length))
    try:
        data = json.loads(body) if body else None
    except ValueError:
        raise Unreadable(400, "The body is not JSON.") from None
    parts = urlsplit(words[1])
    return Request(words[0], parts.path, dict(parse_qsl(parts.query)), headers, data)


async def _write(writer: asyncio.StreamWriter, answer: Answer, close: bool) -> None:
    body = json.dumps(answer.data, ensure_ascii=False, default=str).encode()
    head = (
        f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, 'Status')}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{'Connection: close' if close else 'Connection: keep-alive'}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
