"""A dialer as a process of its own: `python -m tests.flows.dialer SLOT SLOTS [before|after N]` ends by SIGTERM,
or kills itself right before or after its Nth commit."""

import os
import signal
import sys
from collections.abc import Callable
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


def main(slot: int, slots: int, when: str = "", number: str = "0") -> None:
    django.setup()
    from analytics.analysis import analyse_due
    from campaigns.runner import Runner

    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    if when:
        kill_at(when, int(number))
    while not stopped:
        Runner(slot, slots, analyse_due, lambda: bool(stopped)).run(seconds=5)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
