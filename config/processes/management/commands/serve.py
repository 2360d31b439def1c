import logging
import os
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections, transaction
from django.utils import timezone

from accounts.first_run import ensure_owner
from accounts.models import User, Workspace
from analytics.demo.making import make, simulated
from config import schedules
from config.environment import given
from config.processes.greeting import Greeting
from config.processes.programs import programs
from config.processes.record import AlreadyRunning, Record, only_one
from config.processes.static_files import collect_if_changed
from config.processes.supervisor import GRACE, Supervisor
from config.secret_file import write_private

DEFAULT_PORT = "8000"


class Command(BaseCommand):
    help = "Prepares the database and keeps web server, clusters and simulated carrier running until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--empty", action="store_true", help="start without the demo workspace")

    def handle(self, *args: Any, empty: bool, **options: Any) -> None:
        port = int(given("PORT", DEFAULT_PORT))
        carrier_port = int(given("CARRIER_PORT", str(port + 1)))
        var = Path(settings.VAR_DIR)
        var.mkdir(parents=True, exist_ok=True)
        try:
            with only_one(var):
                self._run(port, carrier_port, var, empty)
        except AlreadyRunning as refusal:
            raise CommandError(str(refusal)) from None
        except KeyboardInterrupt:  # while the database is prepared; later the supervisor takes it
            self._say("Stopped before it was ready.")

    def _run(self, port: int, carrier_port: int, var: Path, empty: bool) -> None:
        left = Record(var).stop_left_over(GRACE)
        if left:
            self._say(f"Stopped {left} programs that an earlier start had left running.")
        check_free(port, "PORT")
        check_free(carrier_port, "CARRIER_PORT")
        os.environ.update(PORT=str(port), CARRIER_PORT=str(carrier_port))
        email, password = self._prepare(var, empty)
        greeting = Greeting(port, carrier_port, email, password, var, self._say)
        kept = programs(port, carrier_port, Path(settings.BASE_DIR), var)
        Supervisor(kept, var, self._say, greeting.look).run()
        self._say("Outdial has stopped.")

    def _prepare(self, var: Path, empty: bool) -> tuple[str, str | None]:
        """Migrates, sets the clock, collects, makes the first account and, unless `empty`, the demo workspace."""
        logging.getLogger("django-q").setLevel(logging.WARNING)  # the terminal is for people
        call_command("migrate", interactive=False, verbosity=0)
        schedules.ensure()
        collect_if_changed()
        with transaction.atomic():  # an interrupted first start leaves nothing half made
            email, password = ensure_owner()
            if password and not empty:
                self._say("Making the demo workspace. Its finished campaign is dialed now, on a virtual clock …")
                owner = User.objects.get(email=email)
                workspace = Workspace.objects.get(memberships__user=owner)
                make(workspace, owner, simulated(int(os.environ["CARRIER_PORT"])), timezone.now())
        if password:
            write_private(var / "first-sign-in.txt", f"{email}\n{password}\n")
        connections.close_all()
        return email, password

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def check_free(port: int, variable: str) -> None:
    """Raises CommandError when something else listens on a port that we need."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(f"Port {port} is in use. Choose another one: {variable}={port + 10}.") from None
