"""`python manage.py trace CAMPAIGN [--out FILE]`: a real run as a scenario and a trace (`docs/audit.md`)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import statements
from campaigns import tracing
from campaigns.models import Campaign
from goals.results import achieving_calls


class Command(BaseCommand):
    help = "Write what a campaign did as a trace, and its scenario beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", type=int, help="the campaign's id")
        parser.add_argument(
            "--out", metavar="FILE", help="where the trace goes; the scenario goes to FILE.scenario.json"
        )

    def handle(self, *args: Any, campaign: int, out: str | None, **options: Any) -> None:
        row = Campaign.objects.select_related("agent", "workspace").filter(pk=campaign).first()
        if row is None:
            raise CommandError(f"There is no campaign {campaign}.")
        path = Path(out or f"campaign-{campaign}.trace")
        count = 0
        try:
            with statements.one_moment(), path.open("w", encoding="utf-8", newline="\n") as file:
                row.refresh_from_db(fields=["status", "status_at"])
                traced = tracing.trace(row, timezone.now(), achieving_calls)
                for count, line in enumerate(traced.lines, start=1):  # noqa: B007 - told below
                    file.write(json.dumps(line) + "\n")
            scenario = path.with_name(path.name + ".scenario.json")
            scenario.write_text(json.dumps(traced.scenario) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{error.filename}: cannot be written ({error.strerror}).") from None
        self.stdout.write(f"{count:,} lines in {path}; the scenario is {scenario}.")
