"""Tasks for a real cluster in the tests: each leaves a mark when it begins and when it ends."""

import time
from pathlib import Path

from config.processes import draining


def until_draining(mark: str) -> None:
    """Runs for a minute unless its cluster is asked to stop."""
    Path(mark).write_text("begun")
    deadline = time.monotonic() + 60
    while not draining.is_draining() and time.monotonic() < deadline:
        time.sleep(0.02)
    Path(mark).write_text("drained" if draining.is_draining() else "too late")


def leave_mark(mark: str) -> None:
    Path(mark).write_text("done")
