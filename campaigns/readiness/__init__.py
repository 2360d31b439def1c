"""Is a campaign safe to launch? A checklist of rows, each with a sentence and the place that mends it.

Start and Resume refuse on the blockers; pages and API show all rows. Everything is read once (`facts`), the rows are
pure.
"""

from collections.abc import Iterable
from datetime import datetime

from campaigns.models import Campaign
from campaigns.readiness import checklist, further
from campaigns.readiness.facts import Facts, gather
from campaigns.readiness.row import BLOCKED, PASSED, WARNING, Row

__all__ = ["BLOCKED", "PASSED", "WARNING", "Row", "blockers", "check", "gather", "rows_of"]


def check(campaign: Campaign, now: datetime) -> list[Row]:
    """Every row that applies, the checklist's five first. Reads at most eight queries; changes nothing."""
    return rows_of(gather(campaign, now))


def rows_of(facts: Facts) -> list[Row]:
    """`check` of what was read before, for a page that shows more of it."""
    return [*checklist.rows(facts), *further.rows(facts)]


def blockers(rows: Iterable[Row]) -> list[str]:
    """The sentences that forbid Start, in order."""
    return [row.sentence for row in rows if row.state == BLOCKED]
