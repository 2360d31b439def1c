"""Starts the simulated carrier as a real process, and speaks to its /control."""

import json
import select
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from telephony.simulator.judge import Verdict, judge
from telephony.simulator.options import SECRET, TOKEN

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60.0  # seconds


@dataclass
class SimulatedCarrier:
    url: str
    ledger: Path
    process: subprocess.Popen[str]

    @property
    def values(self) -> dict[str, str]:
        """Settings and secrets of a carrier account there."""
        return {"base_url": self.url, "token": TOKEN, "signing_secret": SECRET}

    def set(self, **changes: Any) -> dict[str, Any]:
        return self.request("POST", "/control", changes)

    def state(self) -> dict[str, Any]:
        return self.request("GET", "/control")

    def judge(self) -> Verdict:
        return judge(self.ledger)

    def request(self, method: str, path: str, data: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def until(self, condition: Any, seconds: float = 10.0) -> Verdict:
        """The ledger's verdict as soon as the condition on it holds. Fails when it never does."""
        end = time.monotonic() + seconds
        while not condition(verdict := self.judge()):
            assert time.monotonic() < end, f"never came true: {verdict}"
            time.sleep(0.01)
        return verdict


@contextmanager
def simulated_carrier(folder: Path, *options: str) -> Iterator[SimulatedCarrier]:
    """A carrier of its own process and ledger, fast by default; ended at the end of the block."""
    ledger = folder / "ledger.jsonl"
    command = [sys.executable, "-m", "telephony.simulator", "--port", "0", "--ledger", str(ledger)]
    command += ["--speed", "100", "--set", "retry_seconds=0.05", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield SimulatedCarrier(_address(process), ledger, process)
    finally:
        process.terminate()
        process.wait(5)
        output(process).close()


def output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def _address(process: subprocess.Popen[str]) -> str:
    assert select.select([output(process)], [], [], START_TIMEOUT)[0], "the simulated carrier did not start"
    line = output(process).readline()
    return line.split(" on ")[1].split(" ")[0]
