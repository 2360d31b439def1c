"""Who is called now: the due people of all running campaigns, dealt out under every limit at once. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.dialing import rotation, window
from campaigns.dialing.rotation import WhyNot
from campaigns.dialing.values import (
    Board,
    CampaignState,
    CarrierState,
    Id,
    Launch,
    Person,
    PoolEntry,
    Queues,
    Wait,
)

TICK = timedelta(microseconds=1)  # launch k of a tick gets now + k µs, so that the order is total

NO_DUE_CONTACT = "no_due_contact"
SLOTS = "slots"
INTERVAL = "interval"
PILOT = "pilot"
CARRIER_CPS = "carrier_cps"
CARRIER_CHANNELS = "carrier_channels"
CARRIER_REST = "carrier_rest"
NUMBERS = "numbers"
MORE = "more"  # nothing binds: the next tick goes on
_CARRIER_REASONS = (("no_cps", CARRIER_CPS), ("no_channel", CARRIER_CHANNELS), ("resting", CARRIER_REST))


def deal(board: Board, queues: Queues, now: datetime) -> tuple[list[Launch], dict[Id, Wait]]:
    """Deal out launches until nobody can go, and say for each campaign of the board what binds it then.

    `queues` holds each campaign's due people in the order of their turn, nobody who is in a call, at least as many as
    `room` gives where there are so many. All launches lie within the clock minute of `now`: what is open at `now` is
    open at each of them. A carrier that several campaigns share goes by priority, then to the one whose last launch on
    it is longest ago. A campaign that waits for MORE has only been cut short: deal again at once.
    """
    hand = _Hand(board, queues, now)
    launches = list(hand.launches())
    return launches, hand.waits


def room(board: Board, campaign_id: Id, now: datetime) -> int:
    """How many people to read for a tick at `now`: the most launches this campaign could get, and at least one, so that
    `deal` can tell "nobody is due" from "no number is free"; 0 when the campaign's own limits hold it."""
    state = board.campaigns[campaign_id]
    if _hold(state, now) is not None:
        return 0
    most = state.policy.concurrency - state.live
    if state.policy.interval:
        most = min(most, 1)
    if state.pilot_left is not None:
        most = min(most, state.pilot_left)
    return max(1, min(most, sum(_carrier_room(state, board, each, now) for each in _carriers(state, board))))


def after(board: Board, launch: Launch) -> None:
    """Write a launch into a board whose mappings are dicts: live counts, CPS, caps, turns, rotation, pilot, day."""
    number = board.numbers[launch.number]
    board.numbers[launch.number] = replace(number, calls_today=number.calls_today + 1, last_used=launch.at)  # type: ignore[index]
    carrier = board.carriers[launch.carrier]
    board.carriers[launch.carrier] = replace(  # type: ignore[index]
        carrier, live=carrier.live + 1, launched=_launched(carrier, launch.at)
    )
    state = board.campaigns[launch.campaign]
    board.campaigns[launch.campaign] = replace(  # type: ignore[index]
        state,
        live=state.live + 1,
        last_launched=launch.at,
        turns={**state.turns, launch.carrier: launch.at},
        pool=tuple(
            replace(entry, calls_in_run=entry.calls_in_run + 1) if entry.number == launch.number else entry
            for entry in state.pool
        ),
        pilot_left=None if state.pilot_left is None else state.pilot_left - 1,
        day=state.day
        or (window.day_of(state.policy, launch.person.hours, launch.at) if state.policy.single_day else None),
    )


class _Hand:
    """One deal: a copy of the board that every launch changes, and where each campaign stands in its queue."""

    def __init__(self, board: Board, queues: Queues, now: datetime) -> None:
        self.board = Board(dict(board.campaigns), dict(board.carriers), dict(board.numbers))
        self.given, self.now = board, now
        self.queues = queues
        self.next = dict.fromkeys(board.campaigns, 0)
        self.place = {campaign: place for place, campaign in enumerate(board.campaigns)}
        self.days = {campaign: state.day for campaign, state in board.campaigns.items()}
        self.calling: set[str] = set()
        self.waits: dict[Id, Wait] = {}
        self.offers: dict[Id, tuple[Person, PoolEntry]] = {}
        self.at = now
        # What was read for this deal holds until then: the clock minute, and the end of what somebody waits for.
        self.ends = now.replace(second=0, microsecond=0) + timedelta(minutes=1)

    def launches(self) -> Iterator[Launch]:
        for campaign in self.board.campaigns:
            self._offer(campaign)
        while self.offers and self.at < self.ends:
            campaign = min(self.offers, key=self._turn)
            person, entry = self.offers[campaign]
            carrier = self.board.numbers[entry.number].carrier
            launch = Launch(campaign, person, entry.number, carrier, self.at)
            after(self.board, launch)
            self.next[campaign] += 1
            self.calling.add(person.phone_number)
            self.at += TICK
            yield launch
            self._again(launch)
        for campaign in self.offers:  # the deal is over before the offers are
            self.waits[campaign] = Wait(MORE, {}, self.at)

    def _turn(self, campaign: Id) -> tuple:
        """Priority, then the last launch on the carrier that the campaign would use, longest ago first."""
        state = self.board.campaigns[campaign]
        _, entry = self.offers[campaign]
        last = state.turns.get(self.board.numbers[entry.number].carrier, rotation.NEVER)
        return state.policy.priority, last, self.place[campaign]

    def _again(self, launch: Launch) -> None:
        """Ask those again whose offer the launch may have changed."""
        for campaign in list(self.offers):
            person, entry = self.offers[campaign]
            shares = self.board.numbers[entry.number].carrier == launch.carrier
            if campaign == launch.campaign or shares or person.phone_number == launch.person.phone_number:
                self._offer(campaign)

    def _offer(self, campaign: Id) -> None:
        """Whom this campaign would call next and from which number; else what it waits for."""
        self.offers.pop(campaign, None)
        state = self.board.campaigns[campaign]
        wait = _hold(state, self.at)
        if wait is None and state.policy.contact_local and state.day != self.days[campaign]:
            wait = Wait(MORE, {}, self.at)  # the single day is fixed now: who else is open must be read anew
        if wait is None:
            wait = self._match(campaign, state)
        if wait is not None:
            self.waits[campaign] = wait
            self.ends = min(self.ends, wait.until or self.ends)

    def _match(self, campaign: Id, state: CampaignState) -> Wait | None:
        """Offer the next person with a number; the wait when there is no person or no number."""
        person = self._next_person(campaign)
        if person is None:
            cut = 0 < len(self.queues.get(campaign, ())) >= room(self.given, campaign, self.now)
            return Wait(MORE, {}, self.at) if cut else Wait(NO_DUE_CONTACT)
        entry, why = rotation.pick(state, self.board, person, self.at)
        if entry is None:
            return _wait(why, len(state.pool))
        self.offers[campaign] = person, entry
        return None

    def _next_person(self, campaign: Id) -> Person | None:
        queue = self.queues.get(campaign, ())
        while self.next[campaign] < len(queue):
            person = queue[self.next[campaign]]
            if person.phone_number not in self.calling:
                return person
            self.next[campaign] += 1
        return None


def _hold(state: CampaignState, at: datetime) -> Wait | None:
    """What in the campaign itself keeps it from launching at `at`."""
    policy = state.policy
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


def _carriers(state: CampaignState, board: Board) -> set[Id]:
    return {board.numbers[entry.number].carrier for entry in state.pool if entry.active}


def _carrier_room(state: CampaignState, board: Board, carrier_id: Id, now: datetime) -> int:
    """How many launches this carrier, and the campaign's numbers on it, allow at `now`."""
    carrier = board.carriers[carrier_id]
    if not carrier.enabled or (carrier.rest_until is not None and carrier.rest_until > now):
        return 0
    policy = state.policy
    left = 0
    for entry in state.pool:
        number = board.numbers[entry.number]
        if (
            entry.active
            and number.outbound
            and number.carrier == carrier_id
            and number.spam_score < policy.spam_threshold
        ):
            left += max(0, policy.daily_cap - number.calls_today)
    return min(left, max(0, carrier.max_channels - carrier.live), _cps_room(carrier, now))


def _cps_room(carrier: CarrierState, now: datetime) -> int:
    if carrier.max_cps < 1:
        return 1 if rotation.cps_free_at(carrier, now) <= now else 0
    recent = sum(1 for at in carrier.launched if at > now - rotation.SECOND)
    return max(0, int(carrier.max_cps) - recent)


def _launched(carrier: CarrierState, at: datetime) -> tuple[datetime, ...]:
    """Its launches that still count at `at`, the new one last."""
    if carrier.max_cps < 1:
        return (at,)
    return (*(each for each in carrier.launched if each > at - rotation.SECOND), at)
