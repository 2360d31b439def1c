"""A large file whose worker is killed ten times, wherever it happens to be: as if it had never happened."""

import os
import random
import signal
import time
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Sum

from accounts.models import Workspace
from campaigns import uploads
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail, ContactMove, ListChange
from contacts.importing import load
from contacts.models import Contact, RejectedRow, Suppression, Upload, UploadChange, UploadStatus
from tests.contacts.files import add_up, file, loaded
from tests.factories import NOON, CampaignFactory, WorkspaceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.load]

ROWS, KILLS = 100_000, 10
KNOWN = 3_000  # people who are there before, every third with another company


def content(rows: int) -> str:
    """Some known, some suppressed, some twice, some no number, some with a primary."""
    lines = ["phone,name,company,due,primary_phone_number"]
    for n in range(rows):
        number = "no number" if n % 997 == 0 else f"+1212{2_000_000 + (n - 7 if n % 1_001 == 8 else n)}"
        primary = f"+1212{2_000_000 + n - 1}" if n % 5_003 == 2 else ""
        lines.append(f"{number},Person {n},Company {n % 50},{n},{primary}")
    return "\n".join(lines) + "\n"


def prepared(rows: int) -> tuple[Campaign, Upload]:
    """A workspace with people, with numbers that are suppressed, and with a file that is being loaded."""
    workspace: Workspace = WorkspaceFactory()
    known = [f"+1212{2_000_000 + n},Person {n},Company {n % 50 if n % 3 else 'old'}" for n in range(1, KNOWN)]
    before = loaded(workspace, "phone,name,company\n" + "\n".join(known) + "\n")
    assert before.status == UploadStatus.LOADED
    Suppression.objects.bulk_create(
        Suppression(workspace=workspace, phone_number=f"+1212{2_000_000 + n}", at=NOON) for n in range(5, rows, 4_999)
    )
    campaign = CampaignFactory(workspace=workspace, always_on=True)
    link = uploads.receive(campaign, file(content(rows)), user=None, now=NOON)
    if link.upload.status == UploadStatus.STAGING:
        uploads.stage(link.upload_id, link.upload.turn)
        link.upload.refresh_from_db()
    uploads.begin(link, NOON)
    # Its list is filled while it runs, as that of an always-on campaign may be.
    Campaign.objects.filter(pk=campaign.pk).update(status=CampaignStatus.RUNNING, run=1)
    link.upload.refresh_from_db()
    return campaign, link.upload


def outcome(campaign: Campaign, upload: Upload) -> dict[str, Any]:
    """All that the import left behind, without ids and times."""
    upload.refresh_from_db()
    people = Contact.objects.filter(workspace=campaign.workspace_id).order_by("id")
    listed = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    details = CampaignContactDetail.objects.filter(campaign_contact__campaign=campaign).order_by("campaign_contact")
    changes = UploadChange.objects.filter(upload=upload).order_by("contact")
    return {
        "upload": (upload.status, upload.rows_done, upload.note, upload.elsewhere, upload.counts),
        "people": list(
            people.values_list(
                "phone_number", "name", "company", "variables", "primary__phone_number", "spread_at__year"
            )
        ),
        "list": list(listed.values_list("contact__phone_number", "status", "rank", "priority", "run")),
        "details": list(details.values_list("line", "variables")),
        "rejected": list(RejectedRow.objects.filter(upload=upload).values_list("line", "kind", "reason", "cells")),
        "changes": [
            (number, sorted(before)) for number, before in changes.values_list("contact__phone_number", "before")
        ],
        "list changes": ListChange.objects.filter(link__campaign=campaign).count(),
        "moves": ContactMove.objects.filter(campaign_contact__campaign=campaign).count(),
    }


def work(upload: Upload) -> int:
    """A worker in a process of its own, which goes on until the file is loaded; its id."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            while upload.status == UploadStatus.LOADING:
                uploads.run(upload.pk, upload.turn)
                upload.refresh_from_db()
        finally:
            os._exit(0)
    return child


def listed(campaign: Campaign, upload: Upload) -> int:
    """How many are on the list at one moment, which `upload` is as of. PostgreSQL may still commit a piece whose worker
    was killed once it had asked for that."""
    while True:
        upload.refresh_from_db()
        done, count = upload.rows_done, CampaignContact.objects.filter(campaign=campaign).count()
        upload.refresh_from_db()
        if upload.rows_done == done:
            return count


def test_an_import_killed_ten_times_is_as_if_it_had_never_been(monkeypatch) -> None:
    rows = int(os.environ.get("IMPORT_ROWS", ROWS))
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    monkeypatch.setattr(load, "PIECE_ROWS", max(rows // 25, 10))  # on PostgreSQL as many pieces as a full file has
    campaign, upload = prepared(rows)
    begun = time.monotonic()
    os.waitpid(work(upload), 0)
    took = time.monotonic() - begun
    expected = outcome(campaign, upload)
    assert expected["upload"][0] == UploadStatus.LOADED and add_up(upload)

    campaign, upload = prepared(rows)
    killed, met = 0, []
    while killed < KILLS:
        child = work(upload)
        time.sleep(dice.uniform(0, 1.6 * took / KILLS))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        on_list = listed(campaign, upload)
        if os.WIFSIGNALED(status):
            killed += 1
            met.append(upload.rows_done)
        assert add_up(upload), (seed, met)
        moved = sum(upload.counts[name] for name in ("added", "updated", "unchanged"))
        assert on_list == moved, (seed, met)
        if upload.status != UploadStatus.LOADING:
            break
    os.waitpid(work(upload), 0)
    assert outcome(campaign, upload) == expected, (seed, met)
    assert killed >= KILLS - 2 or not rows >= ROWS, f"seed {seed}: the file was loaded after {met}"
    total = Upload.objects.filter(pk=upload.pk).aggregate(Sum("rows_done"))["rows_done__sum"]
    assert total == rows and connection.vendor
