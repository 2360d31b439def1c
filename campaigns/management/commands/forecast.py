"""`python manage.py forecast CAMPAIGN`, or `--scenario FILE [--out TRACE]`: the dialer rules on a virtual clock."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns import forecasting
from campaigns.dialing import scenario, virtual
from campaigns.dialing.window import InvalidWindow
from campaigns.forecasting import keeping
from campaigns.models import Campaign

DOES_NOT_FIT = 2  # exit status of a file that is no scenario


class Command(BaseCommand):
    help = "Foretell a campaign, or run a scenario file, by the dialer's rules on a virtual clock. No call is placed."
    requires_system_checks: list[str] = []  # a scenario needs no database, and no settings of the installation
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("campaign", nargs="?", type=int, metavar="CAMPAIGN", help="the id of a campaign; prints JSON")
        what.add_argument("--scenario", metavar="FILE", help="a scenario, a JSON file; writes the trace of its calls")
        parser.add_argument(
            "--out", metavar="TRACE", help="where the trace goes, one JSON object a line (default: stdout)"
        )

    def handle(self, *args: Any, campaign: int | None, scenario: str, out: str | None, **options: Any) -> None:
        if campaign is not None:
            self._foretell(campaign)
            return
        read = self._read(Path(scenario))
        if out is None:
            virtual.run(read, self.stdout._out.write)  # type: ignore[attr-defined]
            return
        try:
            with Path(out).open("w", encoding="utf-8", newline="\n") as trace:
                virtual.run(read, trace.write)
        except OSError as error:
            self._refuse([f"{out}: cannot be written ({error.strerror})."])

    def _foretell(self, pk: int) -> None:
        campaign = Campaign.objects.select_related("agent", "workspace", "schedule").filter(pk=pk).first()
        if campaign is None:
            raise CommandError(f"There is no campaign {pk}.")
        try:
            result = forecasting.compute(campaign, timezone.now(), keeping.assumed(forecasting.latest(campaign)))
        except InvalidWindow:
            raise CommandError(keeping.NO_WINDOW) from None
        self.stdout.write(json.dumps(result, indent=2))

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
