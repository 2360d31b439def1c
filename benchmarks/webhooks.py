"""What carriers' events cost: `./scripts/bench webhooks [ROUNDS] [SECONDS]`, on both databases.

Accepting: signed requests over kept connections to the real web server, of which every worker has as many as any other,
against a view that does nothing on that same server, and against a transaction an event. Applying: batches of stored
events, against writing ready rows and against one event after the other. Event to screen: how old an event is when the
row that pages read has it, with a web server, a dialer and a carrier that keeps its pace. Each round takes all of them
in turn; the ratios are medians of the rounds' ratios. It works in a database of its own.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.claim import Figure, database, show

# isort: split
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts import rows as table
from benchmarks.hooks import usual
from benchmarks.hooks.rows import MESSAGES, live_calls, messages, request
from campaigns.dialing import applying
from campaigns.models import Call, Tally
from campaigns.runner import spare_the_collector
from config.processes.programs import web
from telephony import inbox
from telephony.events import CallEvent
from telephony.models import ProviderEvent
from telephony.providers.http import events as contract
from tests.flows import world as worlds

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, SECONDS = 7, 10
REQUESTS = 1_800  # a round and view
CONNECTIONS, WORKERS = 16, int(os.environ.get("WEB_WORKERS", "2"))
SLICES = (
    6  # a round: the three views take turns of a tenth of a second, so that what else the machine does hits all alike
)
WANTED = 300 * MESSAGES  # events a second
BEHIND = 2.0  # seconds
MOVED = ["provider_call_id", "state", "outcome", "ringing_at", "answered_at", "ended_at", "talk_seconds", "cost"]


class Site:
    """The real web server on the benchmark's database, with the benchmark's views beside the product's."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = worlds.free_port()
        self.processes: list[Any] = []

    def start(self, *arguments: str) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.hooks.settings", "DATABASE_URL": worlds.database_url()}
        with (self.folder / "processes.log").open("ab") as log:
            environment = os.environ | settings | {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING"}
            process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603 - ours
        self.processes.append(process)

    def send(self, parts: Sequence[tuple[str, list[bytes]]], rate: float = 0) -> dict[str, Any]:
        """What the load process says (benchmarks/hooks/load.py) of requests by name. All were answered 200."""
        file = self.folder / "requests.json"
        file.write_text(json.dumps([(name, [one.decode("latin-1") for one in requests]) for name, requests in parts]))
        how = (str(self.port), str(file), str(CONNECTIONS), str(WORKERS), str(rate))
        load = [sys.executable, "benchmarks/hooks/load.py", *how]
        told = subprocess.run(load, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - ours
        assert told.returncode == 0, (told.stderr[-1000:], self.logs())
        said: dict[str, Any] = json.loads(told.stdout)
        assert said["statuses"] == {"200": sum(len(part) for _, part in parts)}, (said["statuses"], self.logs())
        return said

    def logs(self) -> str:
        return (self.folder / "processes.log").read_text()[-3000:]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    made = Site(folder)
    try:
        made.start(*web(made.port))
        worlds.until(lambda: _listens(made.port), 30, made.logs)
        yield made
    finally:
        worlds.stop(made.processes)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


# ── accepting ──


def accept(site: Site, rounds: int, requests: int) -> list[Figure]:
    calls = live_calls(max(1, requests // MESSAGES))
    key = calls[0].carrier.hook_key
    paths = {"nothing": "/nothing/", "ours": f"/hooks/http/{key}/", "usual": f"/usual/{key}/"}
    rates: dict[str, list[float]] = {name: [] for name in paths}
    busy = 0.0
    for turn in range(rounds + 1):  # the first warms caches and connections and is not counted
        said = site.send(_parts(calls, paths, turn))
        for name in paths:
            rates[name] += [len(calls) * MESSAGES / said["seconds"][name]] if turn else []
        busy = max(busy, said["busy"]) if turn else 0.0
    stored = ProviderEvent.objects.filter(event_key__startswith="ours-").count()
    assert stored == (rounds + 1) * len(calls) * (MESSAGES - 1), f"{stored} events"
    ProviderEvent.objects.all().delete()
    of_nothing, of_usual = _ratio(rates, "ours", "nothing"), _ratio(rates, "ours", "usual")
    return [
        Figure("requests a second of a view that does nothing", median(rates["nothing"]), "", True),
        Figure("events accepted a second", median(rates["ours"]), "", True),
        Figure("the load process's use of a core at most", busy, "", True),
        Figure("accepting as a part of doing nothing", of_nothing, ">= 0.8", of_nothing >= 0.8),
        Figure("times faster than a transaction an event", of_usual, ">= 5", of_usual >= 5),
    ]


def _parts(calls: Sequence[Call], paths: dict[str, str], turn: int) -> list[tuple[str, list[bytes]]]:
    """Every call's messages to every view, in slices that take turns."""
    parts = []
    for n in range(SLICES):
        for name, path in paths.items():
            told = [message for call in calls[n::SLICES] for message in messages(call, f"{name}-{turn}-")]
            parts.append((name, [request(path, message) for message in told]))
    return parts


def _ratio(of: dict[str, list[float]], one: str, other: str) -> float:
    return median(a / b for a, b in zip(of[one], of[other], strict=True))


# ── applying ──


def apply(rounds: int, batch: int) -> list[Figure]:
    found = []
    for calls, told in ((-(-batch // MESSAGES), "six of each call"), (batch, "each of another call")):
        times: dict[str, list[float]] = {"ours": [], "bare": [], "usual": []}
        for turn in range(rounds + 1):  # the first is not counted
            spare_the_collector()  # as at the beginning of every dialer's slice
            took = {
                "ours": _ours(_stored(calls, batch)),
                "bare": _bare(_stored(calls, batch)),
                "usual": _usual(_stored(calls, batch)),
            }
            for name, seconds in took.items():
                times[name] += [seconds] if turn else []
        faster, of_bare = _ratio(times, "usual", "ours"), _ratio(times, "bare", "ours")
        rate = batch / median(times["ours"])
        found += [
            Figure(f"{batch:,} events, {told}: applied a second", rate, "", True),
            Figure("  their speed as a part of writing ready rows", of_bare, "", True),
            Figure("  times faster than one after the other", faster, ">= 20", faster >= 20),
        ]
    return found


def _stored(calls: int, batch: int) -> list[ProviderEvent]:
    """Events that wait to be applied: all six of each call, or where there are more calls, another one of each."""
    live, told, now = live_calls(calls), [], timezone.now()
    for n, call in enumerate(live):
        of_call = [contract.from_contract(message) for message in messages(call)]
        for m, event in enumerate(event for event in of_call if event):
            if calls < batch:
                told.append(CallEvent.from_json(event.to_json() | {"key": f"{event.key}-{m}"}))  # the doubled one too
            elif m == n % MESSAGES:
                told.append(event)
    for first in range(0, batch, 100):
        inbox.store(live[0].carrier_id, live[0].workspace_id, told[:batch][first : first + 100], now)
    return list(ProviderEvent.objects.filter(workspace=live[0].workspace_id).order_by("id"))


def _ours(events: list[ProviderEvent]) -> float:
    begun = time.perf_counter()
    with transaction.atomic():
        applied = applying.take_events(events[0].workspace_id, timezone.now())
    took = time.perf_counter() - begun
    assert applied == len(events), f"{applied} of {len(events)} events"
    assert not ProviderEvent.objects.filter(workspace=events[0].workspace_id, work_at__isnull=False).exists()
    return took


def _bare(events: list[ProviderEvent]) -> float:
    """Nothing but the writing: every call with its new state, and the events as done."""
    calls = {str(call.reference): call for call in Call.objects.filter(workspace=events[0].workspace_id)}
    for event in events:
        usual.move(calls[str(event.reference)], CallEvent.from_json(event.event))
    moved, done = list(calls.values()), [event.pk for event in events]
    begun = time.perf_counter()
    with transaction.atomic():
        table.update(moved, [*MOVED, "check_at"])
        ProviderEvent.objects.filter(pk__in=done).update(work_at=None)
    return time.perf_counter() - begun


def _usual(events: list[ProviderEvent]) -> float:
    begun = time.perf_counter()
    usual.apply([event.pk for event in events])
    return time.perf_counter() - begun


# ── event to screen ──


class Watch(threading.Thread):
    """Looks every few milliseconds which of these calls have ended, as a page that is read would show them."""

    def __init__(self, calls: list[Call]):
        super().__init__(daemon=True)
        self.open = {call.pk for call in calls}
        self.seen: dict[int, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        while self.open and not self.over.wait(0.02):
            ended = Call.objects.filter(pk__in=list(self.open), ended_at__isnull=False)
            found = set(ended.order_by().values_list("pk", flat=True))
            self.seen |= dict.fromkeys(found, time.time())
            self.open -= found
        connection.close()


def screen(site: Site, seconds: float, wanted: float, watched: int = 600) -> list[Figure]:
    """Every call's messages come at their times, spread over the whole; the end of every so many calls is watched."""
    site.start(sys.executable, "-m", "tests.flows.dialer", "0", "1")
    calls = live_calls(int(wanted * seconds / MESSAGES))
    order, delay = count(), len(calls) // 8  # a call's next message comes so many calls later
    due = sorted((n + m * delay, next(order), m, call) for n, call in enumerate(calls) for m in range(MESSAGES))
    path = f"/hooks/http/{calls[0].carrier.hook_key}/"
    told = [request(path, messages(call)[m]) for _, _, m, call in due]
    sample = calls[:: max(1, len(calls) // watched)]
    watch = Watch(sample)
    watch.start()
    said = site.send([("ours", told)], wanted)
    workspace = calls[0].workspace_id
    worlds.until(lambda: not inbox.waiting(workspace, timezone.now()), 120, site.logs)
    worlds.until(lambda: not watch.open, 30, site.logs)
    watch.over.set()
    watch.join()
    ends = {call.pk: sent for (_, _, m, call), sent in zip(due, said["sent"], strict=True) if m == 3}
    ages = sorted(watch.seen[call.pk] - ends[call.pk] for call in sample)
    counted = Tally.objects.filter(workspace=workspace).aggregate(Sum("calls"))["calls__sum"]
    assert counted == len(calls), f"{counted} of {len(calls)} calls in the tallies"
    rate, p99 = len(told) / said["seconds"]["ours"], ages[int(len(ages) * 0.99)]
    return [
        Figure("events a second from the carrier", rate, f">= {wanted:,.0f}", rate >= wanted * 0.98),
        Figure("  event to screen, middle, s", median(ages), "", True),
        Figure("  event to screen, 99 of 100, s", p99, f"<= {BEHIND:.0f}", p99 <= BEHIND),
    ]


def measure(folder: Path, rounds: int, requests: int, batch: int, seconds: float, rate: float) -> list[Figure]:
    with site(folder) as made:  # first: a dialer would have to see to all that the others leave behind
        seen = screen(made, seconds, rate)
    with site(folder) as made:
        accepted = accept(made, rounds, requests)
    return [*accepted, *apply(rounds, batch), *seen]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    with database() as name, tempfile.TemporaryDirectory() as folder:
        connection.settings_dict["NAME"] = name
        print(f"{connection.vendor}, {rounds} rounds")
        show(measure(Path(folder), rounds, REQUESTS, applying.BATCH, seconds, WANTED))


if __name__ == "__main__":
    main()
