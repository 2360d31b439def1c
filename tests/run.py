"""Runs the suite part by part, on each database, and closes with pytest's own summary of every part.

Fast tests run first, side by side. Tests that kill processes mostly wait, and big loads keep one core busy, so both
databases have theirs at the same time, each line with the name of its database. A browser has the machine to itself.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

PARTS = {
    "fast": ["-m", "not kill and not browser and not load", "-n", os.environ.get("TEST_WORKERS", "2")],
    "kill": ["-m", "kill"],
    "browser": ["-m", "browser"],
    "load": ["-m", "load"],
}
TOGETHER = ("kill", "load")  # parts that all databases have at the same time
NOTHING_TO_RUN = 5  # pytest's exit code when a part selects no test
SUMMARY = re.compile(r"^(=+ )?.*\b(passed|failed|errors?|deselected|no tests ran)\b.* in [\d.]+s")


@dataclass(frozen=True, slots=True)
class Run:
    database: str
    environment: dict[str, str]
    part: str

    @property
    def name(self) -> str:
        return f"{self.database}, {self.part}"


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    code: int  # pytest's exit code
    summary: str  # its last line

    def __str__(self) -> str:
        return f"{self.name}\n{self.summary or f'pytest ended with code {self.code}'}"


def databases() -> Iterator[tuple[str, dict[str, str]]]:
    plain = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    yield "SQLite", plain
    if "TEST_DATABASE_URL" in os.environ:
        yield "PostgreSQL", dict(os.environ)


def marked(run: Run) -> list[str]:
    """pytest's arguments for a part. What asks no database anything (`once`) runs beside the first one only."""
    which, expression, *rest = PARTS[run.part]
    first = next(databases())[0]
    return [which, expression if run.database == first else f"({expression}) and not once", *rest]


def turns() -> Iterator[list[Run]]:
    """What runs one after the other; what is in one list runs at the same time."""
    for part in PARTS:
        runs = [Run(database, environment, part) for database, environment in databases()]
        yield from [runs] if part in TOGETHER else [[run] for run in runs]


def run_part(run: Run, arguments: list[str], prefix: str) -> Result:
    """What pytest prints is shown line by line, as it comes."""
    command = [sys.executable, "-m", "pytest", "--create-db", *marked(run), *arguments]
    summary = ""
    with subprocess.Popen(command, env=run.environment, stdout=subprocess.PIPE, text=True, errors="replace") as pytest:
        assert pytest.stdout is not None
        for line in pytest.stdout:
            sys.stdout.write(prefix + line)  # in one piece: lines of two never mix
            sys.stdout.flush()
            if SUMMARY.match(line.rstrip()):
                summary = line.rstrip()
    return Result(run.name, pytest.returncode, summary)


def take_turn(runs: list[Run], arguments: list[str]) -> list[Result]:
    print(f"\n{' and '.join(run.name for run in runs)}", flush=True)
    prefixes = [f"{run.database:10} │ " if len(runs) > 1 else "" for run in runs]
    with ThreadPoolExecutor(len(runs)) as threads:
        return list(threads.map(run_part, runs, [arguments] * len(runs), prefixes))


def main(arguments: list[str]) -> int:
    results = [result for runs in turns() for result in take_turn(runs, arguments)]
    ran = [result for result in results if result.code != NOTHING_TO_RUN]
    print()
    print("\n".join(map(str, ran)))
    if not ran:
        print("No test was selected.")
        return NOTHING_TO_RUN
    return max(result.code for result in ran)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
