"""Every figure of pages, admin and API, computed once, from rows. Nothing here writes.

counts    how a list stands: contacts by status
tallies   how the calls went: one grouped query, from which rates, attempts, conversations, spend are folded
live      the calls that are going on now
pool      a campaign's numbers
people    the rows of the contacts tab; people_filter: what is looked for in them
newcomers the people of the workspace who may still be added
calls     lists of calls, and one call
hours     launches and answers by weekday and hour, and along a time line
preview   a draft's audience and what it may cost
"""

from campaigns.queries.counts import StatusCounts, status_counts, status_counts_of
from campaigns.queries.live import LiveCall, live_calls, live_count, live_counts_of
from campaigns.queries.pool import NumberFigures, pool_figures
from campaigns.queries.reach import NotReached, Reached, not_reached, reached
from campaigns.queries.shares import Share
from campaigns.queries.tallies import Attempt, OutcomeCount, Tallies, dispositions, recent_tallies, tallies

__all__ = [
    "Attempt",
    "LiveCall",
    "NotReached",
    "NumberFigures",
    "OutcomeCount",
    "Reached",
    "Share",
    "StatusCounts",
    "Tallies",
    "dispositions",
    "live_calls",
    "live_count",
    "live_counts_of",
    "not_reached",
    "pool_figures",
    "reached",
    "recent_tallies",
    "status_counts",
    "status_counts_of",
    "tallies",
]
