"""`python manage.py recount [CAMPAIGN] [--mend]`: the counters that pages and the dialer read, against the rows."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns import counters
from campaigns.models import Campaign


class Command(BaseCommand):
    help = "Compare what pages and the dialer read as counted with a count of the rows. Exit status 1: they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", nargs="?", type=int, help="the campaign's id (default: every campaign)")
        parser.add_argument("--mend", action="store_true", help="correct what differs; dialing may go on meanwhile")

    def handle(self, *args: Any, campaign: int | None, mend: bool, **options: Any) -> None:
        campaigns = Campaign.objects.order_by("pk")
        if campaign is not None:
            campaigns = campaigns.filter(pk=campaign)
            if not campaigns.exists():
                raise CommandError(f"There is no campaign {campaign}.")
        found = 0
        for pk in campaigns.values_list("pk", flat=True):
            found += self._tell(counters.of_campaign(pk, mend))
        if campaign is None:
            found += self._tell(counters.of_numbers(mend))
        if found:
            self.stdout.write(f"{found} {'corrected' if mend else 'differ. --mend corrects them'}.")
            sys.exit(1)
        self.stdout.write("Everything agrees with the rows.")

    def _tell(self, differences: list[str]) -> int:
        for line in differences:
            self.stdout.write(line)
        return len(differences)
