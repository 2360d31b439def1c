"""A campaign's rows run on by the dialer's own rules on the virtual clock, until it is over."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.choices import CampaignStatus, ContactStatus, Outcome, Rank
from campaigns.dialing import pacing
from campaigns.dialing.book import Book, Call, Contact
from campaigns.dialing.trace import Trace
from campaigns.dialing.values import Id, Launch, Person, Wait
from campaigns.dialing.virtual import Virtual, play
from campaigns.dialing.world import Kind
from campaigns.forecasting.outcomes import Draw
from campaigns.forecasting.reading import Awaited, Standing

HOUR = timedelta(hours=1)
WINDOW = "window"
LATER = "later"
CAPPED = "capped"


@dataclass(slots=True)
class Told:
    """What a run brought."""

    calls: Counter[datetime] = field(default_factory=Counter)  # hour → launches
    cost: dict[datetime, Decimal] = field(default_factory=dict)
    answered: Counter[datetime] = field(default_factory=Counter)
    conversations: int = 0
    talk_seconds: float = 0
    bound: dict[str, float] = field(default_factory=dict)  # what was waited for → seconds
    finished: datetime | None = None
    ended_as: str = ""
    reason: str = ""


class _Silent(Trace):
    """Words nothing: a forecast tells figures, and wording its lines would take a tenth of its time."""

    def _nothing(self, *told: Any, **more: Any) -> None:
        pass

    campaign = launch = end = contact = final = _nothing


class Foresight(Virtual):
    """`draw` says what each call brings, at the moment at which it is launched."""

    def __init__(self, standing: Standing, draw: Draw, starts_at: datetime) -> None:
        super().__init__(standing.scenario, _Silent(lambda line: None))
        self.standing, self.draw, self.told = standing, draw, Told()
        self.book: Book = next(iter(self.memory.books.values()))
        self.ids: list[int] = []  # place → campaign contact
        self.over: set[int] = set()  # places of those who were final before
        self.since, self.waits_for = starts_at, ""
        self._take_board()
        for row in standing.people:
            self._enrol_row(row)
        self.at(starts_at, Kind.ACTION, self._go)

    def run(self) -> Told:  # type: ignore[override]
        super().run()
        self._waited(self.told.finished or self.now)
        self.told.bound.pop("", None)
        return self.told

    # ── how it stands ──

    def _take_board(self) -> None:
        """Calls of today, turns and counts as a tick would read them now."""
        memory, given, sample = self.memory, self.standing.board, self.standing.sample
        state = next(each for each in given.campaigns.values() if str(each.policy.campaign) == self.book.ref)
        memory.turn_day(self.now)
        assert memory.day is not None
        for ref, number in given.numbers.items():
            calls = number.calls_today // sample.step
            memory.calls_on[str(ref), memory.day] = calls
            mine = memory.board.numbers[str(ref)]
            memory.board.numbers[str(ref)] = replace(mine, calls_today=calls, last_used=number.last_used)  # type: ignore[index]
        for ref, carrier in given.carriers.items():
            if str(ref) in memory.board.carriers:
                mine_too = memory.board.carriers[str(ref)]
                memory.board.carriers[str(ref)] = replace(  # type: ignore[index]
                    mine_too, launched=carrier.launched, rest_until=carrier.rest_until
                )
        used = {str(entry.number): entry.calls_in_run // sample.step for entry in state.pool}
        pool = tuple(replace(e, calls_in_run=used[str(e.number)]) for e in memory.state(self.book).pool)
        memory.set_state(
            self.book,
            pool=pool,
            turns={str(ref): at for ref, at in state.turns.items()},
            last_launched=state.last_launched,
            budget_left=sample.money(state.budget_left),
            day=state.day,
            pilot_left=None,  # as if its review took no time
        )
        memory.launched.update(self.standing.launched)

    def _enrol_row(self, row: tuple[Any, ...]) -> None:
        pk, number, hours, priority, rank, status, reason, due, due_held, *counts, run, added_at, held, primary = row
        contact = Contact(
            book=self.book,
            place=len(self.book.contacts),
            phone=number,
            priority=priority,
            hours=self.standing.hours.get(hours, self.standing.hours[0]),
            added_at=added_at,
            script=(),
            primary=primary or "",
            run=max(run, 1),
        )
        contact.attempts, contact.attempt, contact.sequence, contact.voicemails, contact.callbacks = counts
        contact.status, contact.reason = status, reason
        self.ids.append(pk)
        self.book.enrol(contact)
        if contact.final:
            self.over.add(contact.place)
        contact.rank = rank
        contact.due, contact.callback = due or due_held, rank == Rank.CALLBACK
        if held is not None and held > self.now:
            self.memory.held[number] = held

    def _go(self) -> None:
        """Start or Resume: a fresh campaign begins; one under way goes on with whom it has in calls."""
        run, book = self.standing.run, self.book
        if run is None:
            self.begin(book)
            return
        book.run, book.run_started = run.run, run.started_at
        self.set_status(book, CampaignStatus.RUNNING)
        for contact in book.contacts:
            if contact.waiting and contact.due is not None:
                book.stand(contact)
        self.fix_day(book)
        for place, pk in enumerate(self.ids):
            contact = book.contacts[place]
            if contact.status in (ContactStatus.DIALING, ContactStatus.CALLED):
                self._goes_on(contact, self.standing.awaited.get(pk))
        for contact in book.contacts if book.policy.after_primary else ():
            if not contact.primary:
                self.follow(contact, changed=False)
        self.review(book)

    def _goes_on(self, contact: Contact, found: Awaited | None) -> None:
        """A live call lasts from its launch on as a new one would; of one that has ended the verdict comes."""
        number = str(found.number) if found else self._any_number()
        carrier = str(found.carrier if found else self.memory.board.numbers[number].carrier)
        launched_at = found.launched_at if found else self.now
        person = Person(contact.place, contact.phone, contact.hours, contact.rank, self.now)
        launch = Launch(self.book.ref, person, number, carrier, launched_at)
        script = self._drawn(contact, contact.sequence - 1, contact.attempt, launched_at)
        status = ContactStatus.PENDING if contact.attempt < 2 else ContactStatus.RETRY
        call = Call(contact, launch, self.book.run, contact.attempt, script, status, self.now, False)
        contact.awaiting = call
        length, said = play(call, self.book.policy)
        if found is not None and found.ended_at is not None:
            call.outcome, call.talk_seconds, call.ended_at = found.outcome, found.talk_seconds, found.ended_at
            verdict_at = max(found.verdict_at or self.now, self.now)
            self.at(verdict_at, Kind.VERDICT, lambda: self._conclude(call, said))
            return
        state, board = self.memory.state(self.book), self.memory.board
        self.memory.set_state(self.book, live=state.live + 1)
        board.carriers[carrier] = replace(board.carriers[carrier], live=board.carriers[carrier].live + 1)  # type: ignore[index]
        self.memory.in_call[contact.phone] += 1
        call.reserved = pacing.estimate(self.book.policy, board.carriers[carrier])
        self.at(max(launched_at + length, self.now), Kind.END, lambda: self._end(call, said))

    def _any_number(self) -> str:
        return str(self.memory.state(self.book).pool[0].number)

    # ── what comes ──

    def _drawn(self, contact: Contact, number: int, attempt: int, at: datetime) -> Any:
        return self.draw(self.ids[contact.place], max(number, 0), max(attempt, 1), at)

    def _launch(self, launch: Launch) -> None:
        contact = self.book.contacts[launch.person.id]
        contact.script = (self._drawn(contact, contact.sequence, contact.attempt + 1, launch.at),)
        super()._launch(launch)
        call = contact.awaiting
        assert call is not None
        self._count(call, launch.carrier)

    def _count(self, call: Call, carrier: Id) -> None:
        assert call.launch is not None
        told, hour = self.told, call.launch.at.replace(minute=0, second=0, microsecond=0)
        rate = self.book.policy.agent_rate + self.memory.board.carriers[carrier].rate
        cost = (Decimal(str(call.talk_seconds)) * rate / 60).quantize(Decimal("0.0001"))
        told.calls[hour] += 1
        told.cost[hour] = told.cost.get(hour, Decimal(0)) + cost
        told.talk_seconds += call.talk_seconds
        if call.outcome == Outcome.HUMAN:
            told.answered[hour] += 1
            told.conversations += call.script.findings.spoke

    def set_status(self, book: Book, status: str, reason: str = "") -> None:
        super().set_status(book, status, reason)
        if status not in (CampaignStatus.RUNNING, CampaignStatus.SCHEDULED):
            self.told.finished, self.told.ended_as, self.told.reason = self.now, str(status), reason

    # ── what binds ──

    def _look_again(self, book: Book, wait: Wait) -> datetime:
        self._waited(self.now)
        self.waits_for = self._named(book, wait)
        return super()._look_again(book, wait)

    def _waited(self, until: datetime) -> None:
        seconds = max(0.0, (until - self.since).total_seconds())
        self.told.bound[self.waits_for] = self.told.bound.get(self.waits_for, 0) + seconds
        self.since = max(self.since, until)

    def _named(self, book: Book, wait: Wait) -> str:
        if wait.reason == pacing.NUMBERS and wait.figures.get("capped"):
            return CAPPED
        if wait.reason != pacing.NO_DUE_CONTACT:
            return "" if wait.reason == pacing.MORE else wait.reason
        return LATER if any(line.open for line in book.lines.values()) else WINDOW
