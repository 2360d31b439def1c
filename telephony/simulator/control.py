"""How the carrier behaves, changed at any time through POST /control. A share is a probability from 0 to 1."""

from collections import deque
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from telephony.simulator.outcomes import ENDINGS, FIXED, RATES

LOOKUPS = ("works", "forgetful", "unavailable")
# What may happen to one place request, in the order in which it is drawn; `next` takes these words too.
NOT_PLACED = ("unauthorised", "rate_limited", "fail_before", "hang_before")
PLACE_FAULTS = (*NOT_PLACED, "fail_after", "hang", "cut", "silent", "early", "slow")


class BadControl(ValueError):
    """One sentence for whoever sent it."""


@dataclass(slots=True)
class Control:
    speed: float = 1.0  # rings and talks this many times faster
    fixed: str = "marked"  # whose last digits decide: marked numbers (0dd), every number ("last"), none ("off")
    rates: dict[str, float] = field(default_factory=lambda: dict(RATES))
    endings: dict[str, float] = field(default_factory=lambda: dict(ENDINGS))
    idempotent: bool = True  # the same reference again returns the same call and does not ring

    unauthorised: float = 0.0  # 401, nothing placed
    rate_limited: float = 0.0  # 429, nothing placed
    fail_before: float = 0.0  # `fail_status`, nothing placed
    fail_after: float = 0.0  # `fail_status`, but placed
    hang: float = 0.0  # placed, and the request is never answered
    hang_before: float = 0.0  # neither placed nor answered
    cut: float = 0.0  # placed, and the connection is cut instead of an answer
    early: float = 0.0  # the first event comes before the answer
    slow: float = 0.0  # the answer takes `slow_seconds`
    silent: float = 0.0  # accepted, and no word ever after
    fail_status: int = 500
    promise: bool = False  # failing before placing says so: "placed": false
    slow_seconds: float = 2.0
    next: deque[str] = field(default_factory=deque)  # faults of the next place requests, one each; "" for none

    lookup: str = "works"
    double: float = 0.0  # an event is sent twice
    swap: float = 0.0  # an event is sent after the one that follows it
    lose: float = 0.0  # an event is not sent
    late: float = 0.0  # an event is sent `late_seconds` later
    late_seconds: float = 3.0
    forged: float = 0.0  # an event is signed with a wrong secret
    retry_seconds: float = 1.0  # until the first redelivery; doubles each time

    def update(self, changes: dict[str, Any]) -> None:
        """All changes or none. Raises BadControl."""
        checked = {name: self._checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            if isinstance(getattr(self, name), dict):
                getattr(self, name).update(value)
            else:
                setattr(self, name, value)

    def draw(self, rng: Random) -> str:
        """The fault of one place request, or an empty string."""
        if self.next:
            return self.next.popleft()
        return next((fault for fault in PLACE_FAULTS if happens(getattr(self, fault), rng)), "")

    def to_json(self) -> dict[str, Any]:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**values, "next": list(self.next)}

    def _checked(self, name: str, value: Any) -> Any:
        if name not in {one.name for one in fields(self)}:
            raise BadControl(f"There is no setting “{name}”.")
        if name == "next":
            return deque(_words(value, ("", *PLACE_FAULTS)))
        if name in {"rates", "endings"}:
            return _rates(name, value)
        if name in {"fixed", "lookup"}:
            return _one_of(name, value, tuple(FIXED) if name == "fixed" else LOOKUPS)
        present = getattr(self, name)
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise BadControl(f"“{name}” is true or false.")
            return value
        return _figure(name, value, type(present))


LIMITS = {"speed": (0.01, 10_000), "fail_status": (500, 599), "slow_seconds": (0, 600), "late_seconds": (0, 3_600)}
LIMITS |= {"retry_seconds": (0.01, 60)}


def happens(share: float, rng: Random) -> bool:
    return share > 0 and rng.random() < share


def _figure(name: str, value: Any, kind: type) -> Any:
    low, high = LIMITS.get(name, (0, 1))
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadControl(f"“{name}” is a number from {low} to {high}.")
    return kind(value)


def _one_of(name: str, value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise BadControl(f"“{name}” is one of: {', '.join(words)}.")
    return value


def _words(value: Any, words: tuple[str, ...]) -> list[str]:
    if not isinstance(value, list) or any(word not in words for word in value):
        raise BadControl(f"“next” is a list of: {', '.join(filter(None, words))}, or empty texts.")
    return value


def _rates(name: str, value: Any) -> dict[str, float]:
    known = RATES if name == "rates" else ENDINGS
    if not isinstance(value, dict) or not set(value) <= set(known):
        raise BadControl(f"“{name}” maps these words to weights: {', '.join(known)}.")
    if any(isinstance(one, bool) or not isinstance(one, int | float) or one < 0 for one in value.values()):
        raise BadControl(f"The weights in “{name}” are numbers from 0.")
    return {word: float(weight) for word, weight in value.items()}
