import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.processes import proc
from config.processes.record import AlreadyRunning, Record, only_one

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
)


def start(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)


def test_a_second_supervisor_on_the_same_folder_is_refused_with_one_sentence(tmp_path):
    with only_one(tmp_path), pytest.raises(AlreadyRunning) as refusal, only_one(tmp_path):
        pass
    assert str(refusal.value) == f"Outdial is already running on {tmp_path}. Stop it first."


def test_the_folder_is_free_again_when_the_first_supervisor_has_ended(tmp_path):
    for _ in range(2):
        with only_one(tmp_path):
            pass


def test_nothing_is_left_over_where_nothing_was_recorded(tmp_path):
    assert Record(tmp_path).stop_left_over(grace=1) == 0


@pytest.mark.parametrize("text", ["", "{", '{"boot": "another start of the machine", "groups": [[1, 1]]}'])
def test_a_record_that_is_broken_or_from_before_the_machine_restarted_names_no_group(tmp_path, text):
    record = Record(tmp_path)
    record.path.write_text(text)
    assert record.groups() == {}


@pytest.mark.kill
@pytest.mark.once
@pytest.mark.parametrize("command", [SLEEP, STUBBORN])
def test_what_a_killed_supervisor_left_running_is_stopped(tmp_path, command):
    with start(command) as left:
        if command is STUBBORN:
            left.stdout.read(1)
        record = Record(tmp_path)
        record.write([left.pid])
        assert record.stop_left_over(grace=0.5) == 1
        assert left.wait(timeout=5) < 0
    assert not record.path.exists()


@pytest.mark.kill
@pytest.mark.once
def test_another_process_that_has_got_the_number_since_is_left_alone(tmp_path):
    with start(SLEEP) as other:
        record = Record(tmp_path)
        record.path.write_text(json.dumps({"boot": proc.boot(), "groups": [[other.pid, 1]]}))
        left = record.stop_left_over(grace=0.5)
        runs = other.poll() is None
        other.kill()
    assert (left, runs) == (0, True)


@pytest.mark.kill
@pytest.mark.once
def test_what_a_program_had_started_is_stopped_though_the_program_itself_is_gone(tmp_path):
    mark = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, pathlib; "
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        f"pathlib.Path({str(mark)!r}).write_text(str(p.pid)); sys.stdin.read()"
    )
    record = Record(tmp_path)
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True) as leader:
        grandchild = int(read_when_there(mark))
        record.write([leader.pid])
        leader.kill()
    assert proc.look(grandchild) is not None
    assert record.stop_left_over(grace=0.2) == 1
    deadline = time.monotonic() + 5
    while proc.look(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert proc.look(grandchild) is None


def read_when_there(path: Path) -> str:
    while not path.exists() or not path.read_text():
        time.sleep(0.01)
    return path.read_text()


def test_a_process_is_seen_with_its_group_and_its_start(tmp_path):
    me = proc.look(os.getpid())
    assert (me.pid, me.group) == (os.getpid(), os.getpgrp())
    assert me in proc.members(os.getpgrp())
    assert me.started > 0
