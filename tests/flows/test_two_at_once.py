"""Two requests at the same moment, on one list: one after the other, and nobody twice."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import intake, undoing, upload_tasks, uploads
from campaigns.audience import aside
from campaigns.models import CampaignContact, IntakeDelivery, PutAside
from contacts.importing import undo
from contacts.models import Contact, Upload, UploadStatus
from tests.campaigns.test_uploads import into_list, sent
from tests.contacts.files import many
from tests.factories import CampaignFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each of them came to: its result, or its exception."""
    barrier, found = Barrier(len(works)), [None] * len(works)

    def begin(index: int) -> None:
        barrier.wait()
        try:
            found[index] = works[index]()
        except Exception as problem:
            found[index] = problem
        finally:
            connection.close()

    threads = [Thread(target=begin, args=[index]) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_one_person_sent_twice_at_once_is_one(workspace) -> None:
    found = intake.make(CampaignFactory(workspace=workspace), actor=None)
    given = {"phone_number": "+12125550123", "name": "Ada"}

    def send() -> intake.Answer:
        return intake.deliver(found, given, key="", now=timezone.now())

    answers = at_once(*[send] * 4)
    assert {(answer.status, answer.body["status"]) for answer in answers} == {(201, "added")}
    assert (Contact.objects.count(), CampaignContact.objects.count(), IntakeDelivery.objects.count()) == (1, 1, 4)


def test_one_person_sent_to_two_campaigns_at_once_is_one_contact_on_both_lists(workspace) -> None:
    found = [intake.make(CampaignFactory(workspace=workspace), actor=None) for _ in range(2)]
    given = {"phone_number": "+12125550123"}
    answers = at_once(*[lambda one=one: intake.deliver(one, given, key="", now=timezone.now()) for one in found])
    assert [answer.status for answer in answers] == [201, 201]
    assert (Contact.objects.count(), CampaignContact.objects.count()) == (1, 2)


def test_two_files_that_replace_a_list_at_once_leave_one_on_top(workspace, monkeypatch) -> None:
    monkeypatch.setattr(aside, "PIECE", 2)
    draft = CampaignFactory(workspace=workspace)
    into_list(draft, many(7))
    at_once(
        lambda: sent(draft, many(2, first=20), replaces=True),
        lambda: sent(draft, many(2, first=30), replaces=True),
    )
    both = Upload.objects.filter(pk__in=Upload.objects.order_by("-pk")[:2].values_list("pk", flat=True))
    on_top = both.get(status=UploadStatus.STAGED)  # whoever came last, which may be the one that was begun first
    at_once(*[lambda: upload_tasks.put_aside(on_top.pk)] * 3)
    assert both.exclude(pk=on_top.pk).get().status == UploadStatus.CANCELLED
    assert not draft.audience.exists()
    assert set(PutAside.objects.values_list("link__upload", flat=True)) == {on_top.pk}
    assert PutAside.objects.count() == PutAside.objects.values("contact").distinct().count() == 7


def test_a_file_is_undone_once_however_often_it_is_asked(workspace) -> None:
    draft = CampaignFactory(workspace=workspace)
    upload = into_list(draft, many(7))
    asked = at_once(*[lambda: undoing.begin_undo(Upload.objects.get(pk=upload.pk), now=timezone.now(), actor=None)] * 3)
    assert sum(isinstance(one, undoing.NotUndoable) for one in asked) == 2
    upload.refresh_from_db()
    done = at_once(*[lambda: upload_tasks.undo_upload(upload.pk, upload.turn)] * 2)
    assert not [one for one in done if isinstance(one, Exception)]
    upload.refresh_from_db()
    assert (upload.status, Contact.objects.count()) == (UploadStatus.UNDONE, 0)


def test_a_cancelled_replacement_does_not_meet_its_own_putting_aside(workspace, monkeypatch) -> None:
    for module in (aside, undo):
        monkeypatch.setattr(module, "PIECE", 2)
    draft = CampaignFactory(workspace=workspace)
    into_list(draft, many(9))
    upload = sent(draft, many(2, first=20), replaces=True)
    link = upload.campaign_upload
    found = at_once(lambda: upload_tasks.put_aside(upload.pk), lambda: uploads.cancel(link, timezone.now()))
    assert not [one for one in found if isinstance(one, Exception)]
    upload.refresh_from_db()
    if upload.status == UploadStatus.UNDOING:
        upload_tasks.undo_upload(upload.pk, upload.turn)
    assert (draft.audience.count(), PutAside.objects.count()) == (9, 0)
