"""A list of texts that lies on disk: the texts of an Excel file, which its rows name by their number."""

import tempfile
from array import array
from functools import lru_cache
from types import TracebackType

KEPT = 4_096  # in memory
_PIECE_BYTES = 1 << 16


class Shelf:
    """Texts are added, then read in any order."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._begins = array("Q", [0])
        self._unwritten: list[bytes] = []
        self._waiting = 0
        self._read = lru_cache(maxsize=KEPT)(self._from_disk)

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._begins) - 1

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._begins.append(self._begins[-1] + len(data))
        self._unwritten.append(data)
        self._waiting += len(data)
        if self._waiting > _PIECE_BYTES:
            self._write()

    def __getitem__(self, number: int) -> str:
        """The text, "" for a number that was never given."""
        if self._unwritten:
            self._write()
        return self._read(number) if 0 <= number < len(self) else ""

    def _write(self) -> None:
        self._file.seek(0, 2)
        self._file.write(b"".join(self._unwritten))
        self._unwritten, self._waiting = [], 0

    def _from_disk(self, number: int) -> str:
        begin, end = self._begins[number], self._begins[number + 1]
        self._file.seek(begin)
        return self._file.read(end - begin).decode()
