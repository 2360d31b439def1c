"""The carrier's own log: one JSON object a line, only added to, each line written before anything follows from it."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        _end_broken_line(self._file, path)

    def write(self, what: str, **facts: Any) -> float:
        """Adds a line and returns its time (seconds since 1970). Raises OSError: then nothing may follow from it."""
        at = time.time()
        line = json.dumps({"at": round(at, 6), "what": what, **facts}, ensure_ascii=False) + "\n"
        data = line.encode("utf-8", "replace")
        if os.write(self._file, data) != len(data):
            raise OSError("The ledger took only a part of a line; is the disk full?")
        return at

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a ledger, oldest first; a line broken by a crash is left out."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _end_broken_line(file: int, path: Path) -> None:
    """After a crash in the middle of a line the next one must not be glued to it."""
    size = path.stat().st_size
    if size:
        with path.open("rb") as written:
            written.seek(size - 1)
            if written.read(1) != b"\n":
                os.write(file, b"\n")
