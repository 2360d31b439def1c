"""A supervisor as a process of its own, with real programs, under the signals that people and machines send."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from config.processes import proc
from config.processes.record import Record

pytestmark = [pytest.mark.kill, pytest.mark.once]  # on a database file of its own, or none
T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]


class Run:
    def __init__(self, folder: Path, *names: str) -> None:
        self.record = Record(folder)
        command = [sys.executable, "-m", "tests.config.processes.supervised", str(folder), *names]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.wanted = len(names)

    def pids(self) -> set[int]:
        """The programs that run, as soon as all of them do."""
        eventually(lambda: len(alive(self.record)) == self.wanted)
        return alive(self.record)

    def output(self) -> str:
        return self.process.communicate(timeout=10)[0]


def alive(record: Record) -> set[int]:
    return {pid for pid in record.groups() if proc.look(pid)}


def eventually(look: Callable[[], T], seconds: float = 10) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    begun: list[Run] = []

    def begin(*names: str) -> Run:
        begun.append(Run(tmp_path, *names))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
    Record(tmp_path).stop_left_over(grace=0.5)


@pytest.mark.busy
def test_a_killed_program_comes_back_within_two_seconds_and_the_others_stay(run):
    one = run("calm", "calm")
    first, second = sorted(one.pids())
    os.kill(first, signal.SIGKILL)
    eventually(lambda: first not in alive(one.record) and len(alive(one.record)) == 2, seconds=2)
    assert second in alive(one.record)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_stop_ends_every_program_also_one_that_does_not_listen(run, number):
    one = run("calm", "deaf")
    pids = one.pids()
    one.process.send_signal(number)
    assert one.output().splitlines() == ["left over: 0", "stopped"]
    assert [pid for pid in pids if proc.look(pid)] == []
    assert one.record.groups() == {}


def test_a_second_supervisor_says_one_sentence_and_leaves_the_first_alone(run, tmp_path):
    first = run("calm")
    pids = first.pids()
    assert run("calm").output() == f"Outdial is already running on {tmp_path}. Stop it first.\n"
    assert alive(first.record) == pids


def test_the_next_supervisor_stops_what_a_killed_one_left_running(run):
    first = run("calm", "deaf")
    pids = first.pids()
    first.process.kill()
    first.process.wait()
    assert alive(first.record) == pids
    second = run("calm")
    eventually(lambda: not any(proc.look(pid) for pid in pids))
    second.pids()
    second.process.terminate()
    assert second.output().splitlines() == ["left over: 2", "stopped"]


def test_a_program_that_ends_at_once_is_named_and_tried_again_later_each_time(run, tmp_path):
    one = run("quick")
    assert eventually(one.process.stdout.readline) == "left over: 0\n"
    times = []
    for _ in range(4):
        assert one.process.stdout.readline() == (
            f"quick ended with code 0; starting it again. See {tmp_path}/logs/quick.log\n"
        )
        times.append(time.monotonic())
    assert times[3] - times[2] > times[1] - times[0]
