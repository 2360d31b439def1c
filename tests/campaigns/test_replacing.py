"""A file takes the place of a draft's list: whoever was on it lies aside, nobody is lost, and the list comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import audience, lifecycle, readiness, replacing, upload_tasks, uploads
from campaigns.audience import aside
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail, ContactMove, ListChange, PutAside
from campaigns.uploads import ListLocked
from contacts.importing import progress, undo
from contacts.models import Contact, Upload, UploadStatus
from tests.campaigns.test_uploads import into_list, listed, run, sent
from tests.contacts.files import Killed, many
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, PoolNumberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
LIST = [f"+1212555000{n}" for n in range(5)]


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


@pytest.fixture
def small_pieces(monkeypatch) -> None:
    for module in (aside, undo):
        monkeypatch.setattr(module, "PIECE", 2)


def as_it_is(campaign: Campaign) -> list[tuple]:
    """The whole list, row by row, with all that hangs on it."""
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    details = CampaignContactDetail.objects.filter(campaign_contact__campaign=campaign).order_by("pk")
    moves = ContactMove.objects.filter(campaign_contact__campaign=campaign).order_by("pk")
    changes = ListChange.objects.filter(campaign_contact__campaign=campaign).order_by("pk")
    return [tuple(row.items()) for found in (rows, details, moves, changes) for row in found.values()]


def a_list_with_a_past(campaign: Campaign) -> Upload:
    """Five people: one moved by hand, one urgent, one updated by a second file."""
    first = into_list(campaign, many(5))
    into_list(campaign, "phone,city\n+12125550001,Bonn\n")
    ids = list(CampaignContact.objects.filter(campaign=campaign).order_by("id").values_list("pk", flat=True))
    audience.by_hand(campaign, [ids[2]], "exclude", now=NOON, actor_name="Ada")
    audience.by_hand(campaign, [ids[3]], "retry", now=NOON)
    return first


def test_the_earlier_list_lies_aside_once_the_file_is_staged(draft) -> None:
    into_list(draft, many(3))
    upload = sent(draft, many(2, first=10), replaces=True)
    link = upload.campaign_upload
    assert (listed(draft), link.aside_at is None) == ([], False)
    assert list(PutAside.objects.values_list("contact__phone_number", flat=True)) == LIST[:3]
    uploads.begin(link, NOON)
    run(upload)
    assert listed(draft) == ["+12125550010", "+12125550011"]


def test_a_file_that_is_cancelled_brings_the_list_back_as_it_was(draft, small_pieces) -> None:
    a_list_with_a_past(draft)
    before = as_it_is(draft)
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    assert not link.aside_at, "two pieces at once, the rest in the background"
    upload_tasks.put_aside(link.upload_id)
    link.refresh_from_db()
    assert (listed(draft), PutAside.objects.count()) == ([], 5)
    assert not ContactMove.objects.exists() and not ListChange.objects.exists()
    assert uploads.cancel(link, NOON)
    upload_tasks.undo_upload(link.upload_id, Upload.objects.get(pk=link.upload_id).turn)
    assert as_it_is(draft) == before
    link.refresh_from_db()
    assert (link.upload.status, link.aside_at, PutAside.objects.count()) == (UploadStatus.CANCELLED, None, 0)


@pytest.mark.parametrize("piece", range(1, 4))
def test_a_worker_that_dies_while_it_puts_aside_loses_nobody(draft, small_pieces, monkeypatch, piece) -> None:
    monkeypatch.setattr(replacing, "AT_ONCE", 0)
    into_list(draft, many(5))
    upload = sent(draft, many(2, first=10), replaces=True)
    real, calls = aside._remove, []

    def dying(rows):
        real(rows)
        calls.append(1)
        if len(calls) == 4 * piece:  # the last statement of a piece
            raise Killed

    monkeypatch.setattr(aside, "_remove", dying)
    with pytest.raises(Killed):
        upload_tasks.put_aside(upload.pk)
    monkeypatch.setattr(aside, "_remove", real)
    gone = list(PutAside.objects.order_by("place").values_list("contact__phone_number", flat=True))
    assert (len(gone), gone + listed(draft)) == (2 * (piece - 1), LIST)
    upload_tasks.put_aside(upload.pk)
    assert (listed(draft), PutAside.objects.count()) == ([], 5)


@pytest.mark.parametrize("piece", range(1, 4))
def test_a_worker_that_dies_while_it_brings_back_doubles_nobody(draft, small_pieces, monkeypatch, piece) -> None:
    a_list_with_a_past(draft)
    before = as_it_is(draft)
    upload = sent(draft, many(2, first=10), replaces=True)
    upload_tasks.put_aside(upload.pk)
    monkeypatch.setattr("campaigns.undoing.SHORT", 0)
    uploads.cancel(upload.campaign_upload, NOON)
    upload.refresh_from_db()
    real, calls = aside.bring_back, []

    def dying(*given):
        found = real(*given)
        calls.append(1)
        if len(calls) == piece:
            raise Killed
        return found

    monkeypatch.setattr(aside, "bring_back", dying)
    with pytest.raises(Killed):
        upload_tasks.undo_upload(upload.pk, upload.turn)
    monkeypatch.setattr(aside, "bring_back", real)
    assert PutAside.objects.count() == 5 - 2 * (piece - 1)
    assert replacing.list_in_motion(draft).endswith("Wait a moment.")
    upload_tasks.undo_upload(upload.pk, upload.turn)
    assert as_it_is(draft) == before


def test_nothing_starts_and_nothing_is_loaded_until_all_of_it_lies_aside(draft, small_pieces, monkeypatch) -> None:
    monkeypatch.setattr(replacing, "AT_ONCE", 1)
    PoolNumberFactory(campaign=draft)
    into_list(draft, many(5))
    upload = sent(draft, many(2, first=10), replaces=True)
    sentence = "The earlier list is being put aside for people.csv. Wait a moment."
    assert readiness.blockers(readiness.check(draft, NOON)) == [sentence]
    with pytest.raises(lifecycle.Refused, match="being put aside"):
        lifecycle.act(draft, "start", actor=None)
    with pytest.raises(ListLocked, match="being put aside"):
        uploads.begin(upload.campaign_upload, NOON)
    upload_tasks.put_aside(upload.pk)
    lifecycle.act(draft, "start", actor=None, now=NOON)
    run(upload)
    assert listed(draft) == ["+12125550010", "+12125550011"]


def test_a_file_that_is_still_read_and_will_replace_the_list_holds_up_start(draft) -> None:
    PoolNumberFactory(campaign=draft)
    into_list(draft, many(2))
    upload = sent(draft, many(2, first=10), replaces=True)
    Upload.objects.filter(pk=upload.pk).update(status=UploadStatus.STAGING)
    upload.campaign_upload.aside_at = None
    upload.campaign_upload.save()
    assert "is still being read, and will replace the list" in readiness.blockers(readiness.check(draft, NOON))[0]
    Upload.objects.filter(pk=upload.pk).update(status=UploadStatus.UNMAPPED)
    assert replacing.list_in_motion(draft) == "", "an unmapped file replaces nothing"


def test_a_file_read_after_the_start_is_cancelled_and_says_why(draft) -> None:
    into_list(draft, many(2))
    upload = sent(draft, many(2, first=10), replaces=True)
    link = upload.campaign_upload
    uploads.cancel(link, NOON)
    Upload.objects.filter(pk=upload.pk).update(status=UploadStatus.STAGED)
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.RUNNING, run=1)
    assert replacing.take_place(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.problem) == (UploadStatus.CANCELLED, replacing.STARTED)
    assert listed(draft) == LIST[:2]


def test_a_second_file_puts_the_first_ones_people_on_top_of_the_pile(draft) -> None:
    into_list(draft, many(2))
    first = into_list(draft, many(2, first=10), replaces=True)
    second = into_list(draft, many(2, first=20), replaces=True)
    assert listed(draft) == ["+12125550020", "+12125550021"]
    lying = PutAside.objects.order_by("place").values_list("link__upload", "contact__phone_number")
    assert list(lying) == [
        (first.pk, LIST[0]),
        (first.pk, LIST[1]),
        (second.pk, "+12125550010"),
        (second.pk, "+12125550011"),
    ]


def test_a_second_file_takes_over_the_list_of_a_first_that_brought_nobody(draft, small_pieces) -> None:
    a_list_with_a_past(draft)
    before = as_it_is(draft)
    first = sent(draft, many(2, first=10), replaces=True)
    upload_tasks.put_aside(first.pk)
    second = sent(draft, many(2, first=20), replaces=True)
    first.refresh_from_db()
    assert first.status == UploadStatus.CANCELLED
    upload_tasks.put_aside(second.pk)
    assert set(PutAside.objects.values_list("link__upload", flat=True)) == {second.pk}
    assert replacing.list_in_motion(draft) == ""
    uploads.cancel(second.campaign_upload, NOON)
    upload_tasks.undo_upload(second.pk, Upload.objects.get(pk=second.pk).turn)
    assert as_it_is(draft) == before


def test_a_second_file_in_the_middle_of_the_first_ones_putting_aside_takes_both_halves(draft, small_pieces) -> None:
    into_list(draft, many(5))
    before = as_it_is(draft)
    sent(draft, many(2, first=10), replaces=True)
    assert (PutAside.objects.count(), len(listed(draft))) == (4, 1)
    second = sent(draft, many(2, first=20), replaces=True)
    upload_tasks.put_aside(second.pk)
    assert set(PutAside.objects.values_list("link__upload", flat=True)) == {second.pk}
    uploads.cancel(second.campaign_upload, NOON)
    upload_tasks.undo_upload(second.pk, Upload.objects.get(pk=second.pk).turn)
    assert as_it_is(draft) == before


def test_a_file_waits_for_one_that_is_taken_back(draft, small_pieces, monkeypatch) -> None:
    monkeypatch.setattr("campaigns.undoing.SHORT", 0)
    into_list(draft, many(5))
    first = sent(draft, many(2, first=10), replaces=True)
    upload_tasks.put_aside(first.pk)
    uploads.cancel(first.campaign_upload, NOON)
    second = sent(draft, many(2, first=20), replaces=True)
    assert second.campaign_upload.aside_to is None
    first.refresh_from_db()
    upload_tasks.undo_upload(first.pk, first.turn)
    assert listed(draft) == LIST
    upload_tasks.put_aside(second.pk)
    assert (listed(draft), PutAside.objects.filter(link__upload=second.pk).count()) == ([], 5)


def test_who_is_added_after_the_file_was_staged_stays(draft) -> None:
    into_list(draft, many(2))
    upload = sent(draft, many(2, first=10), replaces=True)
    CampaignContactFactory(campaign=draft, contact__phone_number="+12125559999")
    uploads.begin(upload.campaign_upload, NOON)
    run(upload)
    assert listed(draft) == ["+12125559999", "+12125550010", "+12125550011"]


def test_who_was_suppressed_meanwhile_comes_back_excluded(draft, workspace) -> None:
    into_list(draft, many(2))
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    SuppressionFactory(workspace=workspace, phone_number=LIST[0])
    uploads.cancel(link, NOON)
    rows = CampaignContact.objects.order_by("id").values_list("status", "reason", "next_attempt_at")
    assert list(rows) == [("excluded", "suppressed", None), ("pending", "", rows[1][2])]


def test_who_was_deleted_meanwhile_does_not_come_back(draft) -> None:
    into_list(draft, many(2))
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    Contact.objects.get(phone_number=LIST[0]).delete()
    uploads.cancel(link, NOON)
    assert listed(draft) == [LIST[1]]


def test_who_became_urgent_or_moved_meanwhile_comes_back_so(draft) -> None:
    into_list(draft, many(2))
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    other = CampaignContactFactory(campaign=draft).hours_key
    Contact.objects.filter(phone_number=LIST[0]).update(priority=0, hours_key=other)
    uploads.cancel(link, NOON)
    row = CampaignContact.objects.get(contact__phone_number=LIST[0])
    assert (row.priority, row.rank, row.hours_key) == (0, 2, other)
    assert draft.hours.filter(hours_key=other).exists()


@pytest.mark.parametrize(("sticky", "status"), [(True, "excluded"), (False, "pending")])
def test_who_is_on_the_new_list_too_is_on_it_once(draft, sticky, status) -> None:
    into_list(draft, many(2))
    Campaign.objects.filter(pk=draft.pk).update(sticky_exclusion=sticky)
    draft.refresh_from_db()
    audience.by_hand(draft, CampaignContact.objects.values_list("pk", flat=True), "exclude", now=NOON)
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    CampaignContactFactory(campaign=draft, contact=Contact.objects.get(phone_number=LIST[0]))
    uploads.cancel(link, NOON)
    found = dict(CampaignContact.objects.values_list("contact__phone_number", "status"))
    assert found == {LIST[0]: status, LIST[1]: "excluded"}


def test_two_people_who_became_one_meanwhile_come_back_once(draft) -> None:
    into_list(draft, many(3))
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    one, other, _ = PutAside.objects.order_by("place")
    PutAside.objects.filter(pk=other.pk).update(contact=one.contact)
    uploads.cancel(link, NOON)
    assert listed(draft) == [LIST[0], LIST[2]]
    assert CampaignContactDetail.objects.count() == 2


def test_secondaries_come_back_behind_their_primaries(draft) -> None:
    Campaign.objects.filter(pk=draft.pk).update(secondary_contacts="after_primary")
    into_list(draft, "phone,primary_phone_number\n+12125550000,\n+12125550001,+12125550000\n")
    draft.refresh_from_db()
    audience.families.line_up(draft, NOON)
    before = as_it_is(draft)
    link = sent(draft, many(2, first=10), replaces=True).campaign_upload
    uploads.cancel(link, NOON)
    assert as_it_is(draft) == before
    assert "after_primary" in CampaignContact.objects.values_list("reason", flat=True)


def test_a_list_that_is_moving_is_not_copied(draft, small_pieces, operator) -> None:
    into_list(draft, many(5))
    upload = sent(draft, many(2, first=10), replaces=True)
    operator.post(f"/campaigns/{draft.pk}/clone/", {"contacts": "1"})
    assert Campaign.objects.count() == 1
    upload_tasks.put_aside(upload.pk)
    operator.post(f"/campaigns/{draft.pk}/clone/", {"contacts": "1"})
    assert Campaign.objects.count() == 2


def test_a_deleted_campaign_takes_everything_aside_with_it(draft) -> None:
    into_list(draft, many(2))
    upload = sent(draft, many(2, first=10), replaces=True)
    lifecycle.act(draft, "delete", actor=None)
    assert not PutAside.objects.exists()
    assert replacing.take_place(upload.pk)


def test_what_a_dead_worker_left_is_taken_up_again(draft, small_pieces, monkeypatch) -> None:
    monkeypatch.setattr(replacing, "AT_ONCE", 1)
    into_list(draft, many(5))
    upload = sent(draft, many(2, first=10), replaces=True)
    now = timezone.now()
    assert replacing.tend(now) == 0
    assert replacing.tend(now + timedelta(minutes=1)) == 1
    upload_tasks.put_aside(upload.pk)
    assert replacing.tend(now + timedelta(minutes=2)) == 0
    progress.cancel(upload, now)  # by somebody who knows of no list
    assert "is being brought back" in replacing.list_in_motion(draft)
    assert replacing.tend(now + timedelta(minutes=3)) == 1
    upload.refresh_from_db()
    upload_tasks.undo_upload(upload.pk, upload.turn)
    assert listed(draft) == LIST


def test_lists_that_will_not_come_back_are_forgotten(draft, small_pieces) -> None:
    into_list(draft, many(5))
    upload_tasks.put_aside(sent(draft, many(2, first=10), replaces=True).pk)
    replacing.tend(timezone.now())
    assert PutAside.objects.count() == 5
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.RUNNING, run=1)
    replacing.tend(timezone.now())
    assert PutAside.objects.count() == 0
