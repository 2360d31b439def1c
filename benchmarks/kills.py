"""Calls under random kills: `./scripts/bench kills [CALLS] [KILLS] [SEED]`, on SQLite or on the server of DATABASE_URL.

Two dialers that are killed again and again, a simulated carrier that fails in every way, four campaigns of different
rules: what `tests/flows/kill_matrix.py` says, at any size. Printed: the seed, which repeats kill times, victims and
faults, and what the carrier's ledger and the audit found. Ends with 1 unless nobody was rung twice, nobody was
forgotten and no launch broke a rule. It works in a database of its own.
"""

import secrets
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.claim import database

# isort: split
from django.conf import settings
from django.db import connection

from telephony import gateway
from tests.flows import kill_matrix
from tests.flows import world as worlds
from tests.flows.world import World

CALLS, KILLS = 20_000, 200


def measure(folder: Path, calls: int, kills: int, seed: int) -> kill_matrix.Result:
    with worlds.station(folder, "--speed", "80", "--seed", str(seed)) as station:
        settings.PUBLIC_URL = station.url
        world = World(station)
        try:
            return kill_matrix.run(world, calls, kills, seed)
        finally:
            world.stop()
            gateway.close()


def main() -> int:
    given = [int(argument) for argument in sys.argv[1:4]]
    calls, kills, seed = [*given, *(CALLS, KILLS, secrets.randbelow(10**6))[len(given) :]]
    with database() as name, tempfile.TemporaryDirectory() as folder:
        connection.settings_dict["NAME"] = name
        result = measure(Path(folder), calls, kills, seed)
    return 0 if result.is_good and result.calls >= calls and result.kills >= kills else 1


if __name__ == "__main__":
    sys.exit(main())
