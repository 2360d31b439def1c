"""The actions of a scenario: what people do to campaigns, contacts and numbers. A refused one changes nothing."""

from collections.abc import Callable
from dataclasses import replace

from campaigns import transitions
from campaigns.choices import ACTIVE_STATUSES, CampaignStatus, ContactStatus, Rank
from campaigns.dialing.book import Book, Contact
from campaigns.dialing.scenario import ScenarioAction
from campaigns.dialing.scenario_people import ScenarioContact
from campaigns.dialing.world import World
from campaigns.transitions import Action, HandMove

BY_HAND = "by_hand"
NOT_NEEDED = "not_needed"


class Refused(Exception):
    """The action is refused; its text is one sentence."""


def act(world: World, action: ScenarioAction) -> None:
    """Do it now, or write down why it is refused."""
    try:
        _ACTS[action.action](world, action)
    except Refused as refused:
        world.trace.refused(world.now, action.action, str(refused))


# ── campaigns ──


def _start(world: World, book: Book) -> None:
    _ready(world, book)
    starts_at = book.campaign.starts_at
    if starts_at is not None and starts_at > world.now:
        world.arm(book, starts_at)
    else:
        world.begin(book)


def _pause(world: World, book: Book) -> None:
    world.set_status(book, CampaignStatus.PAUSED, BY_HAND)


def _resume(world: World, book: Book) -> None:
    _ready(world, book)
    starts_at = book.campaign.starts_at
    if book.run == 1 and book.run_started is None and starts_at is not None and starts_at > world.now:
        world.arm(book, starts_at)
        return
    if book.run_started is not None:
        world.memory.set_state(book, pilot_left=None)
    world.begin(book)


def _stop(world: World, book: Book) -> None:
    world.end_campaign(book, CampaignStatus.COMPLETED, BY_HAND)


def _cancel(world: World, book: Book) -> None:
    world.end_campaign(book, CampaignStatus.CANCELLED, BY_HAND)


def _restart(world: World, book: Book) -> None:
    """A new run: whoever is not completed or excluded goes back to pending; dialing waits for Resume."""
    if world.memory.state(book).live:
        raise Refused("A call of this campaign is still live: wait until it has ended.")
    done = (ContactStatus.COMPLETED, ContactStatus.EXCLUDED)
    left = [contact for contact in book.contacts if contact.status not in done or contact.reason == NOT_NEEDED]
    if all(contact.phone in world.memory.suppressed for contact in left):
        raise Refused("Nobody is left to call: every contact is completed or excluded.")
    book.run += 1
    book.run_started = book.day_closes = None
    book.rest()
    world.memory.begin_run(book)
    world.set_status(book, CampaignStatus.PAUSED, "restart")
    for contact in left:
        world.replace_verdict(contact)
        contact.attempts = contact.attempt = contact.voicemails = contact.callbacks = 0
        contact.run = book.run
        if contact.phone in world.memory.suppressed:
            world.settle(contact, ContactStatus.EXCLUDED, "suppressed")
        else:
            world.settle(contact, ContactStatus.PENDING, "restart")


def _ready(world: World, book: Book) -> None:
    blockers = world.blockers(book)
    if blockers:
        raise Refused(" ".join(blockers))


_MOVES: dict[Action, Callable[[World, Book], None]] = {
    Action.START: _start,
    Action.PAUSE: _pause,
    Action.RESUME: _resume,
    Action.STOP: _stop,
    Action.CANCEL: _cancel,
    Action.RESTART: _restart,
}


def _move_campaign(world: World, action: ScenarioAction) -> None:
    book = world.memory.books[action.campaign]
    refusal = transitions.refusal(action.action, book.status)
    if refusal:
        raise Refused(refusal)
    _MOVES[Action(action.action)](world, book)


# ── contacts ──


def _add_contacts(world: World, action: ScenarioAction) -> None:
    book = world.memory.books[action.campaign]
    status = CampaignStatus(book.status)
    if status != CampaignStatus.DRAFT and not (book.policy.always_on and status in ACTIVE_STATUSES):
        raise Refused(f"contacts_locked: the contacts of a {status.label.lower()} campaign are fixed.")
    for person in action.contacts:
        _add(world, book, person)
    world.review(book)


def _add(world: World, book: Book, person: ScenarioContact) -> None:
    """A new person takes the last place; an excluded one comes back; of anybody else only variables would change."""
    contact = world.enrol(book, person)
    if contact is not None:
        if not contact.final:
            world.settle(contact, ContactStatus.PENDING, "added", book.fresh_due(contact))
        return
    contact = book.by_phone[person.phone_number]
    barred = book.campaign.sticky_exclusion or contact.phone in world.memory.suppressed
    if contact.status == ContactStatus.EXCLUDED and contact.reason != NOT_NEEDED and not barred:
        _count_anew(contact)
        world.settle(contact, ContactStatus.PENDING, "added", book.fresh_due(contact))


def _move_contact(world: World, action: ScenarioAction) -> None:
    book = world.memory.books[action.campaign]
    contact = book.by_phone.get(action.phone_number)
    if contact is None:
        raise Refused("This person is not in the campaign.")
    suppressed = contact.phone in world.memory.suppressed
    refusal = transitions.hand_refusal(action.action, book.status, contact.status, suppressed=suppressed)
    if refusal:
        raise Refused(refusal)
    world.replace_verdict(contact)
    _HAND[HandMove(action.action)](world, contact)
    world.review(book)


def _retry(world: World, contact: Contact) -> None:
    _count_anew(contact)
    world.settle(contact, ContactStatus.RETRY, BY_HAND, world.now, Rank.BY_HAND)


def _set_pending(world: World, contact: Contact) -> None:
    _count_anew(contact)
    world.settle(contact, ContactStatus.PENDING, BY_HAND, contact.book.fresh_due(contact))


def _set_completed(world: World, contact: Contact) -> None:
    world.settle(contact, ContactStatus.COMPLETED, BY_HAND)


def _exclude(world: World, contact: Contact) -> None:
    world.settle(contact, ContactStatus.EXCLUDED, BY_HAND)


def _count_anew(contact: Contact) -> None:
    """A new count towards the maximum; attempt numbers and callbacks run on within a run, and begin with this one for
    whoever was done in an earlier one."""
    contact.attempts = contact.voicemails = 0
    if contact.run != contact.book.run:
        contact.attempt = contact.callbacks = 0
        contact.run = contact.book.run


_HAND: dict[HandMove, Callable[[World, Contact], None]] = {
    HandMove.RETRY: _retry,
    HandMove.SET_PENDING: _set_pending,
    HandMove.SET_COMPLETED: _set_completed,
    HandMove.EXCLUDE: _exclude,
}


def _suppress(world: World, action: ScenarioAction) -> None:
    world.suppress(action.phone_number)


def _hold(world: World, action: ScenarioAction) -> None:
    """Nobody calls this person until then, in any campaign; a time that is past lifts the hold."""
    assert action.until is not None
    world.memory.hold(action.phone_number, action.until, world.now)


def _inbound(world: World, action: ScenarioAction) -> None:
    """A person calls one of our numbers. It belongs to the live campaign that called them last."""
    contact = world.memory.called_by(action.phone_number)
    if contact is None:
        raise Refused("No live campaign has called this person.")
    assert action.call is not None
    world.inbound(contact, action.number, action.call)


# ── numbers ──


def _switch_number(world: World, action: ScenarioAction) -> None:
    book = world.memory.books[action.campaign]
    pool = world.memory.state(book).pool
    if all(entry.number != action.number for entry in pool):
        raise Refused("This number is not in the campaign's pool.")
    active = action.action == "enable_number"
    changed = tuple(replace(entry, active=active) if entry.number == action.number else entry for entry in pool)
    world.memory.set_state(book, pool=changed)


def _spam_score(world: World, action: ScenarioAction) -> None:
    numbers = world.memory.board.numbers
    numbers[action.number] = replace(numbers[action.number], spam_score=action.value)  # type: ignore[index]


_ACTS: dict[str, Callable[[World, ScenarioAction], None]] = {
    **dict.fromkeys(map(str, _MOVES), _move_campaign),
    **dict.fromkeys(map(str, HandMove), _move_contact),
    "add_contacts": _add_contacts,
    "suppress": _suppress,
    "hold": _hold,
    "inbound": _inbound,
    "disable_number": _switch_number,
    "enable_number": _switch_number,
    "spam_score": _spam_score,
}
