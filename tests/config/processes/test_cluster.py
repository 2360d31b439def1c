"""A real django-q2 cluster on a database file of its own, under the signals that end it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.processes import proc
from config.processes.background import LATER
from config.processes.sentinel import EXIT_CODE

pytestmark = [pytest.mark.kill, pytest.mark.once]  # on a database file of its own, or none
ROOT = Path(__file__).resolve().parents[3]
TASK = "tests.config.processes.long_tasks.{task}"
ENQUEUE = f"from django_q.tasks import async_task; async_task('{TASK}', {{mark!r}}, cluster='work')"


class Cluster:
    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.environment = {**kept, "OUTDIAL_VAR": str(folder), "Q_CLUSTER_NAME": "work"}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.log = folder / "cluster.log"
        self.manage("migrate", "django_q", "--verbosity", "0")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "cluster"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(lambda: "ready for work" in self.log.read_text() and "pushing tasks" in self.log.read_text())

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True)

    def enqueue(self, task: str, mark: Path) -> None:
        self.manage("shell", "--verbosity", "0", "-c", ENQUEUE.format(task=task, mark=str(mark)))

    def worker(self) -> int:
        """The pid that the cluster's log names as ready for work."""
        line = next(line for line in self.log.read_text().splitlines() if "ready for work" in line)
        return int(line.split()[-1])


def eventually(look: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    one = Cluster(tmp_path)
    try:
        one.start()
        yield one
    finally:  # also when it did not start in time
        for left in proc.members(one.process.pid):
            os.kill(left.pid, signal.SIGKILL)
        one.process.wait(timeout=5)


def test_a_worker_killed_while_it_waits_for_work_ends_its_cluster_for_a_new_one(cluster):
    os.kill(cluster.worker(), signal.SIGKILL)
    assert cluster.process.wait(timeout=30) == EXIT_CODE
    eventually(lambda: proc.members(cluster.process.pid) == [])


def test_files_and_analyses_let_dialers_and_pages_go_first(cluster):
    assert os.getpriority(os.PRIO_PROCESS, cluster.worker()) == os.getpriority(os.PRIO_PROCESS, 0) + LATER


def test_a_cluster_that_follows_a_killed_one_does_the_work(cluster, tmp_path):
    os.kill(cluster.worker(), signal.SIGKILL)
    cluster.process.wait(timeout=30)
    cluster.log.unlink()
    cluster.start()
    cluster.enqueue("leave_mark", tmp_path / "mark")
    eventually(lambda: (tmp_path / "mark").exists())


@pytest.mark.busy
def test_a_stop_lets_a_long_task_come_to_its_end_and_takes_seconds(cluster, tmp_path):
    mark = tmp_path / "mark"
    cluster.enqueue("until_draining", mark)
    eventually(mark.exists)
    began = time.monotonic()
    cluster.process.send_signal(signal.SIGTERM)
    assert cluster.process.wait(timeout=10) == 0
    assert mark.read_text() == "drained"
    assert time.monotonic() - began < 5
