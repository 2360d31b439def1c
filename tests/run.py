"""Runs the suite part by part, on each database, and closes with pytest's own summary of every part.

Fast tests run first, side by side. Tests that kill processes mostly wait: those of several files and of both databases
run at the same time, and what they leave of the processor is for loads that ask no database anything. Other loads keep
one core busy each: they run one by one, on both databases at the same time. A browser mostly waits, too. What is busy
and looks at the clock has the machine to itself: a carrier without a processor would hear calls late, and in bunches.
Where several runs print, each line bears the name of its run.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

WORKERS = os.environ.get("TEST_WORKERS", "2")
PARTS = {
    "fast": ["not kill and not browser and not load", "-n", WORKERS],
    # A file's tests share a carrier and a web server.
    "kill": ["kill and not busy and not browser and not load", "-n", WORKERS, "--dist", "loadfile"],
    "busy": ["kill and busy and not browser and not load"],
    "browser": ["browser and not load"],
    "load": ["load"],
}
TOGETHER = ("kill", "browser", "load")  # parts that all databases have at the same time
NONE = "no database"  # a run of what asks none, beside part "kill", where it lets all others go first
LAST = ["nice", "-n", "19"]
MARKERS = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
MARKERS.add_argument("-m")
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
    # Otherwise every process would compile all tests anew, which takes longer than most of them.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    yield "SQLite", {name: value for name, value in kept.items() if name != "TEST_DATABASE_URL"}
    if "TEST_DATABASE_URL" in kept:
        yield "PostgreSQL", kept


def marked(run: Run, asked: str | None) -> list[str]:
    """pytest's arguments for a part, or for what is asked for of it. What asks no database anything (`once`) runs once:
    with the first one, or in a run of its own."""
    expression, *options = PARTS[run.part]
    if asked:
        expression = f"({expression}) and ({asked})"
    if run.database == NONE:
        return ["-m", f"({expression}) and once"]
    if run.part == "load" or run.database != next(databases())[0]:
        expression = f"({expression}) and not once"
    return ["-m", expression, *options]


def turns() -> Iterator[list[Run]]:
    """What runs one after the other; what is in one list runs at the same time."""
    for part in PARTS:
        runs = [Run(database, environment, part) for database, environment in databases()]
        if part == "kill":
            runs.append(Run(NONE, runs[0].environment, "load"))
        yield from [runs] if part in TOGETHER else [[run] for run in runs]


def run_part(run: Run, arguments: list[str], prefix: str) -> Result:
    """What pytest prints is shown line by line, as it comes."""
    asked, others = MARKERS.parse_known_args(arguments)
    first = LAST if run.database == NONE else []
    command = [*first, sys.executable, "-m", "pytest", "--create-db", *marked(run, asked.m), *others]
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
    prefixes = [f"{run.database:11} │ " if len(runs) > 1 else "" for run in runs]
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
