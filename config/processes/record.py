"""Which processes a supervisor started, on disk: so that the next one finds them when the first was killed."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.processes import proc

LOOK_EVERY = 0.05  # seconds


class AlreadyRunning(Exception):
    """Another supervisor works on the same folder."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Holds the folder for one supervisor. Raises AlreadyRunning. The lock ends with its process, however that ends."""
    with (folder / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Outdial is already running on {folder}. Stop it first.") from None
        yield


class Record:
    """The file with the pids of the children and the times at which they started."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "serve.json"

    def write(self, pids: Iterable[int]) -> None:
        seen = [process for process in map(proc.look, pids) if process]
        text = json.dumps({"boot": proc.boot(), "groups": [[process.pid, process.started] for process in seen]})
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)

    def groups(self) -> dict[int, int]:
        """Process group → the start of its leader; empty when the machine was started anew since."""
        try:
            found = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return dict(found["groups"]) if found["boot"] == proc.boot() else {}

    def stop_left_over(self, grace: float) -> int:
        """Ends what a killed supervisor left running; returns how many programs that were."""
        left = {group: started for group, started in self.groups().items() if left_over(group, started)}
        for group in left:
            if proc.look(group):
                send(group, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while any(proc.look(group) for group in left) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
        for group, started in left.items():
            if left_over(group, started):
                send(-group, signal.SIGKILL)
        self.path.unlink(missing_ok=True)
        return len(left)


def left_over(group: int, started: int) -> bool:
    """Whether the group is still the recorded one: its leader is the same, or gone and others are left behind."""
    leader = proc.look(group)
    return leader.started == started if leader else bool(proc.members(group))


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process, or to a group when negative, that may be gone by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
