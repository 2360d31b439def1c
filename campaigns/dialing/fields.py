"""Reading a JSON object key by key: each mistake becomes one sentence with its path, and reading goes on."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.dialing import window

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
YEARS = range(2000, 2200)  # calendars are known, and sums of times stay within what a datetime can hold
_MISSING = object()
REQUIRED: Any = object()


class Fields:
    """One JSON object. Every getter takes a key with a default (REQUIRED: there is none); `finish` finds unknown keys.

    A getter that finds a mistake notes it and returns the default, or None for a required key.
    """

    def __init__(self, data: Any, path: str, mistakes: list[str]) -> None:
        self.path, self.mistakes = path, mistakes
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.asked: set[str] = set()
        if not isinstance(data, dict):
            self.mistake("", "must be an object")
            self.mistakes = []  # one sentence is enough: what it lacks is not told

    def where(self, key: str) -> str:
        dot = "" if key.startswith("[") else "."
        return f"{self.path}{dot}{key}" if self.path and key else self.path or key or "the file"

    def mistake(self, key: str, reason: str) -> None:
        self.mistakes.append(f"{self.where(key)}: {reason}.")

    def has(self, key: str) -> bool:
        return key in self.data

    def raw(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return self.data.get(key, default)

    def finish(self) -> None:
        for key in self.data:
            if key not in self.asked:
                self.mistake(str(key), "is not a known key")

    def text(self, key: str, default: Any = REQUIRED, most: int = 0) -> Any:
        value = self._value(key, default)
        if value is _MISSING:
            return self._default(default)
        if not isinstance(value, str) or (default is REQUIRED and not value.strip()):
            return self._wrong(key, default, "must be a text", value)
        if most and len(value) > most:
            return self._wrong(key, default, f"must have at most {most} characters", None)
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._value(key, default)
        if value is _MISSING:
            return default
        return value if isinstance(value, bool) else self._wrong(key, default, "must be true or false", value)

    def whole(self, key: str, default: Any, low: int, high: int | None = None) -> Any:
        """A whole number from low to high. A default of None means that null is fine too."""
        value = self._value(key, default)
        if value is _MISSING:
            return self._default(default)
        wanted = f"must be a whole number from {low} to {high}" if high else f"must be a whole number of at least {low}"
        if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
            return self._wrong(key, default, wanted, value)
        return value

    def seconds(self, key: str, default: int) -> int | float:
        value = self._value(key, default)
        if value is _MISSING:
            return default
        # A year bounds what a clock can add; NaN fails every comparison.
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 31_536_000:
            return self._wrong(key, default, "must be a number of seconds, 0 or more", value)
        return value

    def cps(self, key: str) -> Decimal | None:
        value = self._value(key, REQUIRED)
        if value is _MISSING:
            return None
        # NaN fails every comparison; beyond a million calls a second the figure is a slip of the pen.
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
        if 0.1 <= number <= 0.9 or (1 <= number <= 1_000_000 and number % 1 == 0):
            return Decimal(str(number))
        return self._wrong(key, REQUIRED, "must be a whole number of at least 1, or 0.1 to 0.9", value)

    def money(self, key: str, default: Decimal | None) -> Decimal | None:
        """An amount of at least 0, exactly as written."""
        value = self._value(key, default)
        if value is _MISSING:
            return default
        amount = value if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        try:
            found = Decimal(str(amount))
        except InvalidOperation:
            found = Decimal(-1)
        if not 0 <= found <= 10**12:  # NaN fails every comparison
            return self._wrong(key, default, "must be an amount of 0 or more", value)
        return found

    def choice(self, key: str, default: Any, choices: Sequence[Any]) -> Any:
        value = self._value(key, default)
        if value is _MISSING:
            return self._default(default)
        if isinstance(value, bool) or value not in choices:
            return self._wrong(key, default, f"must be one of {', '.join(map(str, choices))}", value)
        return value

    def several(self, key: str, default: Sequence[str], choices: Sequence[str]) -> list[str]:
        value = self._value(key, default)
        if value is _MISSING:
            return list(default)
        if not isinstance(value, list) or any(item not in choices for item in value):
            return self._wrong(key, list(default), f"must be a list of {', '.join(choices)}", value)
        return value

    def time(self, key: str, default: Any = REQUIRED) -> datetime | None:
        value = self._value(key, default)
        if value is _MISSING:
            return None
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None or at.year not in YEARS:
                raise ValueError
            return at.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return self._wrong(key, None, "must be a time with its offset, such as 2026-03-02T09:00:00Z", value)

    def zone(self, key: str, default: str | None) -> str | None:
        value = self._value(key, default)
        if value is _MISSING:
            return default
        try:
            window.zone(value)
        except window.InvalidWindow:
            return self._wrong(key, default, "must be the IANA name of a time zone", value)
        return value

    def phone(self, key: str) -> str:
        value = self._value(key, REQUIRED)
        if value is _MISSING:
            return ""
        if not isinstance(value, str) or not _E164.fullmatch(value):
            return self._wrong(key, "", "must be a phone number such as +14155550100", value)
        return value

    def items(self, key: str, default: Any = ()) -> list["Fields"]:
        """The objects of a list."""
        value = self._value(key, default)
        if value is _MISSING:
            return []
        if not isinstance(value, list):
            return self._wrong(key, [], "must be a list", value)
        where = self.where(key)
        return [Fields(item, f"{where}[{place}]", self.mistakes) for place, item in enumerate(value)]

    def object(self, key: str, default: Any = None) -> "Fields":
        value = self._value(key, default)
        if value is _MISSING:
            return Fields({}, self.where(key), self.mistakes if default is not REQUIRED else [])
        return Fields(value, self.where(key), self.mistakes)

    def _value(self, key: str, default: Any) -> Any:
        """The value given; _MISSING when the default holds."""
        self.asked.add(key)
        value = self.data.get(key, _MISSING)
        if value is _MISSING and default is REQUIRED:
            self.mistake(key, "is required")
        return _MISSING if value is None and (default is None or default == "") else value

    def _default(self, default: Any) -> Any:
        return None if default is REQUIRED else default

    def _wrong(self, key: str, default: Any, wanted: str, value: Any) -> Any:
        shown = "" if value is None else f", not {_shown(value)}"
        self.mistake(key, wanted + shown)
        return self._default(default)


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) else f"“{value}”"
    return text if len(text) <= 60 else text[:59] + "…"
