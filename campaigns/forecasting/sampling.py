"""Every k-th person of a long list, and all limits divided by k: the same campaign at a smaller scale."""

from dataclasses import dataclass, replace
from decimal import Decimal

from campaigns.dialing.values import Policy


@dataclass(frozen=True, slots=True)
class Sample:
    """`step` is k; 1 takes everybody and leaves every limit as it is."""

    step: int = 1

    @classmethod
    def of(cls, people: int, most: int, policy: Policy) -> "Sample":
        """The smallest sample error: of k, k + 1 … 2 k the one that divides concurrency and daily cap best."""
        least = -(-people // most) if people else 1
        if least <= 1:
            return FULL
        return cls(min(range(least, 2 * least + 1), key=lambda k: (_lost(policy, k), k)))

    def whole(self, limit: int) -> int:
        return max(1, round(limit / self.step))

    def cps(self, rate: Decimal) -> Decimal:
        """Below 1 any rate will do; from 1 on the dialer counts whole launches a second."""
        scaled = rate / self.step
        return scaled if scaled < 1 else Decimal(round(scaled))

    def money(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else amount / self.step

    def policy(self, policy: Policy) -> Policy:
        return replace(
            policy,
            concurrency=self.whole(policy.concurrency),
            daily_cap=self.whole(policy.daily_cap),
            interval=policy.interval * self.step,
        )


def _lost(policy: Policy, step: int) -> float:
    scaled = Sample(step)
    return max(abs(scaled.whole(limit) * step - limit) / limit for limit in (policy.concurrency, policy.daily_cap))


FULL = Sample()
