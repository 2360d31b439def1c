from typing import Any

from django.core.management.base import BaseCommand

from config import schedules


class Command(BaseCommand):
    help = "Makes the table of schedules say what config/schedules.py says. Run it after migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{schedules.ensure()} schedules")
