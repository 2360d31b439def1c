"""What Linux's /proc says about processes: which live in a group, and since when."""

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Seen:
    """A living process. `started` counts clock ticks since the machine's start: with the pid it names one process."""

    pid: int
    group: int
    started: int


def boot() -> str:
    """The name of this start of the machine: pids of an earlier one say nothing."""
    path = PROC / "sys/kernel/random/boot_id"
    return path.read_text().strip() if path.exists() else ""


def look(pid: int) -> Seen | None:
    """The process, or None when it is gone or only waits to be reaped."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return None
    state, _parent, group, *rest = text.rpartition(")")[2].split()
    # rest begins at the sixth field of proc(5); the start time is the twenty-second.
    return None if state in "ZX" else Seen(pid, int(group), int(rest[22 - 6]))


def members(group: int) -> list[Seen]:
    """Every living process of a process group."""
    if not PROC.is_dir():
        return []
    seen = (look(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit())
    return [process for process in seen if process is not None and process.group == group]
