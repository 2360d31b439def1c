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
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Workspace
from campaigns import audience, lifecycle
from campaigns.models import Call, Campaign, CampaignContact, PoolNumber
from contacts.hours import hours_key
from contacts.models import Contact
from telephony import credentials
from telephony.models import Agent, Carrier, Number
from tests.telephony.simulated import SimulatedCarrier, simulated_carrier

ROOT = Path(__file__).resolve().parents[2]


class World:
    """Rows of one workspace, and the processes that work on them."""

    def __init__(self, carrier: SimulatedCarrier, folder: Path):
        self.simulated = carrier
        self.folder = folder
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workspace = Workspace.objects.create(name="The workspace")
        self.carrier = Carrier.objects.create(
            workspace=self.workspace,
            name="Simulated",
            provider="http",
            max_cps=100,
            max_channels=500,
            settings={"base_url": carrier.url},
            credentials=credentials.lock({k: v for k, v in carrier.values.items() if k != "base_url"}),
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

    def hurry(self, phone_calls: timedelta = timedelta(0)) -> None:
        """Look at every live call now: what would take minutes of waiting for a lost answer."""
        Call.objects.filter(workspace=self.workspace, ended_at=None).update(check_at=timezone.now())

    # ── processes ──

    def start_web(self) -> None:
        command = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        options = ["--worker-class", "gthread", "--threads", "4", "--keep-alive", "30", "--no-control-socket"]
        self._start([*command, *options], "web")
        until(self._web_answers, 30)

    def start_dialer(self, slot: int = 0, slots: int = 1, *kill: str) -> "subprocess.Popen[bytes]":
        return self._start(["-m", "tests.flows.dialer", str(slot), str(slots), *kill], f"dialer-{slot}")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, arguments: list[str], name: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "OUTDIAL_VAR": str(settings.VAR_DIR),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PYTHONPATH": str(ROOT),
        }

    def _web_answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

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

    def logs(self) -> str:
        return "\n".join(f"{p.name}: {p.read_text()[-3000:]}" for p in sorted(self.folder.glob("*.log")))

    def judged(self) -> None:
        """The carrier's own ledger agrees with our rows: nobody rung twice for one attempt, nobody forgotten."""
        verdict = self.simulated.judge()
        assert verdict.rung_twice == []
        assert verdict.overlaps() == []
        ended = Call.objects.filter(workspace=self.workspace).exclude(outcome="")
        ours = {str(reference) for reference in ended.exclude(outcome="cancelled").values_list("reference", flat=True)}
        assert set(verdict.references) <= ours | self._unheard(), "rung, and we say that it was withdrawn"
        assert not Call.objects.filter(workspace=self.workspace, ended_at=None).exists()

    def _unheard(self) -> set[str]:
        return set()


def until(condition: Callable[[], object], seconds: float, say: Callable[[], str] = lambda: "") -> None:
    """Return as soon as the condition holds; fail when it never does."""
    ends = time.monotonic() + seconds
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


@contextmanager
def world(folder: Path, *carrier_options: str) -> Iterator[World]:
    with simulated_carrier(folder, *carrier_options) as carrier:
        made = World(carrier, folder)
        try:
            made.start_web()
            yield made
        finally:
            made.stop()
