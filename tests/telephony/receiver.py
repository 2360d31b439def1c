"""A web server that takes a carrier's events, as they come in, for tests of the wire without Django."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    url: str = ""
    answer: int = 200
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)  # headers in lower case, body
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self._changed:
            self.came.append((headers, body))
            self._changed.notify_all()
        return self.answer

    def until(self, condition: Callable[["Receiver"], bool], seconds: float = 10.0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), seconds), f"never came true: {self.came}"


@contextmanager
def receiver() -> Iterator[Receiver]:
    taking = Receiver()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = taking.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    taking.url = f"http://127.0.0.1:{server.server_port}/events"
    try:
        yield taking
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
