"""What the audit remembers while it replays a trace: people, campaigns, carriers, numbers."""

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from campaigns.audit.hours import Hours
from campaigns.audit.times import when

FINAL = ("completed", "failed", "no_conversation", "excluded")
SPENT = ("failed", "no_conversation")  # a primary, or the secondary before, that came to nothing
RANKS = {"high": 2, "normal": 3, "low": 4}
PRIORITY = {"high": 0, "normal": 1, "low": 2}
ERROR_SAMPLE = 50
Given = Mapping[str, Any]
Right = tuple[int, datetime, int]  # rank, due, place in the list: the order of calling


class Awaited(NamedTuple):
    """A verdict that must come: not before `earliest`, and at the latest at `latest`."""

    earliest: datetime
    latest: datetime
    outcome: str
    talk: float
    ended: datetime
    said: Given
    inbound: bool = False


class Person:
    """One contact's way through one campaign."""

    __slots__ = (
        "added",
        "attempt",
        "attempts",
        "awaited",
        "before",
        "callbacks",
        "due",
        "given",
        "goals",
        "hours",
        "kind",
        "place",
        "reason",
        "run",
        "scripted",
        "since",
        "status",
        "total",
        "version",
        "voicemails",
    )  # fmt: skip

    def __init__(self, given: Given, place: int, added: datetime, hours: Hours):
        self.given, self.place, self.added, self.since, self.hours = given, place, added, added, hours
        self.status, self.kind, self.reason = "pending", "fresh", ""
        self.run = 1  # of its last launch
        self.due: datetime | None = None
        self.attempts = self.attempt = self.total = self.voicemails = self.callbacks = self.scripted = 0
        self.awaited: Awaited | None = None
        self.before: tuple[str, datetime | None, str] = ("pending", None, "fresh")
        self.goals: list[datetime] = []  # when analysis said that the primary goal is achieved
        self.version = 0

    @property
    def phone(self) -> str:
        return str(self.given["phone_number"])

    @property
    def judged(self) -> bool:
        """False for people of whom the trace does not tell any more what was whose: they were merged."""
        return bool(self.given.get("judged", True))

    @property
    def primary(self) -> str:
        return str(self.given.get("primary") or "")

    @property
    def waiting(self) -> bool:
        return self.status in ("pending", "retry")

    @property
    def rank(self) -> int:
        if self.kind == "callback":
            return 0
        return 1 if self.kind == "by_hand" else RANKS[self.given.get("priority", "normal")]

    @property
    def right(self) -> Right:
        assert self.due is not None
        return self.rank, self.due, self.place


class Campaign:
    """A campaign, and those who wait in it: one heap for each group of hours and each rank.

    judged    what it does must keep the rules
    followed  its people are in the trace, so that it is known when its turn comes; it is not judged itself
    """

    def __init__(self, given: Given):
        self.given: dict[str, Any] = dict(given)
        self.ref = str(given["ref"])
        self.judged = bool(given.get("judged", True))
        self.told = self.judged or bool(given.get("followed"))
        self.people: dict[str, Person] = {}  # by their number of the moment
        self.renumbered: dict[str, Person] = {}  # by a former number: calls under way when it changed name that one
        self.groups: dict[Any, Hours] = {}
        self.families: dict[str, list[Person]] = defaultdict(list)  # secondaries by the number of their primary
        self.pool = {
            n["ref"]: {"active": n.get("status", "active") != "disabled", "weight": n.get("weight", 1)}
            for n in given["numbers"]
        }
        self.status, self.run = "draft", 1
        self.started: datetime | None = None
        self.moved: datetime | None = None  # when the status changed last
        self.edited: datetime | None = None  # when its settings changed last
        self.restarted: datetime | None = None
        self.day: date | None = None
        self.live = self.launched = 0
        self.last: datetime | None = None
        self.turns: dict[str, datetime] = {}
        self.used: dict[str, int] = defaultdict(int)  # calls in this run by number
        self.pilot: int | None = given.get("pilot_size")
        self.recent: deque[bool] = deque(maxlen=ERROR_SAMPLE)  # whether each of the last ended calls failed
        self.failing_since: datetime | None = None
        self.spent = Decimal(0)
        self.reserved: dict[str, Decimal] = {}  # what the budget keeps back for each live call, by phone number
        self.ends: deque[datetime] = deque(maxlen=1000)  # of its latest calls
        self.callers = 0  # calls from people that are under way
        self.heaps: dict[tuple[int, int], list[tuple[datetime, int, int, Person]]] = {}
        self.hours: dict[int, Hours] = {}

    def get(self, key: str, default: Any) -> Any:
        found = self.given.get(key)
        return default if found is None else found

    def person(self, phone: str) -> Person | None:
        return self.people.get(phone) or self.renumbered.get(phone)

    def renumber(self, former: str, new: str) -> None:
        """Somebody has another number from now on. Who has it already on this list keeps it."""
        if former not in self.people or new in self.people:
            return
        person = self.people[new] = self.renumbered[former] = self.people.pop(former)
        person.given = {**person.given, "phone_number": new}
        for secondary in (family := self.families.pop(former, [])):
            secondary.given = {**secondary.given, "primary": new}
        self.families[new] += family
        self.push(person)

    def changed(self, person: Person, at: datetime) -> None:
        """A person's status, due time or kind has changed: those entries in the heaps that say else are void."""
        person.version += 1
        person.since = at
        self.push(person)

    def push(self, person: Person) -> None:
        if person.judged and person.waiting and person.due is not None:
            key = (id(person.hours), person.rank)
            self.hours[key[0]] = person.hours
            heapq.heappush(self.heaps.setdefault(key, []), (person.due, person.place, person.version, person))

    def refill(self) -> None:
        """Every heap anew, after settings changed."""
        self.heaps = {}
        for person in self.people.values():
            self.push(person)


class Carrier:
    def __init__(self, given: Given):
        self.given: dict[str, Any] = dict(given)
        self.before, self.since = self.given, datetime.min.replace(tzinfo=UTC)  # limits before the last change
        self.live = 0
        self.heard: deque[datetime] = deque(maxlen=1000)  # when we were told of the latest calls from people
        self.launches: deque[datetime] = deque()


class Number:
    def __init__(self, given: Given):
        self.given: dict[str, Any] = {"spam_score": 0, "direction": "outbound", **given}
        self.days: dict[date, int] = defaultdict(int)
        used = given.get("last_used")
        self.last: datetime | None = when(used) if used else None
        self.since: datetime | None = None  # when its score changed last, or a call of its was taken back
