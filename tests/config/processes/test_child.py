import sys
import time
from pathlib import Path

import pytest

from config.processes.child import FIRST_DELAY, LONGEST_DELAY, Child, Program
from config.processes.proc import members


def child(folder: Path, code: str) -> Child:
    return Child(Program("demo", (sys.executable, "-c", code), {"COLOUR": "teal"}), folder)


def until_ended(one: Child, seconds: float = 10) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        how = one.ended()
        if how:
            return how
        time.sleep(0.01)
    raise AssertionError(f"still running after {seconds} seconds")


def test_what_a_program_says_goes_to_its_log_with_the_environment_it_was_given(tmp_path):
    one = child(tmp_path, "import os; print(os.environ['COLOUR']); raise SystemExit(3)")
    one.start()
    assert until_ended(one) == "ended with code 3"
    assert (tmp_path / "demo.log").read_text() == "teal\n"


def test_a_program_that_ends_at_once_over_and_over_waits_twice_as_long_each_time(tmp_path):
    one = child(tmp_path, "")
    delays = []
    for _ in range(10):
        one.began = 100.0
        one._plan(100.5)
        delays.append(round(one.start_at - 100.5, 3))
    assert delays == [FIRST_DELAY, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, LONGEST_DELAY, LONGEST_DELAY]


def test_a_program_that_ran_for_a_while_is_started_again_without_a_growing_delay(tmp_path):
    one = child(tmp_path, "")
    one.quick_ends, one.began = 7, 100.0
    one._plan(160.0)
    assert round(one.start_at - 160.0, 3) == FIRST_DELAY


@pytest.mark.kill
@pytest.mark.once
def test_what_a_killed_program_leaves_behind_in_its_group_goes_with_it(tmp_path):
    one = child(
        tmp_path,
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print('ready', flush=True); time.sleep(60)",
    )
    one.start()
    group = one.pid
    while "ready" not in (tmp_path / "demo.log").read_text():
        time.sleep(0.01)
    assert len(members(group)) == 2
    one.process.kill()
    assert until_ended(one) == "was killed by SIGKILL"
    deadline = time.monotonic() + 5
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert members(group) == []
