"""Secondary contacts: who of a primary's family is called next, and who need not be called any more. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.choices import ContactStatus
from campaigns.dialing.values import Id

PASSED = frozenset({ContactStatus.FAILED, ContactStatus.NO_CONVERSATION, ContactStatus.EXCLUDED})
LIVE = frozenset({ContactStatus.DIALING, ContactStatus.CALLED})
FINAL = PASSED | {ContactStatus.COMPLETED}


@dataclass(frozen=True, slots=True)
class Member:
    id: Id
    status: str
    achieved: bool = False  # the primary goal, in any conversation


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows for a family. Nobody is named who stays as they are."""

    not_needed: tuple[Id, ...] = ()  # become excluded
    next: Id | None = None  # this pending member is due from now on
    later: tuple[Id, ...] = ()  # these pending members are not due


def turn(members: Sequence[Member]) -> Turn:
    """`members`: the primary first, then its secondaries in list order, all of one campaign.

    Whoever is in a call or awaits a verdict is left alone: the turn is asked for again afterwards.
    """
    over = members[0].status == ContactStatus.EXCLUDED
    done = {member.id for member in members if member.status == ContactStatus.COMPLETED or member.achieved}
    if over or done:
        # Whoever alone achieved the goal is not "the rest": a callback that was promised to them stays.
        rest = [m.id for m in members if m.status not in FINAL | LIVE and (over or done - {m.id})]
        return Turn(not_needed=tuple(rest))
    place = next((n for n, member in enumerate(members) if member.status not in PASSED), len(members))
    pending = [m.id for m in members[place + 1 :] if m.status == ContactStatus.PENDING]
    holder = members[place] if place < len(members) else None
    following = holder.id if holder and place > 0 and holder.status == ContactStatus.PENDING else None
    return Turn(next=following, later=tuple(pending))
