"""A load process: `python benchmarks/hooks/load.py PORT FILE CONNECTIONS WORKERS RATE` sends the requests of FILE, a
list of parts with a name each, part after part, and prints as JSON how long the parts of each name took, what was
answered, when each request left, and how busy this process was with the parts that kept it busiest.

Kept connections with one request at a time each, as a carrier's are; plain sockets, so that the measured server gets
nearly all of the machine. Every worker of the server has as many of them as any other: whose luck it is to accept one
would decide half of what is measured. RATE: requests a second, on their times whatever the answers take; 0: as fast as
answered.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

WAIT = 60  # seconds without any answer
TRIES = 1_000  # connections opened until every worker has its share
WHICH = b"GET /worker/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"  # the benchmark's own address: who answers here?


class Connection:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard = self.body = b""

    def answer(self) -> int | None:
        """The status, once the whole answer is there."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self.heard += part
        head, found, body = self.heard.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        self.heard, self.body = b"", body
        return int(head[9:12])

    def worker(self) -> bytes:
        """Who answers here."""
        self.socket.sendall(WHICH)
        while self.answer() is None:
            pass
        return self.body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    raise ValueError("An answer without its length.")


def spread(port: int, connections: int, workers: int) -> list[Connection]:
    """So many connections, evenly over the workers."""
    of: dict[bytes, list[Connection]] = defaultdict(list)
    share = connections // workers
    for _ in range(TRIES):
        one = Connection(port)
        mates = of[one.worker()]
        if len(mates) < share:
            mates.append(one)
        else:
            one.socket.close()
        if sum(map(len, of.values())) == share * workers:
            return [one for mates in of.values() for one in mates]
    raise TimeoutError("A worker takes no connections.")


def send(free: list[Connection], requests: list[bytes], rate: float) -> tuple[Counter[int], list[float]]:
    """The statuses, and when each request left. All connections are free again then."""
    waiting = selectors.DefaultSelector()
    for one in free:
        waiting.register(one.socket, selectors.EVENT_READ, one)
    sent: list[float] = []
    statuses: Counter[int] = Counter()
    begun = time.monotonic()
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
    waiting.close()
    return statuses, sent


def main() -> None:
    port, file, connections, workers, rate = sys.argv[1:]
    free = spread(int(port), int(connections), int(workers))
    statuses: Counter[int] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    worked: dict[str, float] = defaultdict(float)
    sent: list[float] = []
    for name, texts in json.loads(Path(file).read_text()):
        requests = [text.encode("latin-1") for text in texts]
        begun, own = time.monotonic(), time.process_time()
        answered, left = send(free, requests, float(rate))
        seconds[name] += time.monotonic() - begun
        worked[name] += time.process_time() - own
        statuses += answered
        sent += left
    busy = max(worked[name] / seconds[name] for name in seconds)
    said: dict[str, Any] = {"seconds": seconds, "busy": busy, "statuses": statuses, "sent": sent}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
