"""How long a forecast of a week takes: `./scripts/bench forecast [CONTACTS]`. Prints launches and seconds.

Once of a scenario, which is the rules alone; then of a campaign's rows by the way that pages take, from the task that
was asked for to the figures they show, in a database of its own: as many contacts and twice as many.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("OUTDIAL_VAR", str(Path(tempfile.gettempdir(), f"outdial-benchmark-{os.getpid()}")))
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)

import django

django.setup()

from benchmarks.claim import NOON, OPEN, database, listed  # noqa: E402
from campaigns import forecasting  # noqa: E402
from campaigns.dialing import scenario, virtual  # noqa: E402
from campaigns.models import Campaign, Forecast  # noqa: E402

GOAL_SECONDS = 5
RETRIED = ["no_answer", "busy", "rnr", "error", "machine"]
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
                "retry_on": RETRIED,
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


def campaign(contacts: int) -> Campaign:
    """The same campaign as rows, under way since a Monday's noon, within safe hours."""
    workspace = listed(f"{contacts} contacts", (contacts, OPEN))
    workspace.safe_hours = True
    workspace.save()
    workspace.carriers.update(max_cps=4, max_channels=40)
    pace = {"concurrency_limit": 20, "max_calls_per_number_per_day": 1000, "retry_on": RETRIED}
    Campaign.objects.filter(workspace=workspace).update(**pace)
    return Campaign.objects.select_related("agent", "workspace", "schedule").get(workspace=workspace)


def of_rows(contacts: int) -> tuple[float, Forecast]:
    """Seconds from the task's begin to the figures of the page."""
    asked = campaign(contacts)
    began = time.perf_counter()
    made = forecasting.make(asked, NOON)
    return time.perf_counter() - began, made


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
    with database():
        for count in (contacts, 2 * contacts):
            seconds, made = of_rows(count)
            result = made.result
            print(
                f"rows of {count} contacts, {result['calls']} launches, {len(result['hours'])} hours: {seconds:.2f} s"
            )


if __name__ == "__main__":
    main()
