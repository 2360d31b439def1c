"""The whole of `manage.py serve` as a process of its own: what a newcomer starts, and stops with Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.processes import proc
from config.processes.record import Record

pytestmark = [pytest.mark.kill, pytest.mark.once]  # on a database file of its own, or none
ROOT = Path(__file__).resolve().parents[3]
READY_WITHIN = 240  # seconds, on a machine with others at work
PROGRAMS = 5


class Installation:
    def __init__(self, var: Path) -> None:
        self.var = var
        self.port, carrier_port = free_ports()
        dropped = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        ports = {"PORT": str(self.port), "CARRIER_PORT": str(carrier_port)}
        self.environment = {**kept, **ports, "OUTDIAL_VAR": str(var), "WEB_WORKERS": "1"}
        subprocess.run([sys.executable, "-m", "config.secret_file"], cwd=ROOT, env=self.environment, check=True)

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "serve", "--empty"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def groups(self) -> set[int]:
        return {pid for pid in Record(self.var).groups() if proc.look(pid)}


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What the terminal shows up to the line with these words."""
    shown = ""
    deadline = time.monotonic() + READY_WITHIN
    while words not in shown:
        assert time.monotonic() < deadline, shown
        line = process.stdout.readline()
        assert line, shown
        shown += line
    return shown


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    one = Installation(tmp_path / "var")
    yield one
    Record(one.var).stop_left_over(grace=3)


@pytest.mark.busy
def test_an_installation_starts_answers_refuses_a_second_one_and_stops_within_seconds(installation):
    with installation.start() as serving:
        try:
            shown = read_until(serving, "Ctrl-C stops everything.")
            password = (installation.var / "first-sign-in.txt").read_text().split()[1]
            assert f"http://127.0.0.1:{installation.port}/" in shown
            assert password in shown
            assert urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/").status == 200
            assert len(installation.groups()) == PROGRAMS

            with installation.start() as second:
                refusal = second.communicate(timeout=READY_WITHIN)[0]
            assert refusal.strip() == f"CommandError: Outdial is already running on {installation.var}. Stop it first."

            began = time.monotonic()
            serving.send_signal(signal.SIGINT)
            assert serving.communicate(timeout=20)[0].splitlines()[-1] == "Outdial has stopped."
            assert time.monotonic() - began < 10
            assert installation.groups() == set()
        finally:
            if serving.poll() is None:
                serving.kill()
    logs = {path.name for path in (installation.var / "logs").iterdir()}
    assert logs == {"web.log", "dial-a.log", "dial-b.log", "work.log", "carrier.log"}
    assert not [path for path in (installation.var / "logs").iterdir() if password in path.read_text()]


def test_a_port_that_is_taken_is_named_with_the_way_to_choose_another(installation):
    with socket.create_server(("127.0.0.1", installation.port)), installation.start() as refused:
        said = refused.communicate(timeout=READY_WITHIN)[0]
    port = installation.port
    assert said.strip() == f"CommandError: Port {port} is in use. Choose another one: PORT={port + 10}."
