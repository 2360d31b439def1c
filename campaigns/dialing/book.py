"""One campaign on the virtual clock: its contacts, and the lines in which they wait for their turn."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from campaigns.choices import FINAL_STATUSES, WAITING_STATUSES, CampaignStatus, ContactStatus, GoalWord, Rank
from campaigns.dialing import window
from campaigns.dialing.scenario_campaigns import ScenarioCampaign
from campaigns.dialing.scenario_people import ScriptedCall
from campaigns.dialing.values import Hours, Launch, Policy

FAR = datetime.max.replace(tzinfo=UTC)
_FINAL = frozenset(FINAL_STATUSES)
_WAITING = frozenset(WAITING_STATUSES)


@dataclass(slots=True, eq=False)
class Contact:
    """One person's way through one campaign."""

    book: "Book"
    place: int  # in the list
    phone: str
    priority: int
    hours: Hours
    added_at: datetime
    script: tuple[ScriptedCall, ...]
    primary: str = ""  # the phone number of the contact whose secondary this one is
    scripted: int = 0  # how far the script has been used, over all runs
    status: str = ContactStatus.PENDING
    rank: int = Rank.NORMAL
    reason: str = ""
    run: int = 1  # the run in which it was last among those to be called
    due: datetime | None = None
    callback: bool = False  # the due time is a pending callback's
    attempts: int = 0  # towards the maximum
    attempt: int = 0  # of this run
    sequence: int = 0  # of all runs
    voicemails: int = 0
    callbacks: int = 0  # in this run
    goal: str = GoalWord.UNKNOWN  # the best over all conversations
    awaiting: "Call | None" = None  # the call whose verdict is awaited
    called_at: datetime | None = None  # the last launch that was not withdrawn
    stamp: int = 0  # moves with every change of place, so that older heap entries are void

    @property
    def final(self) -> bool:
        return self.status in _FINAL

    @property
    def waiting(self) -> bool:
        return self.status in _WAITING

    def next_call(self) -> ScriptedCall:
        call = self.script[min(self.scripted, len(self.script) - 1)]
        self.scripted += 1
        return call


@dataclass(slots=True, eq=False)
class Call:
    """A launched call, and what its contact had before it."""

    contact: Contact
    launch: Launch | None  # None: it came in
    run: int
    attempt: int
    script: ScriptedCall
    status_before: str
    due_before: datetime | None
    callback: bool
    outcome: str = ""
    talk_seconds: float = 0
    ended_at: datetime | None = None
    reserved: Decimal = Decimal(0)  # of the budget, while it is live
    called_before: datetime | None = None  # when the contact was called the last time before
    replaced: bool = False  # a move by hand, suppression or a restart stands in place of its verdict


@dataclass(slots=True, eq=False)
class Line:
    """The waiting people of one campaign who share their hours: those due, in order of their turn; those due later."""

    hours: Hours
    ready: list[tuple[int, datetime, int, int, Contact]] = field(default_factory=list)
    later: list[tuple[datetime, int, int, Contact]] = field(default_factory=list)
    open: bool = False
    until: datetime | None = None  # when open may change; None: to be judged
    never: bool = False  # no opening within the horizon

    def add(self, contact: Contact) -> None:
        assert contact.due is not None
        heapq.heappush(self.later, (contact.due, contact.place, contact.stamp, contact))

    def promote(self, now: datetime) -> None:
        """Those whose due time has come take their turn."""
        while self.later and self.later[0][0] <= now:
            due, place, stamp, contact = heapq.heappop(self.later)
            if stamp == contact.stamp:
                heapq.heappush(self.ready, (contact.rank, due, place, stamp, contact))

    def head(self) -> tuple[int, datetime, int, int, Contact] | None:
        while self.ready and self.ready[0][3] != self.ready[0][4].stamp:
            heapq.heappop(self.ready)
        return self.ready[0] if self.ready else None

    def next_due(self) -> datetime | None:
        while self.later and self.later[0][2] != self.later[0][3].stamp:
            heapq.heappop(self.later)
        return self.later[0][0] if self.later else None

    def judge(self, policy: Policy, now: datetime, day: date | None) -> None:
        """Read the window anew at `now`."""
        self.open = window.is_open(policy, self.hours, now, day)
        if self.open:
            self.until = window.open_until(policy, self.hours, now, day) or FAR
            return
        self.until = window.next_opening(policy, self.hours, now, day=day) or FAR
        self.never = self.until is FAR and window.next_opening(policy, self.hours, now) is None


class Book:
    """One campaign: its settings, its list, its lines of waiting people, its counts."""

    def __init__(self, campaign: ScenarioCampaign) -> None:
        self.campaign = campaign
        self.ref = campaign.ref
        self.policy = campaign.policy
        self.status: str = CampaignStatus.DRAFT
        self.run = 1
        self.run_started: datetime | None = None
        self.day_closes: datetime | None = None
        self.contacts: list[Contact] = []
        self.by_phone: dict[str, Contact] = {}
        self.secondaries: dict[str, list[Contact]] = defaultdict(list)  # phone number of the primary → in list order
        self.counts: Counter[str] = Counter()
        self.hours: dict[Hours, None] = {}
        self.lines: dict[Hours, Line] = {}
        self.next_change: datetime | None = None  # the earliest `until` of its lines; None: judge all
        self.ended: list[str] = []  # outcomes since Start or Resume, newest last
        self.inbound = 0  # live calls from its people

    @property
    def dialing(self) -> bool:
        return self.status == CampaignStatus.RUNNING

    def enrol(self, contact: Contact) -> None:
        contact.rank = Rank.of(contact.priority)
        self.contacts.append(contact)
        self.by_phone[contact.phone] = contact
        if contact.primary:
            self.secondaries[contact.primary].append(contact)
        self.counts[contact.status] += 1
        self.hours.setdefault(contact.hours)

    def move(self, contact: Contact, status: str, due: datetime | None = None, rank: int | None = None) -> None:
        """Change status, due time and place of a contact; it leaves the line it stood in."""
        self.counts[contact.status] -= 1
        self.counts[status] += 1
        contact.status, contact.due, contact.callback = status, due, rank == Rank.CALLBACK
        contact.rank = Rank.of(contact.priority) if rank is None else rank
        contact.stamp += 1
        if due is not None:
            self.stand(contact)

    def stand(self, contact: Contact) -> None:
        """Put a waiting contact with a due time into the line of its hours."""
        key = contact.hours if self.policy.by_person else Hours()
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = Line(key)
        if line.until is None or line.never:  # what was never within the horizon may lie within it by now
            line.until = self.next_change = None
        line.add(contact)

    @property
    def open(self) -> bool:
        """Whether anybody may still be called in it, now or after Resume."""
        return self.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED)

    def family(self, contact: Contact) -> list[Contact]:
        """The primary and its secondaries in list order; the contact alone when its primary is not in the campaign."""
        head = self.by_phone.get(contact.primary, contact) if contact.primary else contact
        return [head, *self.secondaries.get(head.phone, ())] if not head.primary else [contact]

    def wait_for_turn(self, contact: Contact) -> None:
        """A secondary is not due as long as others of its family are."""
        if contact.due is not None:
            contact.due = self.next_change = None
            contact.stamp += 1

    def fresh_due(self, contact: Contact) -> datetime | None:
        """A fresh contact's due time: the run's first start, or its adding if later; None before the start."""
        return max(self.run_started, contact.added_at) if self.run_started else None

    def line_up(self) -> None:
        """The run begins: everybody takes their place."""
        self.lines.clear()
        self.next_change = None
        for contact in self.contacts:
            if contact.status == ContactStatus.PENDING:
                contact.due = self.fresh_due(contact)
            if contact.waiting and contact.due is not None:
                contact.stamp += 1
                self.stand(contact)

    def rest(self) -> None:
        """Nobody waits for a call any more: due times and callbacks go, statuses stay."""
        for contact in self.contacts:
            if contact.waiting:
                contact.due, contact.callback = None, False
                contact.stamp += 1
        self.lines.clear()

    def judge(self, now: datetime, day: date | None) -> list[Contact]:
        """Read the windows anew where they may have changed. Returns those who wait in a line that will never open, and
        then those who wait for a turn that could not come in one."""
        waiting: list[Contact] = []
        if self.next_change is None or self.next_change <= now:
            for line in self.lines.values():
                if line.until is None or line.until <= now:
                    line.judge(self.policy, now, day)
            self.next_change = min((line.until for line in self.lines.values() if line.until), default=FAR)
            waiting = self._never_due(now) if self.policy.after_primary else []
        return [contact for line in self.lines.values() if line.never for contact in _waiting(line)] + waiting

    def _never_due(self, now: datetime) -> list[Contact]:
        """Secondaries who wait for their turn and have no allowed moment within the horizon."""
        found = [c for c in self.contacts if c.primary and c.status == ContactStatus.PENDING and c.due is None]
        never = {hours: window.next_opening(self.policy, hours, now) is None for hours in {c.hours for c in found}}
        return [contact for contact in found if never[contact.hours]]

    def rejudge(self) -> None:
        """Forget what was read of the windows: the single day has been fixed."""
        self.next_change = None
        for line in self.lines.values():
            line.until = None

    def take(self, want: int, now: datetime) -> list[Contact]:
        """The next `want` due people of open lines in the order of their turn; they leave their lines."""
        lines = [line for line in self.lines.values() if line.open]
        for line in lines:
            line.promote(now)
        taken: list[Contact] = []
        while len(taken) < want:
            heads = [(head, line) for line in lines if (head := line.head())]
            if not heads:
                break
            head, line = min(heads, key=lambda pair: pair[0][:3])
            heapq.heappop(line.ready)
            taken.append(head[4])
        return taken

    def wakes(self) -> Iterator[datetime]:
        """The instants at which somebody of an open line falls due."""
        for line in self.lines.values():
            if line.open and (due := line.next_due()):
                yield due


def _waiting(line: Line) -> list[Contact]:
    entries = [(e[3], e[2], e[4]) for e in line.ready] + [(e[2], e[1], e[3]) for e in line.later]
    return [contact for stamp, _, contact in sorted(entries, key=lambda e: e[1]) if stamp == contact.stamp]
