"""Keeps programs running until it is told to stop.

A program that ends is started again, soon, and later each time if it ends at once over and over. SIGTERM, SIGINT
and SIGHUP stop all: each program is asked, and after a grace killed with all that it started.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from config.processes.child import Child, Program
from config.processes.record import Record

LOOK_EVERY = 0.1  # seconds
GRACE = 8.0  # seconds from the request to stop until the kill
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """`say` gets one sentence when a program ends by itself; `on_look` is called ten times a second."""

    def __init__(
        self,
        programs: Iterable[Program],
        folder: Path,
        say: Callable[[str], object] = print,
        on_look: Callable[[], object] = lambda: None,
        grace: float = GRACE,
    ) -> None:
        self.children = [Child(program, folder / "logs") for program in programs]
        self.record = Record(folder)
        self.say = say
        self.on_look = on_look
        self.grace = grace
        self.stopping = threading.Event()
        self.impatient = False

    def run(self) -> None:
        """Returns when everything has stopped. The caller holds `only_one` and has stopped what was left over."""
        before = {number: signal.signal(number, self._asked_to_stop) for number in STOP_SIGNALS}
        try:
            while not self.stopping.is_set():
                self._look()
                self.stopping.wait(LOOK_EVERY)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + self.grace
        while self._running() and time.monotonic() < deadline and not self.impatient:
            time.sleep(LOOK_EVERY / 2)
        for child in self.children:
            child.kill()
        while self._running():
            time.sleep(LOOK_EVERY / 2)
        self.record.write([])

    def _look(self) -> None:
        before = [child.pid for child in self.children]
        for child in self.children:
            how = child.keep()
            if how:
                self.say(f"{child.program.name} {how}; starting it again. See {child.log}")
        now = [child.pid for child in self.children]
        if now != before:
            self.record.write(pid for pid in now if pid)
        self.on_look()

    def _running(self) -> list[Child]:
        return [child for child in self.children if child.process is not None and not child.ended()]

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.impatient = self.stopping.is_set()  # a second Ctrl-C does not wait
        self.stopping.set()
