"""A whole installation of real processes on the test database: web server for events, dialers, a simulated carrier."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from analytics.analysis import analyse_due
from campaigns import audience, lifecycle
from campaigns.models import Call, Campaign, CampaignContact, PoolNumber
from campaigns.runner import Runner
from contacts.hours import hours_key
from contacts.models import Contact
from telephony import credentials, inbox
from telephony.models import Agent, Carrier, Number
from telephony.simulator.judge import Verdict
from tests.flows import judged
from tests.flows.deaths import Death, strike
from tests.flows.dialer import Forked
from tests.telephony.simulated import SimulatedCarrier, simulated_carrier

ROOT = Path(__file__).resolve().parents[2]
# What takes a second on a machine of one's own takes several beside other tests; what never comes is told later.
PATIENCE = 4


class Station:
    """A simulated carrier, and a web server that takes its events: processes on the test database."""

    def __init__(self, carrier: SimulatedCarrier, folder: Path):
        self.simulated = carrier
        self.folder = folder
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes] | Forked] = []

    def start_web(self) -> None:
        command = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        options = ["--worker-class", "gthread", "--threads", "4", "--keep-alive", "30", "--no-control-socket"]
        self.start([*command, *options], "web")
        until(self._web_answers, 30, self.logs)

    def start(self, arguments: list[str], name: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "OUTDIAL_VAR": str(settings.VAR_DIR),
            "PUBLIC_URL": self.url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "PYTHONPATH": str(ROOT),
        }

    def _web_answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def logs(self) -> str:
        return "\n".join(f"{p.name}: {p.read_text()[-3000:]}" for p in sorted(self.folder.glob("*.log")))


class World:
    """Rows of one workspace, and the dialers that work on them."""

    def __init__(self, station: Station):
        self.station = station
        self.simulated = station.simulated
        self.folder = station.folder
        self.began = time.time()
        self.processes: list[subprocess.Popen[bytes] | Forked] = []
        self.died = self.folder / f"died-{self.began}"
        self.workspace = Workspace.objects.create(name="The workspace", safe_hours=False)
        self.carrier = Carrier.objects.create(
            workspace=self.workspace,
            name="Simulated",
            provider="http",
            max_cps=100,
            max_channels=500,
            settings={"base_url": self.simulated.url},
            credentials=credentials.lock({k: v for k, v in self.simulated.values.items() if k != "base_url"}),
        )
        self.agent = Agent.objects.create(workspace=self.workspace, name="Ada", provider="http", provider_agent_id="a")
        self.numbers = [
            Number.objects.create(workspace=self.workspace, carrier=self.carrier, phone_number=f"+1212555010{n}")
            for n in range(3)
        ]

    # ── rows ──

    def campaign(self, **fields: Any) -> Campaign:
        """A draft that may dial round the clock."""
        base = {"mode": "multi_day", "window_start": "00:00", "window_end": "24:00", "max_error_rate": None}
        name = f"Campaign {Campaign.objects.count()}"
        campaign = Campaign.objects.create(
            workspace=self.workspace, agent=self.agent, **{"name": name, **base, **fields}
        )
        for position, number in enumerate(self.numbers):
            PoolNumber.objects.create(campaign=campaign, number=number, position=position)
        Campaign.objects.filter(pk=campaign.pk).update(max_calls_per_number_per_day=1000)
        return campaign

    def people(self, campaign: Campaign, phone_numbers: list[str]) -> None:
        key = hours_key("US", "NY", ["America/New_York"])
        contacts = Contact.objects.bulk_create(
            Contact(workspace=self.workspace, phone_number=number, hours_key=key, first_name=f"P{n}")
            for n, number in enumerate(phone_numbers)
        )
        with transaction.atomic():
            audience.enrol(campaign, [audience.Enrolment(contact.pk) for contact in contacts], timezone.now())

    def act(self, campaign: Campaign, action: str) -> Campaign:
        return lifecycle.act(campaign, action, actor=None)

    def pace(self, cps: int) -> None:
        Carrier.objects.filter(pk=self.carrier.pk).update(max_cps=cps)

    def pass_time(self, **span: float) -> None:
        """As if so much time had passed for what waits: look-ups of live calls, carriers at rest, retries."""
        by = timedelta(**span)
        live = Call.objects.filter(workspace=self.workspace, ended_at=None)
        for name in ("sent_at", "check_at", "unanswered_since"):
            live.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - by})
        resting = Carrier.objects.filter(workspace=self.workspace, rest_until__isnull=False)
        resting.update(rest_until=F("rest_until") - by)
        people = CampaignContact.objects.filter(campaign__workspace=self.workspace, next_attempt_at__isnull=False)
        people.filter(status="retry").update(next_attempt_at=F("next_attempt_at") - by)

    # ── processes ──

    def start_dialer(self, slot: int = 0, slots: int = 1, *kill: str) -> "subprocess.Popen[bytes]":
        arguments = ["-m", "tests.flows.dialer", str(slot), str(slots), *kill]
        process = self.station.start(arguments, f"dialer-{slot}")
        self.processes.append(process)
        return process

    def fork_dialer(self, slot: int = 0, slots: int = 1, death: Death | None = None) -> Forked:
        prepare = partial(strike, death, self.died) if death else lambda: None
        process = Forked(slot, slots, self.folder / f"dialer-{slot}.log", prepare)
        self.processes.append(process)
        return process

    def dial(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Be the only dialer, in this process, until the condition holds; fail when it never does."""
        ends = time.monotonic() + PATIENCE * seconds
        met = False

        def enough() -> bool:
            nonlocal met
            met = met or bool(condition())
            return met or time.monotonic() > ends

        while not enough():
            Runner(0, 1, analyse_due, enough).run(seconds)
        assert met, f"never came true: {self.logs()}"

    def stop(self) -> None:
        stop(self.processes)

    def logs(self) -> str:
        calls = Call.objects.filter(workspace=self.workspace).order_by("id")
        shown = calls.values_list("phone_number", "attempt", "state", "outcome", "reason", "sent_at", "check_at")
        return "\n".join([*map(str, shown), self.station.logs()])

    # ── what came of it ──

    def statuses(self, campaign: Campaign) -> list[str]:
        return list(CampaignContact.objects.filter(campaign=campaign).order_by("id").values_list("status", flat=True))

    def until_status(self, campaign: Campaign, status: str, seconds: float = 60) -> None:
        def reached() -> bool:
            campaign.refresh_from_db()
            return campaign.status == status

        until(
            reached,
            seconds,
            lambda: f"{campaign.status} {campaign.status_reason} {self.statuses(campaign)} {self.logs()}",
        )

    def until_quiet(self, seconds: float = 60) -> None:
        until(self.is_quiet, seconds, self.logs)

    def is_quiet(self) -> bool:
        """Nobody is due, the carrier has nothing more to say, and every live call waits to be looked up."""
        now = timezone.now()
        soon = Call.objects.filter(workspace=self.workspace, ended_at=None, check_at__lte=now + timedelta(seconds=60))
        settled = Call.objects.filter(workspace=self.workspace, ended_at__isnull=False, concluded_at=None)
        due = CampaignContact.objects.filter(next_attempt_at__lte=now, campaign__status="running")
        if soon.exists() or settled.exists() or due.exists() or inbox.waiting(self.workspace.pk, now):
            return False
        return all(ring.ended for ring in self.ledger().rings)

    def judged(self) -> None:
        """The carrier's own ledger agrees with our rows: nobody rung twice for one attempt, nobody forgotten."""
        judged.agree(self.workspace, self.ledger())

    def ledger(self) -> Verdict:
        """What the carrier saw since this world began."""
        verdict = self.simulated.judge()
        verdict.rings = [ring for ring in verdict.rings if ring.placed >= self.began]
        verdict.inbound = [ring for ring in verdict.inbound if ring.placed >= self.began]
        return verdict


def phones(count: int, *endings: str) -> list[str]:
    """Numbers whose last three digits, in turn, say what becomes of their calls (docs/simulated-carrier.md)."""
    of = endings or ("000", "003", "004", "005", "006", "007", "008", "010")
    return [f"+1212{n:04d}{of[n % len(of)]}" for n in range(2000, 2000 + count)]


def until(condition: Callable[[], object], seconds: float, say: Callable[[], str] = lambda: "") -> None:
    """Return as soon as the condition holds; fail when it never does. `seconds` are ample where nothing else runs."""
    ends = time.monotonic() + PATIENCE * seconds
    while not condition():
        assert time.monotonic() < ends, f"never came true: {say()}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    user = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    return f"postgres://{user}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


def stop(processes: "list[subprocess.Popen[bytes] | Forked]") -> None:
    for process in processes:
        process.send_signal(signal.SIGCONT)
        process.terminate()
    ends = time.monotonic() + 8
    for process in processes:
        while process.poll() is None:
            if time.monotonic() > ends:
                process.kill()
            time.sleep(0.02)


@contextmanager
def station(folder: Path, *carrier_options: str) -> Iterator[Station]:
    with simulated_carrier(folder, *carrier_options) as carrier:
        made = Station(carrier, folder)
        try:
            made.start_web()
            yield made
        finally:
            stop(made.processes)


@contextmanager
def world(folder: Path, *carrier_options: str) -> Iterator[World]:
    with station(folder, *carrier_options) as made:
        yield World(made)
