"""Which numbers a file has held so far, and on which line first: a table in a quarter of a dict's memory."""

from array import array

_FIRST_SLOTS = 1 << 12
_SPREAD = 2_654_435_761  # odd: numbers that follow one another never meet


class Seen:
    """Numbers as whole figures, never 0."""

    def __init__(self) -> None:
        self.count = 0
        self._make(_FIRST_SLOTS)

    def __len__(self) -> int:
        return self.count

    def first(self, number: int, line: int) -> int:
        """The line that this number was first given with; `line` itself when it is new."""
        numbers, mask = self._numbers, self._mask
        slot = number * _SPREAD & mask
        while held := numbers[slot]:
            if held == number:
                return self._lines[slot]
            slot = slot + 1 & mask
        numbers[slot], self._lines[slot] = number, line
        self.count += 1
        if self.count * 2 > mask:
            self._grow()
        return line

    def _make(self, slots: int) -> None:
        self._numbers, self._lines = array("Q", bytes(8 * slots)), array("I", bytes(4 * slots))
        self._mask = slots - 1

    def _grow(self) -> None:
        numbers, lines = self._numbers, self._lines
        self.count = 0
        self._make(len(numbers) * 4)
        for number, line in zip(numbers, lines, strict=True):
            if number:
                self.first(number, line)
