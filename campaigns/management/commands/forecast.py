"""`python manage.py forecast --scenario FILE [--out TRACE]`: the real dialer rules on a virtual clock, in memory."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.dialing import scenario, virtual

DOES_NOT_FIT = 2  # exit status of a file that is no scenario


class Command(BaseCommand):
    help = "Run a scenario file through the dialer's rules on a virtual clock and write the trace of its calls."
    requires_system_checks: list[str] = []  # no database, no settings of the installation
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenario", required=True, metavar="FILE", help="the scenario, a JSON file")
        parser.add_argument(
            "--out", metavar="TRACE", help="where the trace goes, one JSON object a line (default: stdout)"
        )

    def handle(self, *args: Any, scenario: str, out: str | None, **options: Any) -> None:
        read = self._read(Path(scenario))
        if out is None:
            virtual.run(read, self.stdout._out.write)  # type: ignore[attr-defined]
            return
        try:
            with Path(out).open("w", encoding="utf-8", newline="\n") as trace:
                virtual.run(read, trace.write)
        except OSError as error:
            self._refuse([f"{out}: cannot be written ({error.strerror})."])

    def _read(self, path: Path) -> scenario.Scenario:
        try:
            return scenario.read(path.read_text(encoding="utf-8-sig"))
        except scenario.BadScenario as bad:
            self._refuse(bad.mistakes)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            self._refuse([f"{path}: cannot be read ({reason})."])
        raise AssertionError("refused")

    def _refuse(self, mistakes: list[str]) -> None:
        for mistake in mistakes:
            self.stderr.write(mistake)
        sys.exit(DOES_NOT_FIT)
