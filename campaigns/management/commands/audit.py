"""`python manage.py audit CAMPAIGN` or `audit --scenario FILE --trace FILE`: are the rules of the dialer kept?"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns import auditing
from campaigns.audit import read_table
from campaigns.audit.judge import Judge
from campaigns.audit.world import SLACK
from campaigns.auditing import Audited
from campaigns.models import Campaign
from contacts.legal_hours import SHIPPED
from goals.results import achieving_calls

VIOLATED = 1  # exit status


class Command(BaseCommand):
    help = "Check every launch of a campaign, or of a trace, against the rules of the dialer."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", type=int, nargs="?", help="the campaign's id")
        parser.add_argument("--scenario", metavar="FILE", help="a scenario file, with --trace")
        parser.add_argument("--trace", metavar="FILE", help="the trace to be checked")
        parser.add_argument("--real", action="store_true", help="the trace is one that `trace` wrote of a real run")
        parser.add_argument("--slack", type=float, metavar="SECONDS", help="how long somebody who is due may wait")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")

    def handle(self, *args: Any, campaign: int | None, as_json: bool, **options: Any) -> None:
        audited = self._files(**options) if campaign is None else self._campaign(campaign, options["slack"])
        if as_json:
            findings = [asdict(finding) | {"sentence": finding.sentence} for finding in audited.findings]
            count = len(audited.violations)
            told = {"launches": audited.launches, "violations": count, "unjudged": audited.unjudged}
            self.stdout.write(json.dumps({**told, "findings": findings}))
        else:
            for finding in audited.findings:
                self.stdout.write(f"{finding.kind} ({finding.rule}): {finding.sentence}")
            self.stdout.write(f"{audited.sentence}.")
            if audited.omissions:
                self.stdout.write(f"{len(audited.omissions):,} times somebody was due and nobody was called.")
            if audited.unjudged:
                self.stdout.write(f"Not judged: {'; '.join(audited.unjudged)}.")
        if audited.violations:
            sys.exit(VIOLATED)

    def _campaign(self, pk: int, slack: float | None) -> Audited:
        row = Campaign.objects.select_related("agent", "workspace").filter(pk=pk).first()
        if row is None:
            raise CommandError(f"There is no campaign {pk}.")
        now = timezone.now()
        wait = auditing.SLACK if slack is None else timedelta(seconds=slack)
        audited = auditing.check(row, now, achieving_calls, wait)
        auditing.keep(row, audited, now)
        return audited

    def _files(self, scenario: str | None, trace: str | None, real: bool, slack: float | None, **_: Any) -> Audited:
        if not scenario or not trace:
            raise CommandError("Name a campaign, or both --scenario and --trace.")
        wait = timedelta(seconds=slack) if slack is not None else auditing.SLACK if real else SLACK
        try:
            given = json.loads(Path(scenario).read_text(encoding="utf-8-sig"))
            judge = Judge(given, real=real, slack=wait, table=read_table(SHIPPED))
            findings = judge.run(_lines(Path(trace)))
            return Audited(judge.launches, findings)
        except OSError as error:
            raise CommandError(f"{error.filename}: cannot be read ({error.strerror}).") from None
        except ValueError as error:
            raise CommandError(f"This is no scenario and trace: {error}.") from None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.strip():
                yield json.loads(text)
