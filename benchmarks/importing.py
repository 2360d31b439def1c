"""How fast a contact file becomes contacts: `python benchmarks/importing.py [ROWS]`. Prints rows a second.

Works on a database of its own: SQLite below a temporary folder, or the empty PostgreSQL database of DATABASE_URL.
Beside it, on the same machine in the same run: the same rows through django-import-export's defaults (every
check a row at a time), on as many rows as take a few seconds.
"""

import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["OUTDIAL_VAR"] = tempfile.mkdtemp(prefix="outdial-benchmark-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

import tablib  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import QuerySet  # noqa: E402
from django.utils import timezone  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402

from accounts.models import Workspace  # noqa: E402
from accounts.phone import read as read_phone  # noqa: E402
from campaigns import uploads  # noqa: E402
from campaigns.models import Campaign  # noqa: E402
from contacts.hours import hours_key  # noqa: E402
from contacts.importing import load, staging  # noqa: E402
from contacts.models import Contact, Upload  # noqa: E402
from telephony.models import Agent  # noqa: E402

USUAL_ROWS = 1_000
ROUNDS = 3
HEADER = "phone_number,first_name,last_name,company,email,country,tags,priority,external_id,due_amount,plan"
CODES = ("+1212", "+1310", "+4930", "+91984", "+44207")


def content(rows: int, seed: int = 1) -> str:
    """People of four countries, each with a number of its own, eleven columns."""
    dice = random.Random(seed)  # noqa: S311
    lines = [HEADER]
    for n in range(rows):
        code = CODES[n % len(CODES)]
        digits = {"+1212": 7, "+1310": 7, "+4930": 8, "+91984": 7, "+44207": 7}[code]
        number = f"{code}{(2_000_000 if digits == 7 else 20_000_000) + n // len(CODES)}"
        tags = ";".join(dice.sample(["vip", "trial", "b2b", "renewal"], 2))
        lines.append(
            f"{number},First{n},Last{n},Company {n % 900},p{n}@example.com,,{tags},normal,C-{n},{n % 997}.00,pro"
        )
    return "\n".join(lines)


def ours(workspace: Workspace, text: str, campaign: Campaign | None = None) -> tuple[float, float, float, Upload]:
    """Seconds of staging and of loading, and those of loading that this process spent on a processor."""
    begun, now = time.perf_counter(), timezone.now()
    if campaign is None:
        upload = staging.receive(workspace, SimpleUploadedFile("people.csv", text.encode()), user=None, now=now)
    else:
        upload = uploads.receive(campaign, SimpleUploadedFile("people.csv", text.encode()), user=None, now=now).upload
    staging.stage(upload.pk, upload.turn)
    staged = time.perf_counter()
    upload.refresh_from_db()
    load.begin(upload, now)
    spent = time.process_time()
    load.run(upload.pk, upload.turn, uploads.settle if campaign else None, seconds=3_600)
    upload.refresh_from_db()
    assert upload.status == "loaded", (upload.status, upload.problem)
    return staged - begun, time.perf_counter() - staged, time.process_time() - spent, upload


class NumberWidget(widgets.CharWidget):
    def clean(self, value: str, row: object = None, **options: object) -> str:
        return read_phone(value, "US").e164


class UsualResource(resources.ModelResource):
    """What a project writes first: one column a field, the number checked, the rest by default."""

    phone_number = fields.Field(attribute="phone_number", column_name="phone_number", widget=NumberWidget())

    class Meta:
        model = Contact
        import_id_fields = ["phone_number"]
        fields = ["phone_number", "first_name", "last_name", "company", "email", "country", "tags", "external_id"]

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.filter(workspace=self.workspace_id)

    def before_save_instance(self, instance: Contact, row: object, **options: object) -> None:
        instance.workspace_id, instance.hours_key_id = self.workspace_id, self.key_id


def usual(workspace: Workspace, text: str) -> float:
    """Rows a second of django-import-export's defaults."""
    data = tablib.Dataset().load("\n".join(text.split("\n")[: USUAL_ROWS + 1]), format="csv")
    usual_resource = UsualResource()
    usual_resource.workspace_id, usual_resource.key_id = workspace.pk, hours_key("US", "", []).pk
    begun = time.perf_counter()
    result = usual_resource.import_data(data, raise_errors=True)
    assert result.totals["new"] == USUAL_ROWS, dict(result.totals)
    return USUAL_ROWS / (time.perf_counter() - begun)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    call_command("migrate", verbosity=0)
    text = content(rows)
    print(f"{connection.vendor}, {rows:,} rows, {len(text) / 1e6:.1f} MB; rows a second")
    print(
        f"{'round':>5} {'usual':>8} {'stage':>8} {'load':>8} {'CPU':>8} {'again':>8} {'to list':>8} {'ours/usual':>10}"
    )
    for number in range(ROUNDS):
        base = usual(Workspace.objects.create(name="Usual"), text)
        workspace = Workspace.objects.create(name="Ours")
        stage, fresh, alone, _ = ours(workspace, text)
        _, again, _, _ = ours(workspace, text)
        agent = Agent.objects.create(workspace=workspace, name="A", provider="http", provider_agent_id="a")
        campaign = Campaign.objects.create(workspace=workspace, name="List", agent=agent)
        _, listed, _, upload = ours(workspace, text, campaign)
        assert upload.added == rows
        speeds = [rows / seconds for seconds in (stage, fresh, alone, again, listed)]
        print(f"{number:>5} {base:>8,.0f} " + " ".join(f"{s:>8,.0f}" for s in speeds) + f" {speeds[1] / base:>10.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
