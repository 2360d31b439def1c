"""kill -9 of a loading worker, around every commit it makes: nothing lost, nothing doubled, the counts add up."""

import os
import signal

import pytest
from django.db import connections

from campaigns import uploads
from campaigns.models import CampaignContact
from contacts.hours import hours_key
from contacts.importing import load, progress
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, many
from tests.factories import NOON, CampaignFactory, SuppressionFactory
from tests.flows.dialer import kill_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

PEOPLE, PIECE_ROWS = 45, 10
COMMITS = 6  # five pieces, and the closing of the file


def work(upload: Upload, when: str = "", commit: int = 0) -> int:
    """Load in a process of its own, which may kill itself around its Nth commit; 0 or the signal that ended it."""
    connections.close_all()
    child = os.fork()
    if not child:
        ended = 1
        try:
            if when:
                kill_at(when, commit)
            uploads.run(upload.pk, Upload.objects.get(pk=upload.pk).turn)
            ended = 0
        finally:
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def in_step(upload: Upload) -> None:
    upload.refresh_from_db()
    done = Contact.objects.count()
    assert sum(upload.counts.values()) == upload.rows_done
    assert upload.rejected == upload.rejected_rows.count()
    assert done == upload.added == CampaignContact.objects.count()


def test_a_loader_killed_around_every_commit_loses_nothing_and_doubles_nothing(workspace, monkeypatch) -> None:
    monkeypatch.setattr(load, "PIECE_ROWS", PIECE_ROWS)
    SuppressionFactory(workspace=workspace, phone_number="+12125550013")
    hours_key("US", "NY", ["America/New_York"])  # the place of these numbers: no further commit for it
    campaign = CampaignFactory(workspace=workspace)
    link = uploads.receive(campaign, file(many(PEOPLE) + "+12125550003,Again,\nx,Bad,\n"), user=None, now=NOON)
    uploads.begin(link, NOON)
    upload = link.upload
    rows_done = []
    for _ in range(COMMITS):
        for when in ("before", "after"):
            assert work(upload, when, 1) == signal.SIGKILL
            in_step(upload)
            rows_done.append(upload.rows_done)
    assert rows_done == [0, 10, 10, 20, 20, 30, 30, 40, 40, 47, 47, 47]
    assert upload.status == UploadStatus.LOADED
    assert upload.counts == {
        "added": PEOPLE - 1,
        "updated": 0,
        "unchanged": 0,
        "invalid": 1,
        "duplicate": 1,
        "suppressed": 1,
    }
    lines = CampaignContact.objects.order_by("id").values_list("detail__line", flat=True)
    assert list(lines) == sorted(set(lines)), "in the order of the file, each row once"
    assert progress.discard_finished() == 1, "the file that the last one could not remove"
