"""The database has no room left in the middle of a piece: nothing is half done, and the file goes on once there is."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django_q.models import OrmQ

from accounts import jobs
from campaigns import uploads
from campaigns.models import CampaignContact
from contacts.importing import load, progress
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import add_up, file, many
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 3_000


@pytest.fixture
def full():
    """SQLite grows no further than so many pages from now: a real SQLITE_FULL, not a word of ours."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such limit that a test could set")

    def limit(pages: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # pages that earlier tests have left would be room
            cursor.execute("PRAGMA page_count")
            there = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {there + pages}")

    yield limit
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")


def loading(workspace) -> Upload:
    link = uploads.receive(CampaignFactory(workspace=workspace), file(many(ROWS)), user=None, now=NOON)
    uploads.begin(link, NOON)
    link.upload.refresh_from_db()
    return link.upload


@pytest.mark.parametrize("pages", [0, 40, 150])
def test_a_piece_without_room_is_undone_whole_and_the_file_goes_on_later(workspace, full, monkeypatch, pages) -> None:
    monkeypatch.setattr(load, "PIECE_ROWS", 500)
    upload = loading(workspace)
    full(pages)
    with pytest.raises(OperationalError, match="full"):
        uploads.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    done = upload.rows_done
    assert upload.status == UploadStatus.LOADING and done < ROWS and add_up(upload)
    assert Contact.objects.count() == CampaignContact.objects.count() == done

    full(1_000_000)
    OrmQ.objects.all().delete()
    later = upload.heartbeat_at + jobs.STALLED_AFTER + timedelta(seconds=1)
    assert progress.queue_stalled(later) == 1 and OrmQ.objects.count() == 1, "the sweep wakes it"
    uploads.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.added, upload.rows_done) == (UploadStatus.LOADED, ROWS, ROWS)
    assert Contact.objects.count() == CampaignContact.objects.count() == ROWS
