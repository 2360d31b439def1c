"""A load process: `python benchmarks/hooks/load.py PORT FILE CONNECTIONS RATE` sends the requests of FILE, and prints
as JSON how long that took, what was answered, and when each request left.

Kept connections with one request at a time each, as a carrier's are; plain sockets, so that the measured server gets
nearly all of the machine. RATE: requests a second, on their times whatever the answers take; 0: as fast as answered.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

WAIT = 60  # seconds without any answer


class Connection:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard = b""

    def answer(self) -> int | None:
        """The status, once the whole answer is there."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self.heard += part
        head, found, body = self.heard.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        self.heard = b""
        return int(head[9:12])


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("An answer without its length.")


def send(port: int, requests: list[bytes], connections: int, rate: float) -> dict[str, Any]:
    free = [Connection(port) for _ in range(connections)]
    waiting = selectors.DefaultSelector()
    for one in free:
        waiting.register(one.socket, selectors.EVENT_READ, one)
    sent: list[float] = []
    statuses: Counter[int] = Counter()
    begun, worked = time.monotonic(), time.process_time()
    while statuses.total() < len(requests):
        while free and len(sent) < len(requests) and (not rate or time.monotonic() >= begun + len(sent) / rate):
            sent.append(time.time())
            free.pop().socket.sendall(requests[len(sent) - 1])
        patience = float(WAIT)
        if free and len(sent) < len(requests):
            patience = max(0.0, begun + len(sent) / rate - time.monotonic())
        heard = waiting.select(patience)
        if not heard and patience == WAIT:
            raise TimeoutError("The server does not answer.")
        for key, _ in heard:
            status = key.data.answer()
            if status is not None:
                statuses[status] += 1
                free.append(key.data)
    seconds = time.monotonic() - begun
    busy = (time.process_time() - worked) / seconds
    return {"seconds": seconds, "busy": busy, "statuses": dict(statuses), "sent": sent}


def main() -> None:
    port, file, connections, rate = sys.argv[1:]
    requests = [one.encode("latin-1") for one in json.loads(Path(file).read_text())]
    print(json.dumps(send(int(port), requests, int(connections), float(rate))))


if __name__ == "__main__":
    main()
