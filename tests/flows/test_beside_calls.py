"""While calls are made, files in and out, undoing and replacing go in short pieces with a rest before each."""

import pytest
from django.utils import timezone

from accounts import pace
from accounts.models import Workspace
from analytics.exporting import job
from campaigns import replacing, undoing, upload_tasks
from campaigns.models import PutAside
from contacts.importing import load
from contacts.models import Contact, UploadStatus
from tests.campaigns.test_uploads import into_list, sent
from tests.contacts.files import loaded, loading, many, numbers, staged
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db
ROWS = pace.FEWEST * 2  # one piece while nobody is called, on either database


def always() -> bool:
    return True


@pytest.fixture
def rests(settings, monkeypatch) -> list[float]:
    """Calls are made all the time; how long work rested."""
    rested = list[float]()
    settings.CALLS_ARE_MADE = f"{__name__}.always"
    monkeypatch.setattr(pace, "sleep", rested.append)
    return rested


def test_a_file_is_read_with_rests(workspace: Workspace, rests, monkeypatch) -> None:
    monkeypatch.setattr(pace, "HELD", 0.0)
    assert staged(workspace, many(ROWS)).rows == ROWS
    assert len(rests) == 2


def test_a_file_is_loaded_in_short_pieces(workspace: Workspace, rests) -> None:
    upload = loading(workspace, many(ROWS))
    rests.clear()
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, len(numbers(workspace))) == (UploadStatus.LOADED, ROWS)
    assert len(rests) >= 2 and min(rests) > 0


def test_primaries_are_tied_with_rests(workspace: Workspace, rests) -> None:
    upload = loading(workspace, "phone,primary_phone_number\n+12125550001,\n+12125550002,+12125550001\n")
    rests.clear()
    load.run(upload.pk, upload.turn)
    assert Contact.objects.filter(primary__isnull=False).count() == 1
    assert len(rests) == 2, "one of them before loading"


def test_a_file_is_undone_in_short_pieces(workspace: Workspace, rests) -> None:
    upload = loaded(workspace, many(ROWS))
    undoing.begin_undo(upload, now=timezone.now(), actor=None)
    rests.clear()
    undoing.run(upload.pk, upload.turn)
    assert numbers(workspace) == []
    assert len(rests) >= 2


def test_a_list_is_put_aside_with_rests(workspace: Workspace, rests, monkeypatch) -> None:
    monkeypatch.setattr(replacing, "AT_ONCE", 0)
    draft = CampaignFactory(workspace=workspace)
    into_list(draft, many(3))
    upload = sent(draft, many(2, first=10), replaces=True)
    rests.clear()
    upload_tasks.put_aside(upload.pk)
    assert PutAside.objects.count() == 3
    assert len(rests) == 1


def test_a_file_is_made_in_short_pieces(workspace: Workspace, rests) -> None:
    loaded(workspace, many(ROWS))
    asked = {"campaign": None, "filters": {}, "actor": None, "now": timezone.now(), "at_once": False}
    export = job.ask(workspace, "people", "csv", **asked)
    rests.clear()
    assert job.make(export.pk, export.turn) == ROWS
    assert len(rests) >= 3, "one of them before the first piece"
