"""Runs the simulated carrier. It uses neither the database nor any model of ours."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from telephony.simulator.control import BadControl
from telephony.simulator.options import add_arguments
from telephony.simulator.server import run


class Command(BaseCommand):
    help = "A carrier as a process of its own, for trying out and for tests (docs/simulated-carrier.md)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser, settings.VAR_DIR / "carrier-ledger.jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(run(options, self.say))
        except (BadControl, OSError) as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
