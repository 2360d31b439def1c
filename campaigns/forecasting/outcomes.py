"""What will come of a forecast's calls: drawn by attempt and local hour, the same at every asking."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from campaigns.choices import GoalWord, Outcome
from campaigns.dialing.scenario_people import ScriptedCall
from campaigns.dialing.values import Findings
from campaigns.forecasting.assumptions import ENOUGH_HERE, SHARES, Assumptions, OwnCalls, Weights

# (campaign contact, number of its call over all runs, attempt of the run, instant) → what happens
Draw = Callable[[int, int, int, datetime], ScriptedCall]


@dataclass(frozen=True)
class Outcomes:
    """Seeded by campaign, contact and number of the call: neither order nor load changes what one call brings."""

    seed: int
    zone: ZoneInfo  # of the campaign's window, whose hours the tallies count by
    assumed: Assumptions
    own: OwnCalls

    def __call__(self, person: int, number: int, attempt: int, at: datetime) -> ScriptedCall:
        dice = Random(f"{self.seed}:{person}:{number}")  # noqa: S311 - a forecast is no secret
        weights = self._weights(attempt, at) if self.from_own_calls else self.shares
        outcome = dice.choices(list(weights), list(weights.values()))[0]
        ring = timedelta(seconds=round(self.assumed.ring_seconds * (0.5 + dice.random())))
        if outcome in (Outcome.NO_ANSWER, Outcome.RNR):
            ring = max(ring, timedelta(seconds=self.assumed.ring_seconds))
        talk = round(self._talk(outcome) * (0.5 + dice.random()))
        return ScriptedCall(outcome, ring, timedelta(seconds=talk), talk, self._findings(dice))

    @cached_property
    def shares(self) -> Weights:
        """As assumed, where the workspace has not enough calls of its own."""
        return {name: getattr(self.assumed, name) for name in SHARES}

    @cached_property
    def from_own_calls(self) -> bool:
        return self.assumed.own_calls and self.own.enough

    def _weights(self, attempt: int, at: datetime) -> Weights:
        """The workspace's own: of this attempt at this hour, else of this attempt, else of all."""
        cells, attempts = self.own.cells or {}, self.own.attempts or {}
        for found in (cells.get((attempt, at.astimezone(self.zone).hour)), attempts.get(attempt)):
            if found and sum(found.values()) >= ENOUGH_HERE:
                return found
        return self.own.all or {}

    def _talk(self, outcome: str) -> int:
        if outcome == Outcome.MACHINE:
            return self.assumed.machine_seconds
        if outcome != Outcome.HUMAN:
            return 0
        return (self.own.talk_seconds if self.from_own_calls else 0) or self.assumed.talk_seconds

    def _findings(self, dice: Random) -> Findings:
        spoke = dice.randrange(100) < (self.own.spoke_percent if self.from_own_calls else 100)
        achieved = spoke and dice.randrange(100) < self.assumed.goal_percent
        return Findings(primary_goal=GoalWord.ACHIEVED if achieved else GoalWord.NOT_ACHIEVED, spoke=spoke)
