"""Secondary contacts: who of a primary's family is called next, and who need not be called any more. Pure."""

from collections.abc import Collection, Sequence
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
    by_hand: bool = False  # somebody pressed Retry, and the call has not come yet


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows for a family. Nobody is named who stays as they are."""

    not_needed: tuple[Id, ...] = ()  # become excluded
    next: Id | None = None  # this pending member is due from now on
    later: tuple[Id, ...] = ()  # these pending members are not due


def turn(members: Sequence[Member], changed: Collection[Id] = ()) -> Turn:
    """`members`: the primary first, then its secondaries in list order, all of one campaign; `changed`: those who have
    just become what they are.

    Whoever is in a call or awaits a verdict is left alone: the turn is asked for again afterwards. So is who was set to
    Retry by hand, unless the family ends only now: a decision stands against what was known when it was taken.
    """
    over = members[0].status == ContactStatus.EXCLUDED
    done = {member.id for member in members if member.status == ContactStatus.COMPLETED or member.achieved}
    if over or done:
        ends_now = any(m.id in changed and _ends(m, members[0]) for m in members)
        # Whoever alone achieved the goal is not "the rest": a callback that was promised to them stays.
        rest = [
            m.id
            for m in members
            if m.status not in FINAL | LIVE and (over or done - {m.id}) and (ends_now or not m.by_hand)
        ]
        return Turn(not_needed=tuple(rest))
    place = next((n for n, member in enumerate(members) if member.status not in PASSED), len(members))
    pending = [m.id for m in members[place + 1 :] if m.status == ContactStatus.PENDING]
    holder = members[place] if place < len(members) else None
    following = holder.id if holder and place > 0 and holder.status == ContactStatus.PENDING else None
    return Turn(next=following, later=tuple(pending))


def _ends(member: Member, primary: Member) -> bool:
    """Whether what this member has become ends the family."""
    if member.by_hand:
        return False
    excluded = member is primary and member.status == ContactStatus.EXCLUDED
    return excluded or member.status == ContactStatus.COMPLETED or member.achieved
