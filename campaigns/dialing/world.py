"""A scenario's world: the memory store, the events of the virtual clock, the trace; what time and actions do in it."""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

import phonenumbers

from accounts import phone
from campaigns.choices import CampaignStatus, ContactStatus, GoalWord
from campaigns.dialing import ending, pacing, window
from campaigns.dialing import family as families
from campaigns.dialing.book import Book, Contact
from campaigns.dialing.family import Member
from campaigns.dialing.memory import Memory
from campaigns.dialing.scenario import Scenario
from campaigns.dialing.scenario_people import ScenarioContact, ScriptedCall
from campaigns.dialing.trace import Trace
from campaigns.dialing.values import Board, CarrierState, Hours, NumberState, Policy


class Kind(IntEnum):
    """The order of events at one instant; launches come after all of them."""

    END = 0
    VERDICT = 1
    SYSTEM = 2
    ACTION = 3


class World:
    def __init__(self, scenario: Scenario, trace: Trace) -> None:
        self.scenario = scenario
        self.trace = trace
        self.now = scenario.start
        self.memory = _memory(scenario)
        self.events: list[tuple[datetime, int, int, Callable[[], None]]] = []
        self.pushed = 0
        for campaign in scenario.campaigns:
            book = self.memory.books[campaign.ref] = Book(campaign)
            self.memory.begin_run(book)
            for person in campaign.contacts:
                self.enrol(book, person)

    def at(self, when: datetime, kind: Kind, event: Callable[[], None]) -> None:
        self.pushed += 1
        heapq.heappush(self.events, (when, kind, self.pushed, event))

    def enrol(self, book: Book, person: ScenarioContact) -> Contact | None:
        """Put a person at the end of a campaign's list, a suppressed one excluded; None when they are in it already."""
        if person.phone_number in book.by_phone:
            return None
        contact = Contact(
            book=book,
            place=len(book.contacts),
            phone=person.phone_number,
            priority=person.priority,
            hours=_hours(person, book.policy),
            added_at=self.now,
            script=person.calls,
            primary=person.primary if book.policy.after_primary else "",
            run=book.run,
        )
        book.enrol(contact)
        if contact.phone in self.memory.suppressed:
            self.settle(contact, ContactStatus.EXCLUDED, "suppressed")
        return contact

    def inbound(self, contact: Contact, number: str, script: ScriptedCall) -> None:
        raise NotImplementedError

    # ── contacts ──

    def settle(
        self, contact: Contact, status: str, reason: str, due: datetime | None = None, rank: int | None = None
    ) -> None:
        """Give a contact its status, and say so in the trace; for a pending one its place says when it is due."""
        self._write(contact, status, reason, due, rank)
        if contact.book.policy.after_primary:
            self.follow(contact)

    def fail(self, contacts: Sequence[Contact], reason: str) -> None:
        """These people of one campaign can never be called: all of them fail before a family takes its turn."""
        for contact in contacts:
            self._write(contact, ContactStatus.FAILED, reason)
        for contact in contacts:
            if contact.book.policy.after_primary:
                self.follow(contact)

    def _write(
        self, contact: Contact, status: str, reason: str, due: datetime | None = None, rank: int | None = None
    ) -> None:
        book = contact.book
        book.move(contact, status, due, rank)
        contact.reason = reason
        told = None if status == ContactStatus.PENDING else due
        self.trace.contact(self.now, book.ref, contact.phone, book.run, status, reason, told)

    def follow(self, contact: Contact, *, changed: bool = True) -> None:
        """Whoever of the contact's family is next becomes due, who waits is not, who is not needed is excluded.
        `changed`: the contact has just become what it is."""
        book = contact.book
        family = book.family(contact)
        if len(family) < 2:
            return
        members = [_member(c, book.run) for c in family]
        turn = families.turn(members, {contact.place} if changed else ())
        for place in turn.later:
            book.wait_for_turn(book.contacts[place])
        for place in turn.not_needed:  # each once: the turn has looked at the whole family
            self._write(book.contacts[place], ContactStatus.EXCLUDED, "not_needed")
        if turn.next is not None and book.run_started is not None and book.open:
            following = book.contacts[turn.next]
            if following.due is None:
                self.settle(following, ContactStatus.PENDING, "after_primary", self.now)

    def replace_verdict(self, contact: Contact) -> None:
        """Whatever becomes of the contact now stands in place of the verdict that was awaited."""
        if contact.awaiting is not None:
            contact.awaiting.replaced = True
            contact.awaiting = None

    def suppress(self, number: str) -> None:
        """Nobody calls this number any more: its contact in each campaign is excluded, unless final or being dialed."""
        self.memory.suppressed.add(number)
        for book in self.memory.books.values():
            contact = book.by_phone.get(number)
            if contact is None or contact.final or contact.status == ContactStatus.DIALING:
                continue
            self.replace_verdict(contact)
            self.settle(contact, ContactStatus.EXCLUDED, "suppressed")
            self.review(book)

    # ── campaigns ──

    def set_status(self, book: Book, status: str, reason: str = "") -> None:
        book.status = status
        self.trace.campaign(self.now, book.ref, status, reason)

    def begin(self, book: Book) -> None:
        """The campaign runs; with its first moment in a run everybody takes their place."""
        self.set_status(book, CampaignStatus.RUNNING)
        book.ended.clear()
        if book.run_started is None:
            book.run_started = self.now
            book.line_up()
            for contact in book.contacts if book.policy.after_primary else ():
                if not contact.primary:
                    self.follow(contact, changed=False)
        self.review(book)

    def arm(self, book: Book, starts_at: datetime) -> None:
        self.set_status(book, CampaignStatus.SCHEDULED)
        self.at(starts_at, Kind.SYSTEM, lambda: self.start_time(book))

    def start_time(self, book: Book) -> None:
        """The start time of a scheduled campaign has come."""
        if book.status != CampaignStatus.SCHEDULED:
            return
        blockers = self.blockers(book)
        if blockers:
            self.set_status(book, CampaignStatus.PAUSED, " ".join(blockers))
        else:
            self.begin(book)

    def blockers(self, book: Book) -> list[str]:
        """Why this campaign is not ready to dial: one sentence each."""
        found = []
        if not any(self._usable(book, entry.number) for entry in self.memory.state(book).pool if entry.active):
            found.append("No number of the pool can be used: each is inbound-only, disabled or excluded.")
        if not book.contacts and not book.policy.always_on:
            found.append("The campaign has no contacts.")
        if self.memory.board.balance is not None and self.memory.board.balance <= 0:
            found.append("The workspace's balance is used up.")
        if book.run > 1 or book.run_started is not None:
            found += self._no_budget(book)
        return found

    def _no_budget(self, book: Book) -> list[str]:
        """Whether the budget has no room for even the cheapest call of the pool."""
        state, board = self.memory.state(book), self.memory.board
        if state.budget_left is None:
            return []
        carriers = [board.carriers[board.numbers[entry.number].carrier] for entry in state.pool]
        cheapest = min((pacing.estimate(book.policy, carrier) for carrier in carriers), default=Decimal(0))
        return ["The budget is used up."] if cheapest > state.budget_left else []

    def _usable(self, book: Book, ref: object) -> bool:
        number = self.memory.board.numbers[ref]
        carrier = self.memory.board.carriers[number.carrier]
        return number.outbound and carrier.enabled and number.spam_score < book.policy.spam_threshold

    def end_campaign(self, book: Book, status: str, reason: str) -> None:
        """Nothing is called any more; live calls still get their verdicts, callbacks are cancelled."""
        self.set_status(book, status, reason)
        book.rest()

    def fix_day(self, book: Book) -> None:
        """The run's first launch fixes the single day."""
        day = self.memory.state(book).day
        if day is None or book.day_closes is not None:
            return
        keys = list(book.hours) if book.policy.by_person else [Hours()]
        ends = [closes for hours in keys if (closes := window.closes(book.policy, hours, day))]
        book.day_closes = max(ends, default=self.now)
        book.rejudge()
        self.at(book.day_closes, Kind.SYSTEM, lambda: self.review(book))

    def review(self, book: Book) -> None:
        """Complete the campaign when it is over; pause it when its pilot is done or too many calls fail."""
        running = book.status == CampaignStatus.RUNNING
        if not running and book.status != CampaignStatus.PAUSED:
            return
        reason = ending.over(book.policy, self._counts(book), self.now, running=running, day_closes=book.day_closes)
        if reason:
            self.end_campaign(book, CampaignStatus.COMPLETED, reason)
        elif running and self._pilot_done(book):
            self.set_status(book, CampaignStatus.PAUSED, "pilot")
        elif running and self._failing(book):
            self.set_status(book, CampaignStatus.PAUSED, "error_rate")

    def _counts(self, book: Book) -> ending.Counts:
        counts = book.counts
        return ending.Counts(
            waiting=counts[ContactStatus.PENDING] + counts[ContactStatus.RETRY],
            dialing=counts[ContactStatus.DIALING],
            called=counts[ContactStatus.CALLED],
            live=self.memory.state(book).live + book.inbound,
        )

    def _pilot_done(self, book: Book) -> bool:
        left, size = self.memory.state(book).pilot_left, book.campaign.pilot_size
        if left is None or size is None:
            return False
        undecided = book.counts[ContactStatus.DIALING] + book.counts[ContactStatus.CALLED]
        return ending.pilot_done(size, size - left, undecided)

    def _failing(self, book: Book) -> bool:
        limit = book.policy.max_error_rate
        rate = None if limit is None else ending.error_rate(book.ended)
        return limit is not None and rate is not None and rate > limit


def _member(contact: Contact, run: int) -> Member:
    """What an earlier run brought ends nothing in this one: the restart revived the others of the family."""
    by_hand = contact.status == ContactStatus.RETRY and contact.reason == "by_hand"
    if contact.run == run:
        return Member(contact.place, contact.status, contact.goal == GoalWord.ACHIEVED, by_hand)
    passed = contact.status == ContactStatus.COMPLETED
    return Member(contact.place, ContactStatus.FAILED if passed else contact.status, by_hand=by_hand)


def _memory(scenario: Scenario) -> Memory:
    memory = Memory(scenario.timezone, scenario.caps)
    memory.suppressed = set(scenario.suppressed)
    memory.board = Board({}, {}, {}, scenario.balance)
    countries = any(campaign.policy.prefer_country for campaign in scenario.campaigns)
    for carrier in scenario.carriers:
        memory.board.carriers[carrier.ref] = CarrierState(  # type: ignore[index]
            carrier.ref, carrier.max_cps, carrier.max_channels, enabled=carrier.enabled, rate=carrier.rate
        )
    for number in scenario.numbers:
        country = number.country or (_place(number.phone_number).country if countries else "")
        memory.board.numbers[number.ref] = NumberState(  # type: ignore[index]
            number.ref, number.carrier, country, number.spam_score, outbound=number.outbound
        )
        memory.phones[number.ref] = number.phone_number
    return memory


def _hours(person: ScenarioContact, policy: Policy) -> Hours:
    """What the person's hours depend on; read from the number only where the campaign asks."""
    if not (policy.by_person or policy.prefer_country):
        return Hours()
    found = _place(person.phone_number)
    country = person.country or found.country
    if country == found.country:
        return Hours(country, found.region, (person.timezone,) if person.timezone else found.zones)
    # The number is of another country: they may be here or there.
    either = tuple(sorted({*found.zones, *phone.zones_of(country)}))
    return Hours(country, "", (person.timezone,) if person.timezone else either)


def _place(number: str) -> Hours:
    """Country and zones of a number; one that no country uses has those of its calling code."""
    try:
        found = phone.read(number, "")
        return Hours(found.country, found.region, found.zones)
    except phone.NotAPhoneNumber:
        pass
    try:
        code = phonenumbers.parse(number, None).country_code or 0
    except phonenumbers.NumberParseException:
        return Hours()
    country = phonenumbers.region_code_for_country_code(code)
    return Hours(country, "", phone.zones_of(country)) if country not in ("ZZ", "001") else Hours()
