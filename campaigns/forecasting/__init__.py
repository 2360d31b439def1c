"""When a campaign will finish, what it will cost, whom it will not reach: the dialer's rules on a virtual clock."""

from campaigns.forecasting.assumptions import DEFAULTS, Assumptions, BadAssumptions
from campaigns.forecasting.keeping import ask, compute, is_current, latest, make
from campaigns.forecasting.question import finish_by

__all__ = [
    "DEFAULTS",
    "Assumptions",
    "BadAssumptions",
    "ask",
    "compute",
    "finish_by",
    "is_current",
    "latest",
    "make",
]
