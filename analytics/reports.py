"""A campaign's report as plain values, equal to the rows behind it. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from campaigns import queries
from campaigns.models import Campaign, CampaignRun
from campaigns.queries import hours
from campaigns.queries.pool import NumberFigures
from campaigns.queries.reach import NotReached, Reached
from campaigns.queries.shares import Share
from campaigns.queries.tallies import Attempt, Tallies
from goals.models import GoalKind
from goals.queries import GoalFigures, goal_figures


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel; each counts contacts once."""

    label: str
    count: int
    share: Share  # of the first step
    of_last: Share | None  # of the step before


@dataclass(frozen=True, slots=True)
class Cost:
    """Spend, and what a conversation and an achieved primary goal cost of it; None where there is none."""

    spend: Decimal
    per_call: Decimal | None
    per_conversation: Decimal | None
    per_goal: Decimal | None
    budget: Decimal | None

    @property
    def budget_used(self) -> float | None:
        return float(self.spend / self.budget) if self.budget else None


@dataclass(frozen=True, slots=True)
class Report:
    made_at: datetime
    contacts: queries.StatusCounts
    calls: Tallies
    reached: Reached
    funnel: tuple[Step, ...]
    attempts: tuple[Attempt, ...]
    dispositions: tuple[tuple[str, int], ...]
    goals: tuple[GoalFigures, ...]
    heatmap: hours.Heatmap
    cost: Cost
    not_reached: tuple[NotReached, ...]
    numbers: tuple[NumberFigures, ...]
    runs: tuple[CampaignRun, ...]

    @property
    def primary(self) -> GoalFigures | None:
        return next((figures for figures in self.goals if figures.goal.kind == GoalKind.PRIMARY), None)

    @property
    def not_reached_total(self) -> int:
        return sum(group.count for group in self.not_reached)

    @property
    def started_at(self) -> datetime | None:
        return self.runs[0].started_at if self.runs else None


def report(campaign: Campaign, now: datetime) -> Report:
    """Everything the report shows, over all runs, in a fixed number of queries."""
    contacts, calls = queries.status_counts(campaign), queries.tallies(campaign)
    reached, goals = queries.reached(campaign), goal_figures(campaign)
    primary = next((figures for figures in goals if figures.goal.kind == GoalKind.PRIMARY), None)
    return Report(
        made_at=now,
        contacts=contacts,
        calls=calls,
        reached=reached,
        funnel=_funnel(contacts.total, reached, primary),
        attempts=tuple(calls.by_attempt()),
        dispositions=tuple(queries.dispositions(campaign)),
        goals=tuple(goals),
        heatmap=hours.heatmap(campaign),
        cost=_cost(campaign, calls, primary),
        not_reached=tuple(queries.not_reached(campaign)),
        numbers=tuple(queries.pool_figures(campaign, now, calls)),
        runs=tuple(campaign.runs.all()),
    )


def _funnel(contacts: int, reached: Reached, primary: GoalFigures | None) -> tuple[Step, ...]:
    counts = [
        ("Contacts", contacts),
        ("Dialed", reached.dialed),
        ("Connected", reached.connected),
        ("Conversation", reached.conversation),
    ]
    if primary is not None:
        counts.append(("Goal", primary.achieved))
    before = [None, *(count for _, count in counts)]
    return tuple(
        Step(label, count, Share(count, contacts), None if last is None else Share(count, last))
        for (label, count), last in zip(counts, before, strict=False)
    )


def _cost(campaign: Campaign, calls: Tallies, primary: GoalFigures | None) -> Cost:
    def per(count: int) -> Decimal | None:
        return calls.spend / count if count else None

    return Cost(
        spend=calls.spend,
        per_call=per(calls.ended),
        per_conversation=per(calls.conversations),
        per_goal=per(primary.achieved) if primary else None,
        budget=campaign.budget_cap,
    )
