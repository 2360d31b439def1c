"""Who is called now: the due people of all running campaigns, dealt out under every limit at once. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from campaigns.dialing import rotation, window
from campaigns.dialing.rotation import WhyNot
from campaigns.dialing.values import (
    Board,
    CampaignState,
    CarrierState,
    Id,
    Launch,
    Person,
    Policy,
    PoolEntry,
    Queues,
    Wait,
)
from campaigns.estimates import ASSUMED_TALK_SECONDS

TICK = timedelta(microseconds=1)  # launch k of a tick gets now + k µs, so that the order is total

NO_DUE_CONTACT = "no_due_contact"
SLOTS = "slots"
INTERVAL = "interval"
PILOT = "pilot"
CARRIER_CPS = "carrier_cps"
CARRIER_CHANNELS = "carrier_channels"
CARRIER_REST = "carrier_rest"
NUMBERS = "numbers"
BUDGET = "budget"
BALANCE = "balance"
MORE = "more"  # nothing binds: the next tick goes on
_CARRIER_REASONS = (("no_cps", CARRIER_CPS), ("no_channel", CARRIER_CHANNELS), ("resting", CARRIER_REST))


def deal(
    board: Board, queues: Queues, now: datetime, *, explain: bool = True, ahead: timedelta = timedelta(0)
) -> tuple[list[Launch], dict[Id, Wait]]:
    """Deal out launches until nobody can go, and say for each campaign of the board what binds it then.

    `queues` holds each campaign's due people in the order of their turn, nobody who is in a call, at least as many as
    `room` gives where there are so many. All launches lie within the clock minute of `now`: what is open at `now` is
    open at each of them. A carrier that several campaigns share goes by priority, then to the one whose last launch on
    it is longest ago. A campaign that waits for MORE has only been cut short: deal again at once.
    `ahead`: what a carrier's CPS allows within so long is dealt now, for its own time, as a turn takes time as well.
    Without `explain`, campaigns that no carrier could serve are told only that, without looking at their numbers.
    """
    hand = _Hand(board, queues, now, ahead)
    launches = list(hand.launches())
    return launches, hand.all_waits(explain)


def room(board: Board, campaign_id: Id, now: datetime, ahead: timedelta = timedelta(0)) -> int:
    """How many people to read for a deal at `now`: the most launches this campaign could get, and at least one, so that
    `deal` can tell "nobody is due" from "no number is free"; 0 when the campaign's own limits hold it."""
    state = board.campaigns[campaign_id]
    if _hold(board, state, now) is not None:
        return 0
    most = state.policy.concurrency - state.live
    if state.policy.interval:
        most = min(most, 1)
    if state.pilot_left is not None:
        most = min(most, state.pilot_left)
    left: dict[Id, int] = {}  # carrier → launches that the campaign's numbers on it have left today
    for entry in state.pool:
        number = board.numbers[entry.number]
        if rotation.number_bar(state.policy, entry, number) is None:
            left[number.carrier] = left.get(number.carrier, 0) + state.policy.daily_cap - number.calls_today
    return max(1, min(most, sum(min(n, _carrier_room(board.carriers[c], now, ahead)) for c, n in left.items())))


def estimate(policy: Policy, carrier: CarrierState) -> Decimal:
    """What a budget keeps back for one call while it is live: talk of the assumed length at agent's and carrier's rate,
    to a hundredth of a cent."""
    cost = (policy.agent_rate + carrier.rate) * ASSUMED_TALK_SECONDS / 60
    return cost.quantize(Decimal("0.0001"))


def after(board: Board, launch: Launch) -> None:
    """Write a launch into a board whose mappings are dicts: live counts, CPS, caps, turns, rotation, pilot, day,
    budget."""
    number = board.numbers[launch.number]
    board.numbers[launch.number] = replace(number, calls_today=number.calls_today + 1, last_used=launch.at)  # type: ignore[index]
    carrier = board.carriers[launch.carrier]
    board.carriers[launch.carrier] = replace(  # type: ignore[index]
        carrier,
        live=carrier.live + 1,
        launched=_launched(carrier, launch.at),
        slots=carrier.slots[1:] or carrier.slots,
    )
    state = board.campaigns[launch.campaign]
    board.campaigns[launch.campaign] = replace(  # type: ignore[index]
        state,
        live=state.live + 1,
        last_launched=launch.at,
        turns={**state.turns, launch.carrier: launch.at},
        pool=_used(state.pool, launch.number),
        pilot_left=None if state.pilot_left is None else state.pilot_left - 1,
        budget_left=None if state.budget_left is None else state.budget_left - estimate(state.policy, carrier),
        day=state.day
        or (window.day_of(state.policy, launch.person.hours, launch.at) if state.policy.single_day else None),
    )


class _Hand:
    """One deal: a copy of the board that every launch changes, and where each campaign stands in its queue."""

    def __init__(self, board: Board, queues: Queues, now: datetime, ahead: timedelta) -> None:
        self.given, self.now, self.at, self.horizon = board, now, now, now + ahead
        self.board = Board(dict(board.campaigns), dict(board.carriers), dict(board.numbers), board.balance)
        self.bars: rotation.Bars = {}
        self.free: dict[Id, datetime] = {}  # carrier → when its CPS allows the next launch, where that is soon
        self.queues = queues
        self.next = dict.fromkeys(board.campaigns, 0)
        self.place = {campaign: place for place, campaign in enumerate(board.campaigns)}
        self.calling: set[str] = set()
        self.waits: dict[Id, Wait] = {}
        self.offers: dict[Id, tuple[Person, PoolEntry]] = {}
        # What was read for this deal holds until then: the clock minute, and the end of what somebody waits for.
        self.ends = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for carrier in self.board.carriers:
            self._look_at(carrier)

    def launches(self) -> Iterator[Launch]:
        while self.at < self.ends and (campaign := self._turn()) is not None:
            if self.at >= self.ends:
                return  # somebody of better right must be read anew: who is next after them is not known now
            person, entry = self.offers[campaign]
            carrier = self.board.numbers[entry.number].carrier
            launch = Launch(campaign, person, entry.number, carrier, max(self.at, self.free[carrier]))
            if launch.at >= self.ends:
                self.at = self.ends
                return
            after(self.board, launch)
            self.next[campaign] += 1
            self.calling.add(person.phone_number)
            self.at = launch.at + TICK
            self._look_at(carrier)
            self._withdraw_offers(launch)
            yield launch

    def _look_at(self, carrier: Id) -> None:
        """What keeps this carrier from another launch; its CPS does not when it allows one soon."""
        state = self.board.carriers[carrier]
        bar = rotation.carrier_bar(state, self.at)
        self.free[carrier] = self.at
        if bar and bar[0] == "no_cps" and bar[1] and self.at < bar[1] <= self.horizon:
            self.free[carrier] = bar[1]
            bar = rotation.carrier_bar(state, bar[1])
        self.bars[carrier] = bar
        self._ends_with(bar[1] if bar else None)

    def all_waits(self, explain: bool) -> dict[Id, Wait]:
        """What each campaign waits for, now that the deal is over."""
        for campaign in self.board.campaigns:
            if campaign not in self.waits and (not explain or self._offer(campaign)):
                self.waits[campaign] = Wait(MORE, {}, self.at) if self.at >= self.ends else self._no_carrier()
        return self.waits

    def _turn(self) -> Id | None:
        """The campaign of highest priority that can go, of these the one whose last launch on the carrier that it would
        use is longest ago. Campaigns are asked only as long as one of better right may be among them."""
        free = [carrier for carrier, bar in self.bars.items() if bar is None]
        if not free:
            return None
        asked = sorted(
            (self._at_best(campaign, free), campaign) for campaign in self.place if campaign not in self.waits
        )
        best: tuple[tuple, Id] | None = None
        for right, campaign in asked:
            if best is not None and best[0] < right:
                break
            if self._offer(campaign):
                number = self.board.numbers[self.offers[campaign][1].number]
                turn = self._at_best(campaign, [number.carrier])
                best = (turn, campaign) if best is None or turn < best[0] else best
        return best[1] if best else None

    def _at_best(self, campaign: Id, carriers: list[Id]) -> tuple:
        """The best right that a campaign could have on one of these carriers; the smaller goes first."""
        state = self.board.campaigns[campaign]
        last = min(state.turns.get(carrier, rotation.NEVER) for carrier in carriers)
        return state.policy.priority, last, self.place[campaign]

    def _withdraw_offers(self, launch: Launch) -> None:
        """Offers that the launch may have changed: its campaign's, all on its carrier, all to its person."""
        for campaign, (person, entry) in list(self.offers.items()):
            shares = self.board.numbers[entry.number].carrier == launch.carrier
            if campaign == launch.campaign or shares or person.phone_number == launch.person.phone_number:
                del self.offers[campaign]

    def _offer(self, campaign: Id) -> bool:
        """Whom this campaign would call next and from which number; when there is none, what it waits for."""
        if campaign in self.offers:
            return True
        state = self.board.campaigns[campaign]
        wait = _hold(self.board, state, self.at)
        if wait is None and state.policy.contact_local and state.day != self.given.campaigns[campaign].day:
            wait = Wait(MORE, {}, self.at)  # the single day is fixed now: who else is open must be read anew
        if wait is None:
            wait = self._match(campaign, state)
        if wait is not None:
            self.waits[campaign] = wait
            self._ends_with(wait.until)
        return wait is None

    def _match(self, campaign: Id, state: CampaignState) -> Wait | None:
        """Offer the next person with a number; the wait when there is no person or no number."""
        person = self._next_person(campaign)
        if person is None:
            most = room(self.given, campaign, self.now, self.horizon - self.now)
            # Nobody was read for a campaign that was held then, and by now, within this deal, is not.
            cut = not most or 0 < len(self.queues.get(campaign, ())) >= most
            return Wait(MORE, {}, self.at) if cut else Wait(NO_DUE_CONTACT)
        entry, why = rotation.pick(state, self.board, person, self.at, self.bars)
        if entry is None:
            return self._named(_wait(why, len(state.pool)), state)
        if state.budget_left is not None:
            wanted = estimate(state.policy, self.board.carriers[self.board.numbers[entry.number].carrier])
            if wanted > state.budget_left:
                return Wait(BUDGET, {"left": str(state.budget_left), "estimate": str(wanted)})
        self.offers[campaign] = person, entry
        return None

    def _named(self, wait: Wait, state: CampaignState) -> Wait:
        """Of a carrier's limit: which campaign of better right uses it up."""
        if wait.reason not in (CARRIER_CPS, CARRIER_CHANNELS):
            return wait
        carriers = {self.board.numbers[entry.number].carrier for entry in state.pool}
        rivals = [
            (last, self.place[campaign], campaign)
            for campaign, other in self.board.campaigns.items()
            if other.policy.priority < state.policy.priority
            for carrier, last in other.turns.items()
            if carrier in carriers and (last > self.at - rotation.SECOND or wait.reason == CARRIER_CHANNELS)
        ]
        if not rivals:
            return wait
        return replace(wait, figures={**wait.figures, "campaign": max(rivals)[2]})

    def _next_person(self, campaign: Id) -> Person | None:
        queue = self.queues.get(campaign, ())
        while self.next[campaign] < len(queue):
            person = queue[self.next[campaign]]
            if person.phone_number not in self.calling:
                return person
            self.next[campaign] += 1
        return None

    def _no_carrier(self) -> Wait:
        until = min((bar[1] for bar in self.bars.values() if bar and bar[1]), default=None)
        return Wait(CARRIER_CPS if until else CARRIER_CHANNELS, {}, until)

    def _ends_with(self, until: datetime | None) -> None:
        self.ends = min(self.ends, until or self.ends)


def _hold(board: Board, state: CampaignState, at: datetime) -> Wait | None:
    """What keeps a campaign from launching at `at`, whoever is due and whatever its numbers can do."""
    policy = state.policy
    if board.balance is not None and board.balance <= 0:
        return Wait(BALANCE, {"balance": str(board.balance)})
    if state.live >= policy.concurrency:
        return Wait(SLOTS, {"live": state.live, "limit": policy.concurrency})
    if state.pilot_left is not None and state.pilot_left <= 0:
        return Wait(PILOT)
    if policy.interval and state.last_launched is not None and state.last_launched + policy.interval > at:
        return Wait(INTERVAL, {"seconds": int(policy.interval.total_seconds())}, state.last_launched + policy.interval)
    return None


def _wait(why: WhyNot, pool: int) -> Wait:
    """A pool without a usable number: the carrier's limit where a number is otherwise fit, else the numbers."""
    figures = {"numbers": pool, **why.counts}
    for word, reason in _CARRIER_REASONS:
        if why.counts[word]:
            return Wait(reason, figures, why.until)
    return Wait(NUMBERS, figures)


def _carrier_room(carrier: CarrierState, now: datetime, ahead: timedelta) -> int:
    """How many launches this carrier allows from `now` until `ahead`."""
    ends = now + ahead
    bar = rotation.carrier_bar(carrier, ends)
    if bar is not None:
        return 0
    if carrier.max_cps < 1:
        return 1
    recent = sum(1 for at in carrier.launched if at > ends - rotation.SECOND)
    most = min(carrier.max_channels - carrier.live, int(carrier.max_cps) - recent)
    if not carrier.spread:
        return most
    return min(most, 1 + (ends - rotation.cps_free_at(carrier, now)) // carrier.spread)


def _used(pool: tuple[PoolEntry, ...], number: Id) -> tuple[PoolEntry, ...]:
    """The pool with one more call of this number."""
    place = next(place for place, entry in enumerate(pool) if entry.number == number)
    used = replace(pool[place], calls_in_run=pool[place].calls_in_run + 1)
    return (*pool[:place], used, *pool[place + 1 :])


def _launched(carrier: CarrierState, at: datetime) -> tuple[datetime, ...]:
    """Its launches that still count at `at`, the new one last."""
    if carrier.max_cps < 1:
        return (at,)
    return (*(each for each in carrier.launched if each > at - rotation.SECOND), at)
