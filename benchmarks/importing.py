"""How fast a contact file becomes contacts: `./scripts/bench importing [ROWS] [ROUNDS]`, on SQLite or on the server of
DATABASE_URL, in a database of its own.

Each round takes all of it in turn, on empty tables: ready rows into the indexed tables, which is what the database can
do at most; bulk_create and django-import-export's defaults on some of the rows; then ours, by a worker in a process of
its own: staged, loaded as contacts, the same file again, and as a draft's first list. Figures are medians of the
rounds' ratios.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.apps import apps

if not apps.ready:  # a test that imports this has settings already, and the processes it starts would get ours
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("OUTDIAL_VAR", str(Path(tempfile.gettempdir(), f"outdial-benchmark-{os.getpid()}")))
    os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from benchmarks.claim import Figure, database, show
from benchmarks.files import rows as file_rows
from benchmarks.files import usual
from benchmarks.files.limit import limit
from campaigns import uploads
from campaigns.models import Campaign
from contacts.hours import forget
from contacts.importing import load, staging
from contacts.models import Upload
from telephony.models import Agent

ROWS, ROUNDS = 500_000, 3
USUAL_PART = {"import_export": 25, "bulk_create": 5}  # of the rows one in so many, scaled: they take their time


@dataclass(frozen=True, slots=True)
class Worked:
    """Seconds of a worker, and the most memory it ever had, in MB."""

    stage: float
    load: float
    peak: float

    @property
    def all(self) -> float:
        return self.stage + self.load


Worker = Callable[[Upload], Worked]


# ── a worker ──


def work(upload: Upload) -> Worked:
    """Stage and load one file, slice by slice, as the work cluster does."""
    module = uploads if upload.tasks == uploads.TASKS else staging
    begun = time.perf_counter()
    if upload.status == "staging":
        module.stage(upload.pk, upload.turn)
        upload.refresh_from_db()
    assert upload.status == "staged", (upload.status, upload.problem)
    staged = time.perf_counter()
    load.begin(upload, timezone.now())
    while upload.status == "loading":
        uploads.run(upload.pk, upload.turn) if module is uploads else load.run(upload.pk, upload.turn)
        upload.refresh_from_db()
    assert upload.status == "loaded", (upload.status, upload.problem)
    return Worked(staged - begun, time.perf_counter() - staged, peak())


def peak() -> float:
    """The most memory this process ever had. On SQLite without the pages of the database that it only looks at: they
    are mapped from the file, and the system takes them back whenever it needs to."""
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    mapped = said["RssFile"] if connection.vendor == "sqlite" else "0 kB"
    return (int(said["VmHWM"].split()[0]) - int(mapped.split()[0])) / 1024


def beside(upload: Upload) -> Worked:
    """The same in a process of its own, which has nothing else in its memory. (What getrusage says of it would begin
    with what this process has.)"""
    connection.close()
    env = {**os.environ, "DATABASE_URL": _address()}
    command = [sys.executable, __file__, "--worker", str(upload.pk)]
    answer = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Worked(**json.loads(answer.stdout.splitlines()[-1]))


def _address() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


# ── files and tables ──


def received(workspace: Workspace, path: Path, campaign: Campaign | None = None) -> Upload:
    """The file as it lies on disk once it came in, not yet read."""
    with TemporaryUploadedFile("people.csv", "text/csv", path.stat().st_size, None) as file:
        shutil.copyfile(path, file.temporary_file_path())
        if campaign is None:
            return staging.receive(workspace, file, user=None, now=timezone.now())
        return uploads.receive(campaign, file, user=None, now=timezone.now()).upload


def draft(workspace: Workspace) -> Campaign:
    agent = Agent.objects.create(workspace=workspace, name="A", provider="http", provider_agent_id="a")
    return Campaign.objects.create(workspace=workspace, name="List", agent=agent)


def emptied() -> Workspace:
    """A new workspace; on tables as they were made, unless a test holds them."""
    if connection.in_atomic_block or not Path(os.environ["OUTDIAL_VAR"], "empty.marker").exists():
        return Workspace.objects.create(name="W")
    forget()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE accounts_workspace CASCADE")
    else:
        name = str(connection.settings_dict["NAME"])
        connection.close()
        for end in ("-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)
        shutil.copyfile(f"{name}.empty", name)
    return Workspace.objects.create(name="W")


def remember_empty() -> None:
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(name, f"{name}.empty")
    Path(os.environ["OUTDIAL_VAR"], "empty.marker").touch()


# ── figures ──


def one_round(path: Path, rows: int, worker: Worker) -> dict[str, float]:
    """Seconds for all rows, by what was done; and the peak of memory."""
    took: dict[str, float] = {}
    for name, campaign_too in (("limit", False), ("list limit", True)):
        workspace = emptied()
        upload = received(workspace, path)
        staging.stage(upload.pk, upload.turn)
        upload.refresh_from_db()
        took[name] = limit(upload, timezone.now(), draft(workspace) if campaign_too else None)
    for name, way in (("bulk_create", usual.bulk_create), ("import_export", usual.import_export)):
        some = max(1, rows // USUAL_PART[name])
        took[name] = way(emptied(), path, some) * rows / some
    workspace = emptied()
    first = worker(received(workspace, path))
    again = worker(received(workspace, path))
    workspace = emptied()
    listed = worker(received(workspace, path, draft(workspace)))
    took |= {"stage": first.stage, "load": first.load, "ours": first.all, "again": again.all}
    took |= {"list load": listed.load, "list": listed.all}
    took["peak"] = max(first.peak, again.peak, listed.peak)
    return took


def measure(rows: int, rounds: int, worker: Worker = beside) -> list[Figure]:
    Path(os.environ["OUTDIAL_VAR"]).mkdir(parents=True, exist_ok=True)
    path = Path(os.environ["OUTDIAL_VAR"], "people.csv")
    file_rows.write(path, rows)
    found = [one_round(path, rows, worker) for _ in range(rounds)]
    path.unlink()
    return _figures(found, rows)


def _figures(found: list[dict[str, float]], rows: int) -> list[Figure]:
    def speed(name: str) -> float:
        return median(rows / took[name] for took in found)

    def ratio(name: str, than: str) -> float:
        return median(took[than] / took[name] for took in found)

    postgresql = connection.vendor == "postgresql"
    least, least_list = (0.5, 0.7) if postgresql else (0.4, 0.4)
    words = {
        "limit": "ready rows as contacts",
        "list limit": "ready rows as contacts and on a list",
        "bulk_create": "bulk_create",
        "import_export": "django-import-export's defaults",
        "stage": "ours: staging",
        "load": "ours: loading as contacts",
        "ours": "ours: both",
        "again": "ours: both, the same file again",
        "list load": "ours: loading into a draft's first list",
        "list": "ours: both, a draft's first list",
    }
    figures = [Figure(f"{what}, rows a second", speed(name), "", True) for name, what in words.items()]
    for what, value, goal in (
        ("staging and loading as a part of the limit", ratio("ours", "limit"), least),
        ("loading alone as a part of the limit", ratio("load", "limit"), least),
        ("a draft's first list as a part of its limit", ratio("list", "list limit"), least_list),
        ("loading alone of a draft's first list", ratio("list load", "list limit"), least_list),
        ("times faster than bulk_create", ratio("ours", "bulk_create"), 6),
        ("times faster than django-import-export", ratio("ours", "import_export"), 50),
    ):
        figures.append(Figure(what, value, f">= {goal}", value >= goal))
    peak = max(took["peak"] for took in found)
    return [*figures, Figure("peak memory of the worker, MB", peak, "<= 160", peak <= 160)]


def main() -> None:
    if "--worker" in sys.argv:
        worked = work(Upload.objects.get(pk=int(sys.argv[-1])))
        print(json.dumps({"stage": worked.stage, "load": worked.load, "peak": worked.peak}))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with database():
        remember_empty()
        print(f"{connection.vendor}, {rows:,} rows, {rounds} rounds")
        show(measure(rows, rounds))


if __name__ == "__main__":
    main()
