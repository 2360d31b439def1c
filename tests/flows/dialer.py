"""Dialers as processes of their own.

`python -m tests.flows.dialer SLOT SLOTS [before|after N]` ends by SIGTERM, or kills itself around its Nth commit;
`fork` makes one of the present process, in a hundredth of the time.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def kill_at(when: str, number: int) -> None:
    """SIGKILL around the Nth commit of a transaction: nothing is cleaned up, as in a crash."""
    from django.db import connection

    commit: Callable[[], Any] = connection._commit
    seen = 0

    def counted() -> Any:
        nonlocal seen
        seen += 1
        if seen == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = commit()
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    connection._commit = counted


def work(slot: int, slots: int) -> None:
    """One slice after the other, until SIGTERM."""
    from analytics.analysis import analyse_due
    from campaigns.runner import Runner

    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    while not stopped:
        Runner(slot, slots, analyse_due, lambda: bool(stopped)).run(seconds=5)


class Forked:
    """A dialer forked from this process, with connections of its own."""

    def __init__(self, slot: int, slots: int, log: Path, prepare: Callable[[], None] = lambda: None):
        from django.db import connections

        connections.close_all()
        self.status: int | None = None
        self.pid = os.fork()
        if not self.pid:
            _be_dialer(slot, slots, log, prepare)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """How it ended, as waitpid says; None while it lives."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status


def _be_dialer(slot: int, slots: int, log: Path, prepare: Callable[[], None]) -> None:
    ended = 1
    try:
        warnings.simplefilter("default")
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        prepare()
        work(slot, slots)
        ended = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(ended)


def main(slot: int, slots: int, when: str = "", number: str = "0") -> None:
    django.setup()
    if when:
        kill_at(when, int(number))
    work(slot, slots)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
