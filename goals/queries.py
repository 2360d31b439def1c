"""What contacts came to for the goals of a campaign. Per contact the best of all its conversations counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from campaigns.models import Call, Campaign
from campaigns.queries.shares import Share
from goals.models import Goal, GoalKind, GoalResult, Result

_COLOURS = {
    Result.ACHIEVED: "green",
    Result.PARTIALLY_ACHIEVED: "cyan",
    Result.NOT_ACHIEVED: "red",
    Result.UNKNOWN: "gray",
}


@dataclass(frozen=True, slots=True)
class GoalFigures:
    """Contacts by their best result for one goal; contacts without any result are in none of the four."""

    goal: Goal
    achieved: int = 0
    partially_achieved: int = 0
    not_achieved: int = 0
    unknown: int = 0

    @property
    def judged(self) -> int:
        return self.achieved + self.partially_achieved + self.not_achieved + self.unknown

    @property
    def rate(self) -> Share:
        return Share(self.achieved, self.judged)

    @property
    def progress(self) -> Share:
        """Towards the target; without one the whole is 0 and the fraction unknown."""
        return Share(self.achieved, self.goal.target or 0)

    @property
    def parts(self) -> list[dict[str, object]]:
        """Parts of a stacked bar: label, count, colour."""
        return [{"label": r.label, "count": getattr(self, r.word), "colour": _COLOURS[r]} for r in Result]


@dataclass(frozen=True, slots=True)
class BestResult:
    """One contact's result for a goal: of all its conversations the best, and the best score among these."""

    result: Result
    score: int | None
    quotation: str = ""


def goals_of(campaign: Campaign, *, archived: bool = False) -> list[Goal]:
    """The primary first, then in the order in which they were added."""
    return list(Goal.objects.filter(campaign=campaign, archived_at__isnull=not archived).order_by("kind", "id"))


def primary_of(campaign: Campaign) -> Goal | None:
    return Goal.objects.filter(campaign=campaign, kind=GoalKind.PRIMARY, archived_at__isnull=True).first()


def goal_figures(campaign: Campaign) -> list[GoalFigures]:
    """Figures of every active goal, in two queries.

    The best result is the least, so the contacts whose best is at least as good as R are those with any result ≤ R.
    """
    within = {
        f"up_to_{r.value}": Count("campaign_contact", distinct=True, filter=Q(result__lte=r.value)) for r in Result
    }
    goals = goals_of(campaign)
    rows = GoalResult.objects.filter(goal__in=goals).order_by().values_list("goal_id").annotate(**within)
    counted = {goal: up_to for goal, *up_to in rows}
    return [GoalFigures(goal, *_steps(counted.get(goal.pk, [0] * len(Result)))) for goal in goals]


def _steps(up_to: Sequence[int]) -> list[int]:
    return [count - (up_to[place - 1] if place else 0) for place, count in enumerate(up_to)]


def best_results(goal: Goal | None, people: Sequence[int]) -> dict[int, BestResult]:
    """The results of these campaign contacts for one goal, one query."""
    if goal is None or not people:
        return {}
    found: dict[int, BestResult] = {}
    rows = GoalResult.objects.filter(goal=goal, campaign_contact__in=people).order_by("result", "id")
    for row in rows:
        best, score = found.get(row.campaign_contact_id), row.score
        if best is None:
            found[row.campaign_contact_id] = BestResult(Result(row.result), score, row.quotation)
        elif best.result == row.result and score is not None and score > (best.score if best.score is not None else -1):
            found[row.campaign_contact_id] = BestResult(best.result, score, row.quotation or best.quotation)
    return found


def results_of_call(call: Call) -> list[GoalResult]:
    return list(GoalResult.objects.filter(call=call).select_related("goal").order_by("goal__kind", "goal_id", "source"))
