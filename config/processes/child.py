"""One program that is kept running: its process group, its log, and when it starts again."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.processes.logfile import keep_small, open_log

FIRST_DELAY = 0.2  # seconds until a program that ended is started again
LONGEST_DELAY = 30.0
STEADY_AFTER = 10.0  # one that ran so long is started again without growing delay


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A program in a session of its own, so that a terminal's Ctrl-C reaches only the supervisor, and so that
    whatever the program itself started can be found and ended by its process group."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.start_at = 0.0
        self.quick_ends = 0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        with open_log(self.log) as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                self.program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
                start_new_session=True,
            )
        self.began = time.monotonic()

    def keep(self) -> str | None:
        """Starts the program when it is time. Returns how it ended, once, when it did since the last look."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
            return None
        keep_small(self.log)
        return self.ended()

    def ended(self) -> str | None:
        """How the program ended, or None while it runs. Whatever it left behind in its group is killed first."""
        if self.process is None or not self._is_dead(self.process.pid):
            return None
        self.kill()  # before it is reaped: until then nobody else can get its number
        code = self.process.wait()
        self.process = None
        self._plan(time.monotonic())
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def ask_to_stop(self) -> None:
        """SIGTERM to the program alone: a django-q2 cluster whose whole group gets it hangs."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the program and all that it started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)

    @staticmethod
    def _is_dead(pid: int) -> bool:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _plan(self, now: float) -> None:
        self.quick_ends = 0 if now - self.began >= STEADY_AFTER else self.quick_ends + 1
        self.start_at = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** max(0, self.quick_ends - 1))
