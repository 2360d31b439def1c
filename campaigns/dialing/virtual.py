"""The dialer on a virtual clock: it jumps to the next instant at which something can change, and never polls."""

import heapq
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.choices import CampaignStatus, ContactStatus, GoalWord, Outcome, Rank
from campaigns.dialing import pacing, verdict, window
from campaigns.dialing.actions import act
from campaigns.dialing.book import FAR, Book, Call, Contact
from campaigns.dialing.memory import Taken
from campaigns.dialing.pacing import TICK
from campaigns.dialing.scenario import Scenario
from campaigns.dialing.scenario_people import ScriptedCall
from campaigns.dialing.trace import Trace
from campaigns.dialing.values import Board, EndedCall, Findings, Launch, Policy, Tries, Verdict, Wait
from campaigns.dialing.world import Kind, World

_GOALS: list[str] = list(GoalWord)  # best first


def run(scenario: Scenario, write: Callable[[str], object]) -> int:
    """Run a scenario and write its trace line by line; returns how many calls were launched."""
    dialer = Virtual(scenario, Trace(write))
    dialer.run()
    return dialer.launched


class Virtual(World):
    """Ends, verdicts, system and actions of an instant in this order, then launches, one microsecond apart."""

    def __init__(self, scenario: Scenario, trace: Trace) -> None:
        super().__init__(scenario, trace)
        self.launched = 0
        for action in scenario.actions:
            self.at(action.at, Kind.ACTION, lambda action=action: act(self, action))  # type: ignore[misc]

    def run(self) -> None:
        wake: datetime | None = None
        while (instant := self._next_instant(wake)) is not None and instant <= self.scenario.until:
            self.now = max(self.now, instant)
            while self.events and self.events[0][0] <= self.now:
                heapq.heappop(self.events)[3]()
            # What ends with the clock is still told; nothing is launched any more.
            wake = self.tick() if self.now < self.scenario.until else None
        for book in self.memory.books.values():
            for contact in book.contacts:
                self.trace.final(book.ref, contact.phone, contact.status, contact.sequence)

    def _next_instant(self, wake: datetime | None) -> datetime | None:
        event = self.events[0][0] if self.events else None
        return min(event, wake) if event and wake else event or wake

    # ── launches ──

    def tick(self) -> datetime | None:
        """Launch what can be launched now; returns when to look again if no event comes before."""
        memory = self.memory
        if not memory.running():
            return None
        if memory.last_launch is not None and self.now < memory.last_launch + TICK:
            return memory.last_launch + TICK
        memory.turn_day(self.now)
        memory.free(self.now)
        self._fail_the_hopeless()
        books = memory.running()
        states = {book.ref: memory.state(book) for book in books}
        board = Board(states, memory.board.carriers, memory.board.numbers, memory.board.balance)
        queues = Taken(memory, board, self.now)
        launches, waits = pacing.deal(board, queues, self.now, explain=False)
        whole = self._place(launches)
        queues.put_back()
        if not whole:
            return self.now + TICK
        for book in books:
            if waits[book.ref].reason == pacing.BUDGET:
                self.set_status(book, CampaignStatus.PAUSED, pacing.BUDGET)
        wakes = [self._look_again(book, waits[book.ref]) for book in books if book.dialing]
        return min([*wakes, *(bar[0] for bar in memory.barred[:1])], default=None)

    def _fail_the_hopeless(self) -> None:
        """Those without an allowed moment within the horizon are not waited for."""
        for book in self.memory.running():
            hopeless = book.judge(self.now, self.memory.state(book).day)
            hopeless += self.memory.barred_for_good(book)
            if hopeless:
                self.fail(sorted(hopeless, key=lambda contact: contact.place), "never_open")
                self.review(book)

    def _place(self, launches: list[Launch]) -> bool:
        """Launch in turn until an event comes in between or somebody else falls due. Whether all were launched."""
        comes_next = FAR
        if len(launches) > 1:
            comes_next = min((wake for book in self.memory.running() for wake in book.wakes()), default=FAR)
        for launch in launches:
            first = min(comes_next, self.events[0][0] if self.events else FAR)
            if (launch.at > self.now and first <= launch.at) or launch.at >= self.scenario.until:
                return False
            self.now = launch.at
            self._launch(launch)
        return True

    def _launch(self, launch: Launch) -> None:
        book = self.memory.books[str(launch.campaign)]
        contact = book.contacts[launch.person.id]
        call = self.memory.claim(contact, launch)
        self.launched += 1
        self.trace.launch(
            launch.at,
            book.ref,
            contact.phone,
            self.memory.phones[str(launch.number)],
            str(launch.carrier),
            call.attempt,
            call.run,
            call.callback,
        )
        self.fix_day(book)
        length, said = play(call, book.policy)
        self.at(launch.at + length, Kind.END, lambda: self._end(call, said))

    def _look_again(self, book: Book, wait: Wait) -> datetime:
        """The next instant at which this campaign may dial although no call ends and nobody acts."""
        wakes = [book.next_change or self.now + TICK]  # none: the first launch has just fixed the single day
        if wait.until is not None:
            wakes.append(wait.until)
        if wait.figures.get("capped"):
            wakes.append(self.memory.next_midnight(self.now))
        if wait.reason == pacing.NO_DUE_CONTACT:
            wakes += book.wakes()
        return min(wakes)

    # ── what comes of a call ──

    def _end(self, call: Call, said: Findings) -> None:
        contact, book = call.contact, call.contact.book
        call.ended_at = self.now
        self.memory.hang_up(call)
        self.trace.end(self.now, book.ref, contact.phone, call.attempt, call.run, call.outcome, call.talk_seconds)
        if call.outcome == Outcome.CANCELLED:
            self._withdraw(call)
            return
        book.ended = [*book.ended[-49:], call.outcome]
        decided_at = self.now
        if call.outcome == Outcome.HUMAN:
            book.move(contact, ContactStatus.CALLED)
            decided_at += book.policy.completion_timeout
        self.at(decided_at, Kind.VERDICT, lambda: self._conclude(call, said))
        self.review(book)

    # ── who calls us ──

    def inbound(self, contact: Contact, number: str, script: ScriptedCall) -> None:
        """A call from a person. It is no attempt; while it lasts they are not called."""
        book, carrier = contact.book, self.memory.board.numbers[number].carrier
        call = Call(contact, None, book.run, contact.attempt, script, contact.status, contact.due, contact.callback)
        call.outcome, call.talk_seconds = script.outcome, script.talk_seconds
        self.memory.enter(contact, carrier)
        book.inbound += 1
        self.trace.inbound(self.now, book.ref, contact.phone, self.memory.phones[number], call.talk_seconds)
        self.at(self.now + script.talk, Kind.END, lambda: self._end_inbound(call, carrier, script.findings))

    def _end_inbound(self, call: Call, carrier: object, said: Findings) -> None:
        """Where the person spoke, it stands in place of a retry that is pending; else the contact stays as it is."""
        contact, book = call.contact, call.contact.book
        call.ended_at = self.now
        self.memory.settle_cost(call, carrier)
        self.memory.leave(contact, carrier)
        book.inbound -= 1
        spoken = said.spoke and call.talk_seconds > 0
        if not spoken:  # nothing was said: of what a script gives only a do-not-call counts, to be safe
            said = Findings(do_not_call=said.do_not_call, spoke=False)
        if spoken and contact.status == ContactStatus.RETRY and book.open and call.run == book.run:
            book.move(contact, ContactStatus.CALLED)
            contact.awaiting = call
        else:
            call.replaced = True
        self.at(self.now + book.policy.completion_timeout, Kind.VERDICT, lambda: self._conclude(call, said))
        self.review(book)

    def _withdraw(self, call: Call) -> None:
        book = call.contact.book
        if book.status not in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            call.due_before = None
        self.memory.give_back(call)
        if call.contact.phone in self.memory.suppressed:
            self.settle(call.contact, ContactStatus.EXCLUDED, "suppressed")
        self.review(book)

    def _conclude(self, call: Call, said: Findings) -> None:
        """The verdict; where something stands in its place, only what the person said still counts."""
        contact, book = call.contact, call.contact.book
        if call.outcome == Outcome.HUMAN:
            contact.goal = min(contact.goal, said.primary_goal, key=_GOALS.index)
        if call.replaced:
            if said.do_not_call:
                self.suppress(contact.phone)
            return
        contact.awaiting = None
        contact.voicemails += call.outcome == Outcome.MACHINE
        decided = self._decide(call, replace(said, primary_goal=contact.goal))
        if decided.suppress:
            self.memory.suppressed.add(contact.phone)
        self._settle(contact, decided)
        if decided.suppress:
            self.suppress(contact.phone)
        self.review(book)

    def _decide(self, call: Call, said: Findings) -> Verdict:
        contact, policy = call.contact, call.contact.book.policy
        assert call.ended_at is not None
        tries = Tries(contact.attempts, contact.voicemails, contact.callbacks, contact.phone in self.memory.suppressed)
        ended = EndedCall(call.outcome, call.ended_at, call.talk_seconds, call.launch is None)  # type: ignore[arg-type]
        return verdict.decide(
            policy, tries, ended, said, self.now, lambda at: window.next_opening(policy, contact.hours, at)
        )

    def _settle(self, contact: Contact, decided: Verdict) -> None:
        contact.callbacks += decided.callback
        due, rank = decided.next_attempt_at, Rank.CALLBACK if decided.callback else None
        if contact.book.status not in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            due, rank = None, None  # stopped: a retry is not reached any more, a callback is cancelled
        self.settle(contact, decided.status, decided.reason, due, rank)


def play(call: Call, policy: Policy) -> tuple[timedelta, Findings]:
    """Let the script's call happen: how long it takes, and what analysis will say of it. Fills outcome and talk time.

    Ringing beyond the ring timeout is cut there and becomes rnr, whatever the script says.
    """
    script: ScriptedCall = call.script
    if script.ring > policy.ring_timeout:
        call.outcome = Outcome.RNR
        return policy.ring_timeout, Findings()
    call.outcome, call.talk_seconds = script.outcome, script.talk_seconds
    return script.ring + script.talk, script.findings
