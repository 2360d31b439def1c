"""A PostgreSQL server of a test's own, which can be restarted and crashed while everybody works on it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections

from tests.flows.world import free_port, until

USER = "postgres"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first; they are seldom on the path."""
    found = [Path(path).parent for path in [shutil.which("pg_ctl")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: float(bin.parent.name), reverse=True)
    return next((bin for bin in found if (bin / "initdb").exists() and (bin / "pg_ctl").exists()), None)


def why_not() -> str:
    """Why there cannot be such a server here; empty when there can."""
    if binaries() is None:
        return "PostgreSQL's initdb and pg_ctl are not installed on this machine."
    if os.geteuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres."
    return ""


class Cluster:
    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.port = port

    def control(self, *arguments: str) -> bool:
        """Whether pg_ctl did it."""
        return self._run("pg_ctl", "-w", "-s", "-D", str(self.folder / "data"), *arguments)

    def create(self) -> None:
        assert self._run("initdb", "--no-sync", "-A", "trust", "-U", USER, "-D", str(self.folder / "data")), self.log()
        self.start()

    def start(self) -> None:
        # Its processes crash and not the machine, so what they wrote is there without being forced to the disk.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        # After kill -9 its sessions need a moment to notice, and until then there is no start.
        until(lambda: self.control("start", "-o", options), 20, self.log)

    def restart(self) -> None:
        assert self.control("restart", "-m", "fast"), self.log()

    def crash(self) -> None:
        """All its processes die at once; what was committed is found in the log at the next start."""
        assert self.control("stop", "-m", "immediate"), self.log()
        self.start()

    def kill(self) -> None:
        """kill -9 of the server's first process."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        self.start()

    def log(self) -> str:
        return (self.folder / "log").read_text()[-3000:]

    def _run(self, program: str, *arguments: str) -> bool:
        found = binaries()
        assert found is not None
        user = USER if os.geteuid() == 0 else None
        with (self.folder / "log").open("ab") as log:
            command = [str(found / program), *arguments]
            done = subprocess.run(command, user=user, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        return done.returncode == 0


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A migrated database on a server of its own is this process's database, and so of all it starts, in the block."""
    folder = Path(tempfile.mkdtemp(prefix="outdial-cluster-"))
    made = Cluster(folder, free_port())
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    try:
        made.create()
        with _in_place_of_the_tests_own(made):
            call_command("migrate", verbosity=0)
            yield made
    finally:
        made.control("stop", "-m", "immediate")
        shutil.rmtree(folder)


@contextmanager
def _in_place_of_the_tests_own(cluster: Cluster) -> Iterator[None]:
    values = connection.settings_dict
    before = dict(values)
    connections.close_all()
    values.update(HOST="127.0.0.1", PORT=str(cluster.port), USER=USER, PASSWORD="", NAME="postgres")
    try:
        yield
    finally:
        connections.close_all()
        values.update(before)
