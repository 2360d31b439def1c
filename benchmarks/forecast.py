"""How long a forecast of a week takes: `python benchmarks/forecast.py [CONTACTS]`. Prints launches and seconds."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("OUTDIAL_VAR", "/tmp/outdial-benchmark")  # noqa: S108 - nothing is written there
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)

import django

django.setup()

from campaigns.dialing import scenario, virtual  # noqa: E402

GOAL_SECONDS = 5
SHARES = [("no_answer", 35), ("human", 30), ("machine", 15), ("busy", 10), ("rnr", 8), ("error", 2)]


def week(contacts: int, seed: int = 1) -> dict[str, Any]:
    """A week of one campaign: 20 calls at once from 20 numbers, three attempts, shares of outcomes as they are met."""
    dice = random.Random(seed)  # noqa: S311
    return {
        "clock": {"start": "2026-03-02T00:00:00Z", "until": "2026-03-09T00:00:00Z"},
        "agents": [{"ref": "a", "callback_enabled": True}],
        "carriers": [{"ref": f"c{n}", "max_cps": 2, "max_channels": 20} for n in range(2)],
        "numbers": [{"ref": f"n{n}", "number": f"+1415555{n:04d}", "carrier": f"c{n % 2}"} for n in range(20)],
        "campaigns": [
            {
                "ref": "k",
                "agent": "a",
                "mode": "multi_day",
                "concurrency_limit": 20,
                "window": {"start": "09:00", "end": "18:00", "timezone": "America/New_York"},
                "max_calls_per_number_per_day": 1000,
                "retry_on": ["no_answer", "busy", "rnr", "error", "machine"],
                "numbers": [{"ref": f"n{n}"} for n in range(20)],
                "contacts": [
                    {"phone_number": f"+1212{2000000 + n}", "outcomes": [_outcome(dice) for _ in range(3)]}
                    for n in range(contacts)
                ],
            }
        ],
        "actions": [{"at": "2026-03-02T00:00:00Z", "campaign": "k", "action": "start"}],
    }


def _outcome(dice: random.Random) -> dict[str, Any]:
    word = dice.choices([word for word, _ in SHARES], [share for _, share in SHARES])[0]
    talk = dice.randint(5, 240) if word == "human" else 0
    return {"outcome": word, "ring_seconds": dice.randint(3, 30), "talk_seconds": talk}


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    data = week(contacts)
    lines: list[str] = []
    began = time.perf_counter()
    read = scenario.load(data)
    parsed = time.perf_counter()
    launches = virtual.run(read, lines.append)
    done = time.perf_counter()
    print(f"{contacts} contacts, {launches} launches, {len(lines)} lines")
    print(f"read {parsed - began:.2f} s, run {done - parsed:.2f} s, goal {GOAL_SECONDS} s for a week of 10000 contacts")


if __name__ == "__main__":
    main()
