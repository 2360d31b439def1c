"""Runs the suite part by part, on each database, and closes with pytest's own summary of every part.

What is fast runs first and side by side; processes that are killed, a browser and big loads follow one after another.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

PARTS = {
    "fast": ["-m", "not kill and not browser and not load", "-n", os.environ.get("TEST_WORKERS", "2")],
    "kill": ["-m", "kill"],
    "browser": ["-m", "browser"],
    "load": ["-m", "load"],
}
NOTHING_TO_RUN = 5  # pytest's exit code when a part selects no test
SUMMARY = re.compile(r"^(=+ )?.*\b(passed|failed|errors?|deselected|no tests ran)\b.* in [\d.]+s")


def databases() -> Iterator[tuple[str, dict[str, str]]]:
    plain = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    yield "SQLite", plain
    if "TEST_DATABASE_URL" in os.environ:
        yield "PostgreSQL", dict(os.environ)


def run_part(options: list[str], arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """pytest's exit code and its summary line; what it prints is shown as it comes."""
    command = [sys.executable, "-m", "pytest", "--create-db", *options, *arguments]
    summary = ""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, errors="replace") as pytest:
        assert pytest.stdout is not None
        for line in pytest.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if SUMMARY.match(line.rstrip()):
                summary = line.rstrip()
    return pytest.returncode, summary


def main(arguments: list[str]) -> int:
    results = []
    for database, environment in databases():
        for part, options in PARTS.items():
            print(f"\n{database}, {part}", flush=True)
            results.append((f"{database}, {part}", *run_part(options, arguments, environment)))
    ran = [result for result in results if result[1] != NOTHING_TO_RUN]
    print()
    for name, code, summary in ran:
        print(f"{name}\n{summary or f'pytest ended with code {code}'}")
    if not ran:
        print("No test was selected.")
        return NOTHING_TO_RUN
    return max(code for _name, code, _summary in ran)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
