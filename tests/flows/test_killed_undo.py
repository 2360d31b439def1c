"""kill -9 of whoever puts a list aside, brings it back, or undoes a file, around every commit: as if nothing was."""

import os
import signal
from collections.abc import Callable

import pytest
from django.db import connections
from django.utils import timezone

from campaigns import replacing, undoing, upload_tasks, uploads
from campaigns.audience import aside, leaving
from campaigns.models import Campaign, CampaignContact, CampaignUpload, PutAside
from contacts.hours import hours_key
from contacts.importing import undo
from contacts.models import Contact, Upload, UploadStatus
from tests.campaigns.test_replacing import as_it_is
from tests.campaigns.test_undoing import everything
from tests.campaigns.test_uploads import into_list, sent
from tests.contacts.files import many
from tests.factories import CampaignFactory
from tests.flows.dialer import kill_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

PEOPLE, PIECE = 25, 10
DEATHS = 60  # more than any of these makes commits: no endless loop where something never ends


@pytest.fixture
def draft(workspace, monkeypatch) -> Campaign:
    for module in (aside, leaving, undo):
        monkeypatch.setattr(module, "PIECE", PIECE)
    monkeypatch.setattr(replacing, "AT_ONCE", 0)
    monkeypatch.setattr(undoing, "SHORT", 0)
    hours_key("US", "NY", ["America/New_York"])
    return CampaignFactory(workspace=workspace)


def in_a_child(work: Callable[[], object], when: str, commit: int) -> int:
    """Work in a process of its own that kills itself around its Nth commit; 0 or the signal that ended it."""
    connections.close_all()
    child = os.fork()
    if not child:
        ended = 1
        try:
            kill_at(when, commit)
            work()
            ended = 0
        finally:
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def until_it_lives(work: Callable[[], object], whole: Callable[[], bool]) -> int:
    """Again and again, killed by turns before and after its first commit, then its second …; how many deaths."""
    for deaths in range(DEATHS):
        assert whole()
        if in_a_child(work, ("before", "after")[deaths % 2], deaths // 2 + 1) != signal.SIGKILL:
            return deaths
    raise AssertionError("it never ends")


def nobody_lost(draft: Campaign) -> bool:
    lying = PutAside.objects.values_list("contact", flat=True)
    listed = CampaignContact.objects.filter(campaign=draft).values_list("contact", flat=True)
    return len([*lying, *listed]) == len({*lying, *listed}) == PEOPLE


def test_a_list_is_put_aside_and_comes_back_through_any_number_of_deaths(draft) -> None:
    into_list(draft, many(PEOPLE))
    before = as_it_is(draft)
    upload = sent(draft, many(3, first=50), replaces=True)
    deaths = until_it_lives(lambda: upload_tasks.put_aside(upload.pk), lambda: nobody_lost(draft))
    assert deaths >= 3
    assert CampaignUpload.objects.get(upload=upload).aside_at and not draft.audience.exists()
    uploads.cancel(CampaignUpload.objects.get(upload=upload), timezone.now())
    until_it_lives(
        lambda: upload_tasks.undo_upload(upload.pk, Upload.objects.get(pk=upload.pk).turn), lambda: nobody_lost(draft)
    )
    assert as_it_is(draft) == before
    assert Upload.objects.get(pk=upload.pk).status == UploadStatus.CANCELLED


def test_a_file_is_undone_through_any_number_of_deaths(draft) -> None:
    into_list(draft, many(PEOPLE))
    before = everything(draft)
    upload = sent(draft, many(PEOPLE, first=10).replace("Person 1", "Somebody 1"), replaces=True)
    upload_tasks.put_aside(upload.pk)
    uploads.begin(CampaignUpload.objects.get(upload=upload), timezone.now())
    upload.refresh_from_db()
    upload_tasks.load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    undoing.begin_undo(upload, now=timezone.now(), actor=None)
    until_it_lives(
        lambda: upload_tasks.undo_upload(upload.pk, Upload.objects.get(pk=upload.pk).turn),
        lambda: Contact.objects.count() >= PEOPLE,
    )
    assert everything(draft) == before
    upload.refresh_from_db()
    assert (upload.status, upload.note) == (UploadStatus.UNDONE, "")
