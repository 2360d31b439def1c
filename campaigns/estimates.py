"""What a campaign may cost, before anybody is called."""

from dataclasses import dataclass
from decimal import Decimal

# Nobody has talked yet: the seconds of talk a call is assumed to take. Every page that shows an estimate shows this.
ASSUMED_TALK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that can be spent: every contact called as often as allowed, every call talking as long as assumed."""

    contacts: int
    attempts: int
    rate_per_minute: Decimal  # agent and the dearest carrier of the pool
    talk_seconds: int = ASSUMED_TALK_SECONDS

    @property
    def calls(self) -> int:
        return self.contacts * self.attempts

    @property
    def per_call(self) -> Decimal:
        return self.rate_per_minute * self.talk_seconds / 60

    @property
    def cost(self) -> Decimal:
        return self.calls * self.per_call


def most(contacts: int, attempts: int, agent_rate: Decimal, carrier_rates: list[Decimal]) -> Estimate:
    return Estimate(contacts, attempts, agent_rate + max(carrier_rates, default=Decimal(0)))
