"""A loaded file is undone: afterwards everything is as if it had never come, but for what was done since."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from campaigns import audience, bulk, cloning, lifecycle, readiness, undoing, upload_tasks, uploads
from campaigns.audience import leaving
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, PutAside
from campaigns.undoing import NotUndoable, begin_undo, in_another_live_campaign, undo_refusal
from contacts import people, tasks
from contacts.importing import undo
from contacts.models import Contact, Upload, UploadChange, UploadStatus
from tests.campaigns.test_replacing import as_it_is
from tests.campaigns.test_uploads import into_list, listed, sent
from tests.contacts.files import Killed, loaded, many, numbers
from tests.factories import (
    NOON,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    PoolNumberFactory,
    SuppressionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


@pytest.fixture
def small_pieces(monkeypatch) -> None:
    for module in (undo, leaving):
        monkeypatch.setattr(module, "PIECE", 2)


def everything(campaign: Campaign) -> list[tuple]:
    contacts = Contact.objects.order_by("id").defer("spread_at")
    rows = [
        {name: value for name, value in row.items() if name not in ("spread_at", "search")} for row in contacts.values()
    ]
    changes = list(UploadChange.objects.order_by("id").values_list("upload", "contact", "before"))
    return [*(tuple(row.items()) for row in rows), *changes, *as_it_is(campaign)]


def undone(upload: Upload) -> Upload:
    upload.refresh_from_db()
    begin_undo(upload, now=timezone.now(), actor=None, actor_name="Ada")
    return worked(upload)


def worked(upload: Upload) -> Upload:
    upload.refresh_from_db()
    module = upload_tasks if upload.tasks == "campaigns.upload_tasks" else tasks
    module.undo_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


OTHERS = "phone,name,city,priority,tags\n+12125550001,New name,Bonn,high,vip\n+12125550009,Nine,Rome,,\n"
FAMILY = "phone,primary_phone_number\n+12125550020,\n+12125550021,+12125550020\n+12125550002,+12125550001\n"


@pytest.mark.parametrize("content", [OTHERS, FAMILY, many(3, first=2)])
def test_an_import_and_its_undoing_leave_everything_as_it_was(draft, content, small_pieces) -> None:
    into_list(draft, many(4))
    audience.by_hand(draft, [CampaignContact.objects.order_by("id")[1].pk], "exclude", now=NOON)
    before = everything(draft)
    upload = into_list(draft, content)
    assert everything(draft) != before
    upload = undone(upload)
    assert everything(draft) == before
    assert (upload.status, upload.note, upload.rows_undone) == (
        UploadStatus.UNDONE,
        "",
        upload.added + upload.updated,
    )


def test_a_file_that_only_ties_people_is_undone(workspace, draft) -> None:
    loaded(workspace, many(4))
    before = everything(draft)
    upload = loaded(workspace, "phone,primary_phone_number\n+12125550002,+12125550001\n")
    assert (upload.unchanged, everything(draft) == before) == (1, False)
    undone(upload)
    assert everything(draft) == before


def test_nothing_is_undone_while_the_list_is_copied(draft, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "COPIED_AT_ONCE", 1)
    upload = into_list(draft, many(3))
    copy = cloning.clone(draft, actor=None, with_contacts=True, now=NOON)
    assert (
        undo_refusal(upload) == f"The list is being copied into “{copy.name}” at this moment. Wait until that is done."
    )


def test_a_file_of_no_campaign_is_undone_too(workspace, draft, small_pieces) -> None:
    loaded(workspace, many(4))
    before = everything(draft)
    upload = undone(loaded(workspace, OTHERS))
    assert everything(draft) == before
    assert (upload.status, upload.rows_undone) == (UploadStatus.UNDONE, 2)


def test_two_files_are_undone_one_after_the_other(workspace, draft) -> None:
    first = loaded(workspace, many(2))
    second = loaded(workspace, OTHERS)
    undone(second)
    assert undone(first).note == ""
    assert numbers(workspace) == []


def test_a_file_that_another_one_changed_afterwards_keeps_those_people(workspace, draft) -> None:
    first = loaded(workspace, many(2))
    loaded(workspace, OTHERS)
    first = undone(first)
    assert numbers(workspace) == ["+12125550001", "+12125550009"]
    assert Contact.objects.get(phone_number="+12125550001").name == "New name"


@pytest.mark.parametrize("piece", range(1, 9))
def test_a_killed_undoing_ends_like_one_that_was_not(draft, small_pieces, monkeypatch, piece) -> None:
    into_list(draft, many(3))
    before = everything(draft)
    upload = into_list(
        draft, many(4, first=2).replace("Person 2,2", "Two,22") + "+12125550030,Third,3\n", replaces=True
    )
    assert PutAside.objects.count() == 3
    begin_undo(upload, now=timezone.now(), actor=None)
    real, calls = undoing.jobs.beat, []

    def dying(*args, **columns):
        real(*args, **columns)
        calls.append(1)
        if len(calls) == piece:
            raise Killed

    monkeypatch.setattr(undoing.jobs, "beat", dying)
    with pytest.raises(Killed):
        worked(upload)
    monkeypatch.setattr(undoing.jobs, "beat", real)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.UNDOING
    upload = worked(upload)
    assert everything(draft) == before
    assert (upload.status, upload.note) == (UploadStatus.UNDONE, "")


def test_undoing_the_second_replacement_brings_the_first_back_and_then_the_list(draft) -> None:
    into_list(draft, many(2))
    zero = as_it_is(draft)
    first = into_list(draft, many(2, first=10), replaces=True)
    one = as_it_is(draft)
    second = into_list(draft, many(2, first=20), replaces=True)
    first.refresh_from_db()
    assert undo_refusal(first) == "people.csv has taken the place of this list. Undo or cancel that file first."
    undone(second)
    assert as_it_is(draft) == one
    undone(first)
    assert as_it_is(draft) == zero


def test_what_was_loaded_of_a_cancelled_file_can_be_undone(draft, monkeypatch) -> None:
    into_list(draft, many(2))
    before = everything(draft)
    upload = sent(draft, many(4, first=10), replaces=True)
    uploads.begin(upload.campaign_upload, NOON)
    upload.refresh_from_db()
    from contacts.importing import load

    monkeypatch.setattr(load, "PIECE_ROWS", 2)
    monkeypatch.setattr(load, "SQLITE_PIECE_ROWS", 2)
    load.run(upload.pk, upload.turn, uploads.settle, seconds=-1)
    upload.refresh_from_db()
    assert uploads.cancel(upload.campaign_upload, timezone.now())
    assert len(listed(draft)) == 2 == PutAside.objects.count()
    assert undone(upload).status == UploadStatus.UNDONE
    assert everything(draft) == before


# ── what stays ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_was_called_keeps_the_file_from_being_undone(draft, workspace) -> None:
    upload = into_list(draft, many(2))
    row = CampaignContact.objects.order_by("id")[0]
    CallFactory(workspace=workspace, campaign=draft, campaign_contact=row, launched_at=timezone.now())
    upload.refresh_from_db()
    assert undo_refusal(upload).startswith("One of its people was called on ")
    with pytest.raises(NotUndoable):
        begin_undo(upload, now=NOON, actor=None)


def test_who_is_called_while_it_is_undone_stays_and_is_told(draft, workspace) -> None:
    upload = into_list(draft, many(3))
    begin_undo(upload, now=timezone.now(), actor=None)
    first, second, _ = CampaignContact.objects.order_by("id")
    CallFactory(workspace=workspace, campaign=draft, campaign_contact=first, launched_at=timezone.now())
    CampaignContact.objects.filter(pk=second.pk).update(status="dialing", next_attempt_at=None)
    upload = worked(upload)
    assert listed(draft) == ["+12125550000", "+12125550001"] == numbers(workspace)
    assert upload.note == (
        "2 people stay on the list: called meanwhile, or in a later file, too. "
        "2 people stay contacts: on a list, called, somebody's primary, or changed since."
    )


def test_people_others_need_stay_contacts(draft, workspace) -> None:
    upload = into_list(draft, many(5))
    on_a_list, a_primary, changed, put_aside, _ = Contact.objects.order_by("phone_number")
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), contact=on_a_list)
    secondary = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace)).contact
    Contact.objects.filter(pk=secondary.pk).update(primary=a_primary)
    people.edit(changed, {"company": "Acme"}, now=timezone.now())
    other = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=other, contact=put_aside)
    sent(other, many(1, first=50), replaces=True)
    upload = undone(upload)
    assert listed(draft) == []
    assert upload.note.startswith("4 people stay contacts: ")
    assert [*numbers(workspace)] == [f"+1212555000{n}" for n in range(4)] + [secondary.phone_number]


def test_whoever_else_holds_on_to_contacts_is_known_to_undoing() -> None:
    """A model that comes to point at contacts must say here whether undoing a file may delete them under it."""
    found = Contact._meta.get_fields(include_hidden=True)
    holding = {one.related_model.__name__ for one in found if one.auto_created and not one.concrete}
    assert holding == {
        *("Contact", "UploadChange"),  # contacts.importing.undo
        *("CampaignContact", "PutAside", "Call", "IntakeDelivery"),  # campaigns.undoing
    }


def test_what_was_changed_by_hand_since_is_kept(draft, workspace) -> None:
    loaded(workspace, many(2))
    upload = loaded(workspace, OTHERS)
    people.edit(Contact.objects.get(phone_number="+12125550001"), {"company": "Acme"}, now=timezone.now())
    undone(upload)
    kept = Contact.objects.get(phone_number="+12125550001")
    assert (kept.company, kept.name) == ("Acme", "New name")


def test_somebody_excluded_whom_the_file_brought_back_is_excluded_again(draft) -> None:
    into_list(draft, many(2))
    audience.by_hand(draft, CampaignContact.objects.values_list("pk", flat=True), "exclude", now=NOON)
    before = as_it_is(draft)
    upload = into_list(draft, many(2))
    assert set(CampaignContact.objects.values_list("status", flat=True)) == {"pending"}
    undone(upload)
    assert as_it_is(draft) == before


def test_who_was_excluded_after_the_file_is_not_made_pending(draft) -> None:
    into_list(draft, many(1))
    upload = into_list(draft, "phone,city\n+12125550000,Bonn\n")
    audience.by_hand(draft, CampaignContact.objects.values_list("pk", flat=True), "exclude", now=NOON)
    undone(upload)
    assert CampaignContact.objects.get().status == "excluded"


def test_who_waited_for_an_undone_primary_is_an_ordinary_contact(draft, workspace) -> None:
    Campaign.objects.filter(pk=draft.pk).update(
        secondary_contacts="after_primary", status=CampaignStatus.RUNNING, run=1, always_on=True
    )
    draft.refresh_from_db()
    draft.runs.create(run=1, started_at=NOON)
    waiting = CampaignContactFactory(campaign=draft)
    upload = into_list(draft, many(1))
    Contact.objects.filter(pk=waiting.contact_id).update(primary=Contact.objects.get(phone_number="+12125550000"))
    audience.families.line_up(draft, NOON)
    waiting.refresh_from_db()
    assert waiting.next_attempt_at is None
    undone(upload)
    waiting.refresh_from_db()
    assert (waiting.reason, waiting.next_attempt_at) == ("", NOON)


def test_in_a_campaign_that_has_started_the_earlier_list_stays_away(draft) -> None:
    into_list(draft, many(2))
    upload = into_list(draft, many(2, first=10), replaces=True)
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.PAUSED, run=1, always_on=True)
    assert undone(upload).note == "The earlier list did not come back: the campaign has started since."
    assert listed(draft) == []


def test_the_suppression_list_stays_as_it_is(draft, workspace) -> None:
    upload = into_list(draft, many(2))
    SuppressionFactory(workspace=workspace, phone_number="+12125550000")
    undone(upload)
    assert workspace.suppressions.count() == 1


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_can_be_undone_once_and_only_when_it_is_over(draft) -> None:
    upload = sent(draft, many(1))
    assert undo_refusal(upload) == "This file is not loaded yet. Cancel it instead."
    upload = into_list(draft, many(1))
    begin_undo(upload, now=timezone.now(), actor=None)
    assert undo_refusal(upload) == "This file is being undone."
    assert undo_refusal(worked(upload)) == "This file was undone already."
    Upload.objects.filter(pk=upload.pk).update(status=UploadStatus.CANCELLED, rows_done=0)
    upload.refresh_from_db()
    assert undo_refusal(upload) == "Nobody of this file was loaded: there is nothing to undo."


def test_a_file_that_changed_nobody_has_nothing_to_undo(draft) -> None:
    into_list(draft, many(2))
    again = into_list(draft, many(2))
    assert (again.unchanged, again.rows_done) == (2, 2)
    assert undo_refusal(again) == "This file changed nobody: there is nothing to undo."
    with pytest.raises(NotUndoable):
        begin_undo(again, now=timezone.now(), actor=None)


def test_a_locked_list_gives_nobody_up(draft) -> None:
    upload = into_list(draft, many(1))
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.COMPLETED, run=1)
    assert "its contacts are fixed" in undo_refusal(Upload.objects.get(pk=upload.pk))


def test_nothing_starts_while_a_file_is_undone(draft) -> None:
    PoolNumberFactory(campaign=draft)
    upload = into_list(draft, many(2))
    begin_undo(upload, now=timezone.now(), actor=None)
    assert "people.csv is being taken back" in readiness.blockers(readiness.check(draft, NOON))[0]
    with pytest.raises(lifecycle.Refused, match="is being taken back"):
        lifecycle.act(draft, "start", actor=None)


def test_it_is_in_the_audit_trail(draft) -> None:
    upload = undone(into_list(draft, many(2)))
    event = AuditEvent.objects.get(action="upload.undo")
    assert (event.actor_name, event.object_id, event.detail["added"]) == ("Ada", str(upload.pk), 2)


def test_it_says_how_many_of_its_people_are_in_another_live_campaign(draft, workspace) -> None:
    upload = into_list(draft, many(3))
    one, two, _ = Contact.objects.order_by("phone_number")
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace, status="running"), contact=one)
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), contact=two)
    assert in_another_live_campaign(upload) == 1
    Campaign.objects.filter(pk=draft.pk).update(status="running")
    assert in_another_live_campaign(upload) == 1, "this one does not count"
