"""The memory store: campaigns, board and people in calls as plain objects. It keeps state; the rules are elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.choices import ContactStatus
from campaigns.dialing.book import Book, Call, Contact
from campaigns.dialing.pacing import after, room
from campaigns.dialing.scenario_campaigns import ScenarioCampaign
from campaigns.dialing.values import Board, CampaignState, Id, Launch, Person, PoolEntry


class Memory:
    """One workspace: campaigns, the board, who is in a call, who is suppressed."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.books: dict[str, Book] = {}
        self.board = Board({}, {}, {})
        self.phones: dict[str, str] = {}  # number ref → E.164
        self.suppressed: set[str] = set()
        self.in_call: set[str] = set()
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
        """Take the next due people; those in a call elsewhere step aside until it ends, and park nobody."""
        found: list[Contact] = []
        while len(found) < want:
            taken = book.take(want - len(found), now)
            if not taken:
                break
            for contact in taken:
                if contact.phone in self.in_call:
                    self.aside[contact.phone].append((contact, contact.stamp))
                else:
                    found.append(contact)
        return found

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
        self.in_call.add(contact.phone)
        self.calls_on[launch.number, self.day] += 1
        self.last_launch = launch.at
        after(self.board, launch)
        return call

    def hang_up(self, call: Call) -> None:
        """The call is no longer live: its slots are free, and whoever waited for the person may go on."""
        contact, launch = call.contact, call.launch
        carrier = self.board.carriers[launch.carrier]
        self.board.carriers[launch.carrier] = replace(carrier, live=carrier.live - 1)  # type: ignore[index]
        self.set_state(contact.book, live=self.state(contact.book).live - 1)
        self.in_call.discard(contact.phone)
        for waiting, stamp in self.aside.pop(contact.phone, ()):
            if stamp == waiting.stamp:
                self.put_back(waiting)

    def give_back(self, call: Call) -> None:
        """A withdrawn call was no attempt: the contact has again what it had, and so have caps and rotation."""
        contact, book, number = call.contact, call.contact.book, call.launch.number
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
