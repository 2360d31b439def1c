"""The key figures of a campaign as tiles of components/kpi.html, and its contacts as parts of a stacked bar. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from accounts.figures import clock, money, percent, span, thousands
from campaigns.choices import ContactStatus
from campaigns.queries.counts import StatusCounts
from campaigns.queries.reach import Reached
from campaigns.queries.shares import Share
from campaigns.queries.tallies import Tallies
from campaigns.wording import many


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    figure: str
    note: str = ""
    share: float | None = None
    colour: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class GoalTile:
    """What a tile says of the primary goal."""

    name: str
    achieved: int
    target: int | None
    share: float | None


def status_parts(counts: StatusCounts) -> list[dict[str, object]]:
    """Parts of components/progress_bar.html: what is done first, what waits last; empty statuses left out."""
    order = (
        ContactStatus.COMPLETED,
        ContactStatus.NO_CONVERSATION,
        ContactStatus.FAILED,
        ContactStatus.EXCLUDED,
        ContactStatus.CALLED,
        ContactStatus.DIALING,
        ContactStatus.RETRY,
        ContactStatus.PENDING,
    )
    found = dict(counts)
    return [{"label": s.label, "count": found[s], "colour": s.colour} for s in order if found[s]]


def active_tiles(
    counts: StatusCounts,
    calls: Tallies,
    *,
    live: int,
    limit: int,
    budget: Decimal | None,
    currency: str,
    goal: GoalTile | None,
) -> list[Tile]:
    """The strip of a campaign that runs."""
    left = thousands(counts.total)
    waiting = f"{thousands(counts.retry)} to call again" if counts.retry else ""
    used = float(calls.spend / budget) if budget else None
    tiles = [
        Tile(
            "Progress",
            percent(counts.progress.fraction),
            f"{thousands(counts.final)} of {left}",
            counts.progress.fraction,
        ),
        Tile(
            "Live calls", thousands(live), f"of {thousands(limit)} at once", live / limit if limit else None, "yellow"
        ),
        Tile("Completed", thousands(counts.completed)),
        Tile("Failed", thousands(counts.failed)),
        Tile("Pending", thousands(counts.waiting), waiting),
        answer_tile(calls),
        talk_tile(calls),
        Tile("Spend", money(calls.spend, currency), f"of {money(budget, currency)}" if budget else "", used, "teal"),
    ]
    return [*tiles, *goal_tiles([goal] if goal else [])]


def report_tiles(
    counts: StatusCounts, calls: Tallies, reached: Reached, budget: Decimal | None, currency: str, goal: GoalTile | None
) -> list[Tile]:
    """The headline of a campaign that has ended."""
    met = Share(reached.connected, counts.total).fraction
    used = float(calls.spend / budget) if budget else None
    tiles = [
        Tile("Contacts", thousands(counts.total), f"{thousands(counts.completed)} completed"),
        Tile("Reached", percent(met), f"{thousands(reached.connected)} answered", met, "green"),
        Tile("Calls", thousands(calls.launched)),
        answer_tile(calls),
        Tile(
            "Conversations",
            thousands(calls.conversations),
            f"{span(calls.talk_seconds)} of talk" if calls.conversations else "",
        ),
        talk_tile(calls),
        Tile("Spend", money(calls.spend, currency), f"of {money(budget, currency)}" if budget else "", used, "teal"),
    ]
    return [*tiles, *goal_tiles([goal] if goal else [])]


def answer_tile(calls: Tallies) -> Tile:
    return Tile(
        "Answer rate",
        percent(calls.human.fraction),
        f"{thousands(calls.human.part)} of {many(calls.ended, 'call')}",
        hint="Calls that a person answered, of all that ended and were not withdrawn",
    )


def talk_tile(calls: Tallies) -> Tile:
    return Tile("Average talk", clock(calls.average_seconds), many(calls.conversations, "conversation"))


def goal_tiles(goals: Iterable[GoalTile]) -> list[Tile]:
    return [
        Tile(
            "Goal",
            thousands(goal.achieved),
            f"of {thousands(goal.target)} wanted" if goal.target else "achieved",
            goal.share,
            "green",
            goal.name,
        )
        for goal in goals
    ]


def conversation_tiles(calls: Tallies) -> list[Tile]:
    """The dashboard's figures of what was answered and said."""
    return [
        Tile("Conversations", thousands(calls.conversations), hint="Answered calls in which the person spoke"),
        Tile("Talk time", span(calls.talk_seconds) if calls.conversations else "0 s"),
        talk_tile(calls),
        answer_tile(calls),
        _rate("Machine", calls.machine.fraction, calls.machine.part),
        _rate("No answer", calls.unanswered.fraction, calls.unanswered.part),
        _rate("Rejected", calls.rejected.fraction, calls.rejected.part),
    ]


def _rate(label: str, fraction: float | None, calls: int) -> Tile:
    return Tile(label, percent(fraction), many(calls, "call"))
