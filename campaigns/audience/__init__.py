"""The only writer of campaign contacts.

Whoever calls holds the transaction, and rows are locked by id, as everywhere; `by_hand` commits in pieces.

enrolling  people get on the list      hand     what people do to them
dialed     what dialing makes of them  ending   who is not called any more, and who comes back with a restart
aside      a draft's earlier list, put aside for another one and brought back
leaving    people leave again with the file that brought them
families    whose turn it is among a primary and its secondaries
"""

from campaigns.audience import families
from campaigns.audience.dialed import (
    Before,
    bar,
    called_back,
    claim,
    give_back,
    look_again,
    put_off_live,
    reached,
    settle,
    spread_holds,
)
from campaigns.audience.ending import exclude_suppressed, fail, fail_exhausted, rest, restart, unfinished
from campaigns.audience.enrolling import Candidate, Enrolled, Enrolment, enrol, put
from campaigns.audience.following import keep_up
from campaigns.audience.hand import ByHand, by_hand, move_piece
from campaigns.audience.moves import SAID_BY_CARRIER

__all__ = [
    "SAID_BY_CARRIER",
    "Before",
    "ByHand",
    "Candidate",
    "Enrolled",
    "Enrolment",
    "bar",
    "by_hand",
    "called_back",
    "claim",
    "enrol",
    "exclude_suppressed",
    "fail",
    "fail_exhausted",
    "families",
    "give_back",
    "keep_up",
    "look_again",
    "move_piece",
    "put",
    "put_off_live",
    "reached",
    "rest",
    "restart",
    "settle",
    "spread_holds",
    "unfinished",
]
