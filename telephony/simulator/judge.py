"""Reads a ledger and says in plain figures what the carrier saw: the judge of fault tests."""

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telephony.simulator.ledger import read


@dataclass(frozen=True, slots=True)
class Ring:
    """One call that went out to the network. `ended` None: it is live, or the carrier died with it."""

    call: str
    reference: str
    to: str
    from_: str
    placed: float  # seconds since 1970
    ended: float | None = None
    result: str = ""
    talk_seconds: int = 0
    heard: bool = False  # the phone rang or was answered


@dataclass(slots=True)
class Verdict:
    requests: Counter[str] = field(default_factory=Counter)  # place requests received, by reference
    duplicates: Counter[str] = field(default_factory=Counter)  # of these, answered without ringing again
    rings: list[Ring] = field(default_factory=list)  # in the order in which they were placed
    inbound: list[Ring] = field(default_factory=list)
    lookups: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)  # tries to deliver, by event id
    acknowledged: set[str] = field(default_factory=set)  # event ids
    lost: set[str] = field(default_factory=set)

    @property
    def references(self) -> list[str]:
        """Of every call that went out, once each, in order."""
        return list(dict.fromkeys(ring.reference for ring in self.rings))

    @property
    def rung(self) -> Counter[str]:
        """How often each reference went out to the network."""
        return Counter(ring.reference for ring in self.rings)

    @property
    def rung_twice(self) -> list[str]:
        return [reference for reference, times in self.rung.items() if times > 1]

    @property
    def results(self) -> Counter[str]:
        return Counter(ring.result for ring in self.rings if ring.ended)

    @property
    def unacknowledged(self) -> set[str]:
        return set(self.sent) - self.acknowledged

    def of(self, reference: str) -> list[Ring]:
        return [ring for ring in self.rings if ring.reference == reference]

    def overlaps(self) -> list[tuple[Ring, Ring]]:
        """Pairs of calls to the same phone that were live at the same time."""
        by_phone: dict[str, list[Ring]] = defaultdict(list)
        for ring in self.rings:
            by_phone[ring.to].append(ring)
        return [
            (before, ring)
            for rings in by_phone.values()
            for i, ring in enumerate(rings)
            for before in rings[:i]
            if before.ended is None or before.ended > ring.placed
        ]

    def most_live(self) -> int:
        """The most outbound calls that were live at one moment."""
        steps = [(ring.placed, 1) for ring in self.rings] + [(ring.ended, -1) for ring in self.rings if ring.ended]
        live = most = 0
        for _, step in sorted(steps):
            live += step
            most = max(most, live)
        return most

    def most_in_a_second(self) -> int:
        """The most calls placed in any sliding second, by the carrier's clock."""
        times = sorted(ring.placed for ring in self.rings)
        return max((i + 1 - bisect_right(times, at - 1.0) for i, at in enumerate(times)), default=0)

    def placed_after(self, at: float) -> list[Ring]:
        return [ring for ring in self.rings if ring.placed > at]


def judge(ledger: Path) -> Verdict:
    """Reads the whole ledger, of all processes that wrote to it."""
    verdict = Verdict()
    rings: dict[str, dict[str, Any]] = {}
    for line in read(ledger):
        what = line["what"]
        if what == "received":
            verdict.requests[line["reference"]] += 1
        elif what == "duplicate":
            verdict.duplicates[line["reference"]] += 1
        elif what == "lookup":
            verdict.lookups[line["reference"]] += 1
        elif what == "lost":
            verdict.lost.add(line["event"])
        elif what == "event":
            verdict.sent[line["event"]] += 1
            if line["acknowledged"]:
                verdict.acknowledged.add(line["event"])
        else:
            _follow(rings, what, line)
    for ring in rings.values():
        outbound = ring.pop("outbound")
        (verdict.rings if outbound else verdict.inbound).append(Ring(**ring))
    return verdict


def _follow(rings: dict[str, dict[str, Any]], what: str, line: dict[str, Any]) -> None:
    if what in {"placed", "inbound"}:
        facts = {"call": line["call"], "reference": line["reference"], "to": line["to"], "from_": line["from"]}
        rings[line["call"]] = {**facts, "placed": line["at"], "outbound": what == "placed"}
    elif what in {"rang", "answered"}:
        rings[line["call"]]["heard"] = True
    elif what == "ended":
        end = {"ended": line["at"], "result": line["result"], "talk_seconds": line["talk_seconds"]}
        rings[line["call"]] |= end
