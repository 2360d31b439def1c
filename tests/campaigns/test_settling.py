"""A file's people on a campaign's list: who is new, who comes back, what is kept of those it changes; and the dialer
finds them at once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import uploads
from campaigns.dialing import queue
from campaigns.models import Campaign, CampaignContact, CampaignHours, ContactMove, ListChange
from contacts.importing import load
from contacts.models import Upload, UploadStatus
from tests.contacts.files import add_up, file, many
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace, status="running", run=2, always_on=True)


def into(campaign: Campaign, content: str) -> Upload:
    link = uploads.receive(campaign, file(content), user=None, now=NOON)
    uploads.begin(link, NOON)
    link.upload.refresh_from_db()
    uploads.run(link.upload_id, link.upload.turn)
    link.upload.refresh_from_db()
    assert link.upload.status == UploadStatus.LOADED and add_up(link.upload)
    return link.upload


def test_what_a_file_changes_on_the_list_is_kept_as_it_was(running) -> None:
    into(running, many(4))
    assert not ListChange.objects.exists(), "people whom the file brought need nothing"
    gone = CampaignContact.objects.filter(campaign=running, contact__phone_number="+12125550002")
    gone.update(status="excluded", reason="by_hand", next_attempt_at=None)
    upload = into(running, many(5).replace("Person 1,1", "Person 1,99"))
    assert (upload.added, upload.updated, upload.unchanged) == (1, 2, 2)
    changes = ListChange.objects.filter(link__upload=upload).select_related("campaign_contact__contact")
    assert {change.campaign_contact.contact.phone_number: change.before for change in changes} == {
        "+12125550001": {"variables": {"due": "1"}, "status": "pending", "reason": ""},
        "+12125550002": {"variables": {"due": "2"}, "status": "excluded", "reason": "by_hand"},
    }
    assert gone.get().status == "pending"


def test_who_is_added_while_the_campaign_runs_is_told_and_belongs_to_the_run(running) -> None:
    into(running, many(3))
    rows = CampaignContact.objects.filter(campaign=running)
    assert set(rows.values_list("run", flat=True)) == {2}
    moves = ContactMove.objects.filter(campaign_contact__campaign=running)
    assert list(moves.values_list("action", "status", "run")) == [("added", "pending", 2)] * 3
    assert all(move.next_attempt_at == move.campaign_contact.next_attempt_at for move in moves)


def test_an_own_campaign_is_no_other_one(running, workspace) -> None:
    into(running, many(3))
    other = CampaignFactory(workspace=workspace, status="paused", run=1)
    person = ContactFactory(workspace=workspace, phone_number="+12125550007")
    CampaignContactFactory(campaign=other, contact=person)
    assert into(running, many(10)).elsewhere == 1


def test_people_who_stay_as_they_are_are_not_locked(running) -> None:
    """A dialer that is about to claim one of them does not wait for the piece."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database")
    into(running, many(20))
    with CaptureQueriesContext(connection) as asked:
        into(running, many(20))
    locking = [q["sql"] for q in asked if "FOR UPDATE" in q["sql"] or "FOR NO KEY UPDATE" in q["sql"]]
    tables = ("campaigns_campaigncontact", "contacts_contact")
    assert not [sql for sql in locking if any(f'"{table}"' in sql or f" {table}" in sql for table in tables)]


def test_a_tick_that_looks_after_a_large_file_walks_the_index(running, monkeypatch) -> None:
    monkeypatch.setattr(load, "MANY", 1_000)
    into(running, many(4_000))
    keys = list(CampaignHours.objects.filter(campaign=running).values_list("hours_key_id", flat=True))
    postgresql = connection.vendor == "postgresql"
    values = {"campaign": running.pk, "rank": 3, "ranks": [3], "now": "2030-01-01 00:00:00", "want": 20}
    values["keys"] = keys if postgresql else json.dumps(keys)
    looks = [
        (queue._POSTGRESQL if postgresql else queue._SQLITE, values),
        # Nobody is due yet: where everybody is, whoever comes first will do.
        (queue._SOMEBODY, {"workspace": running.workspace_id, "now": "2000-01-01 00:00:00"}),
    ]
    for sql, given in looks:
        with connection.cursor() as cursor:
            cursor.execute(("EXPLAIN (COSTS OFF) " if postgresql else "EXPLAIN QUERY PLAN ") + sql, given)
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
        assert "audience_due" in plan, plan
        full = ("Seq Scan on campaigns_campaigncontact", "Seq Scan on contacts_contact", "SCAN cc\n", "SCAN c\n")
        assert not [scan for scan in full if scan in plan + "\n"], plan
