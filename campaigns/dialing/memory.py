"""The memory store: campaigns, board and people in calls as plain objects. It keeps state; the rules are elsewhere."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from campaigns.choices import ContactStatus, Outcome
from campaigns.dialing import caps, pacing
from campaigns.dialing.book import Book, Call, Contact
from campaigns.dialing.pacing import after, room
from campaigns.dialing.scenario_campaigns import ScenarioCampaign
from campaigns.dialing.values import Board, CampaignState, Caps, Hours, Id, Launch, Person, PoolEntry

NO_CAPS = Caps()


class Memory:
    """One workspace: campaigns, the board, who is in a call, who is suppressed."""

    def __init__(self, timezone: str, caps: Caps) -> None:
        self.zone = ZoneInfo(timezone)
        self.caps = caps
        self.launched: dict[str, list[datetime]] = defaultdict(list)  # phone → launches that count towards the caps
        self.held: dict[str, datetime] = {}  # phone → until
        self.barred: list[tuple[datetime, int, int, Contact]] = []  # when the bar ends; a heap
        self.bars = 0
        self.books: dict[str, Book] = {}
        self.board = Board({}, {}, {})
        self.phones: dict[str, str] = {}  # number ref → E.164
        self.suppressed: set[str] = set()
        self.in_call: Counter[str] = Counter()  # phone → live calls, inbound ones too
        self.callers: dict[str, dict[str, Contact]] = defaultdict(dict)  # phone → campaign → its contact, once called
        self.aside: dict[str, list[tuple[Contact, int]]] = defaultdict(list)  # due, but in a call elsewhere
        self.day: date | None = None
        self.calls_on: Counter[tuple[object, date]] = Counter()
        self.last_launch: datetime | None = None

    def running(self) -> list[Book]:
        return [book for book in self.books.values() if book.dialing]

    def state(self, book: Book) -> CampaignState:
        return self.board.campaigns[book.ref]

    def set_state(self, book: Book, **changes: object) -> None:
        self.board.campaigns[book.ref] = replace(self.state(book), **changes)  # type: ignore[index, arg-type]

    def begin_run(self, book: Book) -> None:
        """A fresh state for the campaign's present run; what it did on its carriers before still counts."""
        old = self.board.campaigns.get(book.ref)
        pool = old.pool if old else _pool(book.campaign)
        self.board.campaigns[book.ref] = CampaignState(  # type: ignore[index]
            policy=book.policy,
            run=book.run,
            pool=tuple(replace(entry, calls_in_run=0) for entry in pool),
            last_launched=old.last_launched if old else None,
            turns=old.turns if old else {},
            pilot_left=book.campaign.pilot_size if book.run == 1 else None,
            budget_left=old.budget_left if old else book.campaign.budget,
        )

    def turn_day(self, now: datetime) -> None:
        """A new day of the workspace: numbers start their counts afresh."""
        day = now.astimezone(self.zone).date()
        if day == self.day:
            return
        self.day = day
        for ref, number in self.board.numbers.items():
            self.board.numbers[ref] = replace(number, calls_today=self.calls_on[ref, day])  # type: ignore[index]

    def next_midnight(self, now: datetime) -> datetime:
        tomorrow = now.astimezone(self.zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone).astimezone(UTC)

    def queue(self, book: Book, want: int, now: datetime) -> list[Contact]:
        """Take the next due people. Those in a call elsewhere step aside until it ends, the held and capped until their
        bar ends; they keep their due time, and park nobody."""
        found: list[Contact] = []
        while len(found) < want:
            taken = book.take(want - len(found), now)
            if not taken:
                break
            for contact in taken:
                if self.in_call[contact.phone]:
                    self.aside[contact.phone].append((contact, contact.stamp))
                elif (free := self.free_at(contact.phone, now)) > now:
                    self.bars += 1
                    heapq.heappush(self.barred, (free, self.bars, contact.stamp, contact))
                else:
                    found.append(contact)
        return found

    def free_at(self, phone: str, now: datetime) -> datetime:
        """When no hold and no frequency cap bars this person any more; `now` when nothing does."""
        held = self.held.get(phone, now)
        if held > now or self.caps == NO_CAPS:
            return max(held, now)
        # A cap of 0 never frees anybody: they are looked at again after a week.
        return min(caps.free_at(self.caps, self.launched[phone], now), now + caps.WEEK)

    def free(self, now: datetime) -> None:
        """Those whose bar has ended stand in line again, at the due time they had."""
        while self.barred and self.barred[0][0] <= now:
            _, _, stamp, contact = heapq.heappop(self.barred)
            if stamp == contact.stamp:
                contact.book.stand(contact)

    def barred_for_good(self, book: Book) -> list[Contact]:
        """The held and capped of a campaign whose window does not open any more: they need not wait for their bar."""
        never = {hours for hours, line in book.lines.items() if line.never}
        if not never:
            return []
        barred = [contact for _, _, stamp, contact in self.barred if stamp == contact.stamp and contact.book is book]
        return [c for c in barred if (c.hours if book.policy.by_person else Hours()) in never]

    def hold(self, phone: str, until: datetime, now: datetime) -> None:
        """Hold a person, or lift a hold with a time that is past."""
        self.held[phone] = until
        waiting = [(now if bar[3].phone == phone else bar[0], *bar[1:]) for bar in self.barred]
        heapq.heapify(waiting)
        self.barred = waiting

    def put_back(self, contact: Contact) -> None:
        contact.book.stand(contact)

    def claim(self, contact: Contact, launch: Launch) -> Call:
        """Write a launch: contact, board, counts. The contact is being dialed."""
        assert contact.due is not None and self.day is not None
        call = Call(
            contact,
            launch,
            contact.book.run,
            contact.attempt + 1,
            contact.next_call(),
            contact.status,
            contact.due,
            contact.callback,
        )
        rank = contact.rank
        contact.book.move(contact, ContactStatus.DIALING)
        contact.rank = rank
        contact.attempts += 1
        contact.attempt += 1
        contact.sequence += 1
        contact.awaiting = call
        call.reserved = pacing.estimate(contact.book.policy, self.board.carriers[launch.carrier])
        self.in_call[contact.phone] += 1
        call.called_before, contact.called_at = contact.called_at, launch.at
        self.callers[contact.phone][contact.book.ref] = contact
        if self.caps != NO_CAPS:
            week = [at for at in self.launched[contact.phone] if at + caps.WEEK > launch.at]
            self.launched[contact.phone] = [*week, launch.at]
        self.calls_on[launch.number, self.day] += 1
        self.last_launch = launch.at
        after(self.board, launch)
        return call

    def hang_up(self, call: Call) -> None:
        """The call is no longer live: its slots are free, and whoever waited for the person may go on."""
        contact, launch = call.contact, call.launch
        assert launch is not None
        self.settle_cost(call, launch.carrier)
        self.set_state(contact.book, live=self.state(contact.book).live - 1)
        self.leave(contact, launch.carrier)

    def called_by(self, phone: str) -> Contact | None:
        """The contact of the open campaign that called this person last."""
        open_ones = [c for c in self.callers.get(phone, {}).values() if c.book.open and c.called_at is not None]
        return max(open_ones, key=lambda contact: contact.called_at, default=None)  # type: ignore[arg-type, return-value]

    def enter(self, contact: Contact, carrier_ref: Id) -> None:
        """A call from the person has begun: they are not called meanwhile, and it takes a channel."""
        carrier = self.board.carriers[carrier_ref]
        self.board.carriers[carrier_ref] = replace(carrier, live=carrier.live + 1)  # type: ignore[index]
        self.in_call[contact.phone] += 1

    def settle_cost(self, call: Call, carrier_ref: Id) -> None:
        """What the call cost lowers budget and balance; what was kept back for it is free again."""
        book, carrier = call.contact.book, self.board.carriers[carrier_ref]
        cost = Decimal(0)
        if call.outcome != Outcome.CANCELLED:
            rate = book.policy.agent_rate + carrier.rate
            cost = (Decimal(str(call.talk_seconds)) * rate / 60).quantize(Decimal("0.0001"))
        left = self.state(book).budget_left
        if left is not None:
            self.set_state(book, budget_left=left + call.reserved - cost)
        if self.board.balance is not None and cost:
            self.board = replace(self.board, balance=self.board.balance - cost)

    def leave(self, contact: Contact, carrier_ref: Id) -> None:
        """A call with the person is over: a channel is free, and who waited for them may go on."""
        carrier = self.board.carriers[carrier_ref]
        self.board.carriers[carrier_ref] = replace(carrier, live=carrier.live - 1)  # type: ignore[index]
        self.in_call[contact.phone] -= 1
        if self.in_call[contact.phone]:
            return
        for waiting, stamp in self.aside.pop(contact.phone, ()):
            if stamp == waiting.stamp:
                self.put_back(waiting)

    def give_back(self, call: Call) -> None:
        """A withdrawn call was no attempt: the contact has again what it had, and so have caps and rotation."""
        assert call.launch is not None
        contact, book, number = call.contact, call.contact.book, call.launch.number
        if call.launch.at in self.launched[contact.phone]:
            self.launched[contact.phone].remove(call.launch.at)
        contact.called_at = call.called_before
        contact.attempts -= 1
        contact.attempt -= 1
        contact.sequence -= 1
        contact.awaiting = None
        book.move(contact, call.status_before, call.due_before, contact.rank if call.due_before else None)
        day = call.launch.at.astimezone(self.zone).date()
        self.calls_on[number, day] -= 1
        if day == self.day:
            state = self.board.numbers[number]
            self.board.numbers[number] = replace(state, calls_today=state.calls_today - 1)  # type: ignore[index]
        state_of = self.state(book)
        pool = tuple(
            replace(entry, calls_in_run=entry.calls_in_run - 1) if entry.number == number else entry
            for entry in state_of.pool
        )
        left = None if state_of.pilot_left is None else state_of.pilot_left + 1
        self.set_state(book, pool=pool, pilot_left=left)


class Taken(Mapping[Id, Sequence[Person]]):
    """The queues of one deal. A campaign's people leave their lines when it is first asked for them."""

    def __init__(self, memory: Memory, board: Board, now: datetime) -> None:
        self.memory, self.board, self.now = memory, board, now
        self.contacts: list[Contact] = []
        self.queues: dict[Id, Sequence[Person]] = {}

    def __getitem__(self, campaign: Id) -> Sequence[Person]:
        if campaign not in self.queues:
            book = self.memory.books[str(campaign)]
            contacts = self.memory.queue(book, room(self.board, campaign, self.now), self.now)
            self.contacts += contacts
            self.queues[campaign] = [person(contact) for contact in contacts]
        return self.queues[campaign]

    def __iter__(self) -> Iterator[Id]:
        return iter(self.board.campaigns)

    def __len__(self) -> int:
        return len(self.board.campaigns)

    def put_back(self) -> None:
        """Who was not launched stands in line again."""
        for contact in self.contacts:
            if contact.waiting:
                contact.book.stand(contact)


def person(contact: Contact) -> Person:
    assert contact.due is not None
    return Person(contact.place, contact.phone, contact.hours, contact.rank, contact.due)


def _pool(campaign: ScenarioCampaign) -> tuple[PoolEntry, ...]:
    return tuple(PoolEntry(each.ref, place, each.active, each.weight) for place, each in enumerate(campaign.numbers))
