"""What calls cost, and what a budget keeps back for one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

ASSUMED_SECONDS = 60  # of talk, in a call that is not over
GRAIN = Decimal("0.0001")


def money(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def price(seconds: float, *payees: Mapping[str, Any]) -> Decimal:
    """So much talk at the rates of agent and carrier together."""
    rate = sum((money(each.get("cost_per_minute")) for each in payees), Decimal(0))
    return (money(seconds) * rate / 60).quantize(GRAIN)
