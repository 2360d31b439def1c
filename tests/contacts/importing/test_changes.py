"""What a file changed of whom is kept, as it was; and what is suppressed or said twice late."""

import pytest
from django.db import connection

from accounts import statistics
from campaigns import settling
from campaigns.models import CampaignContact
from contacts.importing import load
from contacts.models import Contact, Suppression, UploadChange
from tests.contacts.files import add_up, loaded, loading, many, staged
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def changes() -> dict[str, dict[str, object]]:
    return {one.contact.phone_number: one.before for one in UploadChange.objects.select_related("contact")}


def test_the_columns_that_a_file_changes_are_kept_as_they_were(workspace) -> None:
    first = loaded(workspace, "phone,name,tags,plan,country\n+12125550001,Ana,vip,pro,\n+12125550002,Bo,,pro,\n")
    assert changes() == {}, "people whom the file brought need nothing"
    second = loaded(
        workspace, "phone,name,tags,plan,timezone\n+12125550001,Anna,b2b,team,Asia/Tokyo\n+12125550002,Bo,,pro,\n"
    )
    assert (second.updated, second.unchanged) == (1, 1)
    ana = Contact.objects.get(phone_number="+12125550001")
    assert (ana.name, ana.upload_id, ana.timezone) == ("Anna", second.pk, "Asia/Tokyo")
    before = changes()
    assert before.keys() == {"+12125550001"}
    key = before["+12125550001"].pop("hours_key_id")
    assert key != ana.hours_key_id and before["+12125550001"].pop("updated_at") < str(ana.updated_at)
    assert before["+12125550001"] == {
        "name": "Ana",
        "tags": "|vip|",
        "variables": {"plan": "pro"},
        "timezone": "America/New_York",
        "zone_source": "number",
        "upload_id": first.pk,
    }


def test_a_primary_that_a_file_names_is_kept_as_it_was(workspace) -> None:
    loaded(workspace, "phone,name,primary_phone_number\n+12125550001,Son,\n+12125550002,Mother,\n+12125550003,Aunt,\n")
    upload = loaded(
        workspace,
        "phone,name,primary_phone_number\n+12125550001,Son,+12125550002\n+12125550004,New,+12125550002\n"
        "+12125550003,Ann,+12125550002\n",
    )
    assert upload.note == ""
    assert changes()["+12125550001"] == {"primary_id": None}
    assert changes()["+12125550003"]["primary_id"] is None and changes()["+12125550003"]["name"] == "Aunt"
    assert "+12125550004" not in changes()
    assert Contact.objects.filter(primary__name="Mother").count() == 3


def test_who_is_suppressed_after_staging_keeps_line_and_cells_of_the_file(workspace) -> None:
    upload = staged(workspace, many(5))
    for n in (1, 3):
        Suppression.objects.create(workspace=workspace, phone_number=f"+1212555000{n}", at=NOON)
    load.begin(upload, NOON)
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert add_up(upload) and upload.counts["suppressed"] == 2
    assert list(upload.rejected_rows.values_list("line", "cells")) == [
        (3, ["+12125550001", "Person 1", "1"]),
        (5, ["+12125550003", "Person 3", "3"]),
    ]


@pytest.mark.parametrize("status", ["scheduled", "running", "paused"])
def test_people_who_are_in_another_live_campaign_are_counted(workspace, status) -> None:
    there = [ContactFactory(workspace=workspace, phone_number=f"+1212555000{n}") for n in range(4)]
    live = CampaignFactory(workspace=workspace, status=status, run=1)
    for person in there[:3]:
        CampaignContactFactory(campaign=live, contact=person)
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace, status="running", run=1), contact=there[0])
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), contact=there[3])  # a draft
    CampaignContact.objects.filter(contact=there[2]).update(status="completed", next_attempt_at=None)
    other = CampaignContactFactory(campaign=CampaignFactory(workspace=WorkspaceFactory(), status="running", run=1))
    Contact.objects.filter(pk=other.contact_id).update(phone_number="+12125550005")
    upload = loading(workspace, many(8))
    load.run(upload.pk, upload.turn, settling.look_elsewhere)
    upload.refresh_from_db()
    assert upload.elsewhere == 2, "each person once, and nobody who is through"


def test_statistics_are_counted_after_many_rows(workspace, monkeypatch) -> None:
    asked: list[str] = []
    real = statistics.refresh
    monkeypatch.setattr(statistics, "refresh", lambda *tables: (asked.append("asked"), real(*tables)))
    monkeypatch.setattr(load, "MANY", 50)
    loaded(workspace, many(49))
    assert asked == []
    loaded(workspace, many(120, first=49))
    assert asked == ["asked", "asked"], "once the first many are there, and at the end"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'contacts_contact'")
            assert cursor.fetchone()[0] >= 169
        else:
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'contacts_contact'")
            assert cursor.fetchone()[0] > 0
