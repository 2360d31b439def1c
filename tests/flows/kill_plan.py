"""What a run of the kill matrix suffers, drawn from a seed: which dialers are killed when, and what the carrier does.

"When" is how many calls were launched until then, so kills and faults spread evenly over a run, fast machine or slow.
"""

import random
from dataclasses import dataclass
from typing import Any

BOTH = 0.15  # the share of blows that kill both dialers
DELAY = 0.4  # seconds that a blow comes at most after its call: at any moment of a dialer's turn
STRETCHES = 20  # in each of them the carrier fails in other ways
CALM_AFTER = 0.95  # of all calls

# Ways in which a carrier fails, as its /control takes them (docs/simulated-carrier.md).
TROUBLES: tuple[dict[str, Any], ...] = (
    {"early": 0.1, "double": 0.3, "swap": 0.3, "late": 0.2},
    {"lose": 0.2},
    {"slow": 0.2},
    {"fail_before": 0.03, "promise": True},
    {"fail_before": 0.03, "fail_status": 503},
    {"fail_after": 0.1, "cut": 0.1},
    {"hang": 0.03, "hang_before": 0.02},
    {"silent": 0.02},
    {"rate_limited": 0.02},
    {"lose": 0.1, "lookup": "unavailable"},
)
# Nothing goes wrong. A reference that comes twice rings twice: nobody but us sees to it that it never does.
CALM: dict[str, Any] = {name: 0.0 for trouble in TROUBLES for name in trouble} | {
    "fail_status": 500,
    "promise": False,
    "lookup": "works",
    "idempotent": False,
    "slow_seconds": 1.0,
    "late_seconds": 0.5,
}


@dataclass(frozen=True, slots=True)
class Blow:
    """kill -9 of these dialers, so many seconds after so many calls."""

    calls: int
    delay: float
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Weather:
    """How the carrier behaves from so many calls on."""

    calls: int
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    blows: list[Blow]
    weathers: list[Weather]


def draw(calls: int, kills: int, seed: int) -> Plan:
    """`kills` blows, of which some kill two; every trouble of the carrier comes several times, two at a time."""
    chance = random.Random(seed)
    return Plan(_blows(chance, calls, kills), _weathers(chance, calls))


def _blows(chance: random.Random, calls: int, kills: int) -> list[Blow]:
    blows = []
    for n in range(kills):
        slots = (0, 1) if chance.random() < BOTH else (chance.randrange(2),)
        blows.append(Blow(int((n + chance.random()) * calls / kills), chance.uniform(0, DELAY), slots))
    return blows


def _weathers(chance: random.Random, calls: int) -> list[Weather]:
    deck: list[dict[str, Any]] = []
    while len(deck) < 2 * STRETCHES:
        deck += chance.sample(TROUBLES, len(TROUBLES))
    pairs = zip(deck[::2], deck[1::2], strict=True)
    of = [Weather(int(n * CALM_AFTER * calls / STRETCHES), {**CALM, **a, **b}) for n, (a, b) in enumerate(pairs)]
    return [*of[:STRETCHES], Weather(int(CALM_AFTER * calls), CALM)]
