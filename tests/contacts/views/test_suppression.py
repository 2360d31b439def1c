from accounts.models import AuditEvent
from contacts import bulk, suppression, unsuppressing
from contacts.forms import suppression as forms
from contacts.models import BulkAction, Suppression, Upload
from contacts.tasks import load_upload
from tests.contacts.files import file
from tests.factories import NOON, ContactFactory, SuppressionFactory, WorkspaceFactory


def test_numbers_are_added_once_however_they_are_written(operator, workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125551000", source="A caller")
    numbers = "(212) 555-1000, +1 310 555 2003\n0044 20 7946 0004; +13105552003"
    answer = operator.post(
        "/contacts/suppression/add/", {"numbers": numbers, "reason": "asked", "note": "by letter"}, follow=True
    )
    assert "2 numbers added to the list. 1 was on it already." in answer.content.decode()
    entries = {entry.phone_number: entry for entry in Suppression.objects.all()}
    assert set(entries) == {"+12125551000", "+13105552003", "+442079460004"}
    assert entries["+12125551000"].source == "A caller"
    assert (entries["+13105552003"].reason, entries["+13105552003"].note) == ("asked", "by letter")
    assert entries["+13105552003"].source == str(operator.user)


def test_each_number_is_read_by_itself_and_the_unreadable_ones_stay_in_the_form(operator, workspace) -> None:
    answer = operator.post("/contacts/suppression/add/", {"numbers": "+12125551000\r\n12\r\nabc", "reason": "asked"})
    assert answer.status_code == 422
    words = answer.content.decode()
    assert "1 number added to the list." in words
    assert "2 could not be read and are not on the list." in words and "Not saved yet" not in words
    assert answer.context["form"].errors["numbers"][0] == "“12” is too short for a phone number."
    assert answer.context["form"]["numbers"].value() == "12\nabc"
    assert list(Suppression.objects.values_list("phone_number", flat=True)) == ["+12125551000"]


def test_too_many_to_paste_are_to_come_as_a_file(operator, monkeypatch) -> None:
    monkeypatch.setattr(forms, "MOST_AT_ONCE", 1)
    answer = operator.post("/contacts/suppression/add/", {"numbers": "+12125551000\n+12125551001", "reason": "asked"})
    assert "Import them as a file." in answer.content.decode()
    assert not Suppression.objects.exists()


def test_taking_a_number_off_asks_for_a_reason_and_leaves_a_trace(manager, workspace) -> None:
    entry = SuppressionFactory(workspace=workspace)
    foreign = SuppressionFactory(workspace=WorkspaceFactory())
    asked = {"ids": [entry.pk], "reason": " ", "query": "q=555&source=list"}
    refused = manager.post("/contacts/suppression/remove/", asked, follow=True)
    assert "Say why: the reason is kept in the audit trail." in refused.content.decode()
    # Next, sort heads, filters and Export of the page are relative to its address.
    assert refused.redirect_chain == [("/contacts/suppression/?q=555&source=list", 302)]
    assert Suppression.objects.count() == 2
    manager.post("/contacts/suppression/remove/", {"ids": [entry.pk, foreign.pk], "reason": "She asked us to call."})
    assert list(Suppression.objects.all()) == [foreign]
    event = AuditEvent.objects.get()
    assert (event.action, event.object_name, event.actor) == ("suppression.remove", entry.phone_number, manager.user)
    assert event.detail["reason"] == "She asked us to call."


def test_an_operator_may_add_but_not_take_off(operator, workspace) -> None:
    entry = SuppressionFactory(workspace=workspace)
    assert operator.post("/contacts/suppression/remove/", {"ids": [entry.pk], "reason": "x"}).status_code == 403
    assert "Take off the list" not in operator.get("/contacts/suppression/").content.decode()


def test_the_list_is_searched_by_number_and_reason(viewer, workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125551000", reason="asked")
    SuppressionFactory(workspace=workspace, phone_number="+13105552003", reason="complaint")

    def found(query: str) -> list[str]:
        answer = viewer.get(f"/contacts/suppression/{query}")
        return [entry.phone_number for entry in answer.context["page"].rows]

    assert found("?q=555-1000") == ["+12125551000"]
    assert found("?reason=complaint") == ["+13105552003"]
    assert found("?since=2026-06-02") == []
    assert len(found("")) == 2


def test_the_list_takes_the_same_queries_whatever_its_length(viewer, workspace, queries_of) -> None:
    counts = []
    for count in (1, 3):
        while Suppression.objects.count() < count:
            SuppressionFactory(workspace=workspace)
        counts.append(queries_of(viewer, "/contacts/suppression/?q=555"))
    assert counts[0] == counts[1]


def test_all_that_match_leave_with_one_reason(manager, workspace) -> None:
    for n in range(60):
        SuppressionFactory(workspace=workspace, phone_number=f"+1212555{n:04}", source="A list")
    kept = SuppressionFactory(workspace=workspace, phone_number="+13105552003", source="A call")
    foreign = SuppressionFactory(workspace=WorkspaceFactory(), source="A list")
    page = manager.get("/contacts/suppression/?source=list").content.decode()
    assert "All 60 that match" in page
    asked = {"all": "1", "query": "source=list", "reason": "The list was wrong."}
    answer = manager.post("/contacts/suppression/remove/", asked, follow=True)
    assert "60 numbers may be called again." in answer.content.decode()
    assert set(Suppression.objects.all()) == {kept, foreign}
    assert AuditEvent.objects.count() == 60


def test_a_long_removal_shows_how_far_it_is_and_can_be_stopped(manager, operator, workspace, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    for _ in range(3):
        SuppressionFactory(workspace=workspace)
    manager.post("/contacts/suppression/remove/", {"all": "1", "query": "", "reason": "Old."})
    job = BulkAction.objects.get()
    page = manager.get("/contacts/suppression/").content.decode()
    assert "Take 3 numbers off the suppression list" in page
    assert manager.get(f"/contacts/suppression/removals/{job.pk}/").status_code == 200
    assert operator.post(f"/contacts/suppression/removals/{job.pk}/cancel/").status_code == 403
    assert operator.post(f"/contacts/acts/{job.pk}/cancel/").status_code == 403
    answer = manager.post(f"/contacts/suppression/removals/{job.pk}/cancel/", follow=True)
    assert "Stopped. 0 numbers had been taken off the list." in answer.content.decode()
    assert unsuppressing.act(job.pk, job.turn) == 0
    assert Suppression.objects.count() == 3


def test_a_file_of_numbers_is_shown_then_listed(operator, workspace) -> None:
    text = "phone_number,reason,note\n212 555 1000,complaint,\n12,,\n+12125551000,,\n"
    sent = {"file": file(text, "dnc.csv"), "default_country": "US", "reason": "registry", "note": "June"}
    answer = operator.post("/contacts/suppression/import/", sent, follow=True)
    assert "Add 1 number" in answer.content.decode()
    assert not Suppression.objects.exists()
    upload = Upload.objects.get()
    operator.post(f"/contacts/uploads/{upload.pk}/load/")
    upload.refresh_from_db()
    load_upload(upload.pk, upload.turn)
    entry = Suppression.objects.get()
    assert (entry.phone_number, entry.reason, entry.note) == ("+12125551000", "complaint", "June")
    assert entry.source == f"dnc.csv, {operator.user}"
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "suppression list" in page
    assert "Unchanged <b>0</b>" in page and "Updated <b>" not in page
    assert 'href="/contacts/suppression/import/"' in page
    rejected = operator.get(f"/contacts/uploads/{upload.pk}/rejected/")
    assert "too short" in b"".join(rejected.streaming_content).decode()


def test_a_file_that_cannot_be_read_says_so_at_the_file(operator) -> None:
    answer = operator.post("/contacts/suppression/import/", {"file": file(b"%PDF-1.4", "dnc.csv"), "reason": "asked"})
    assert answer.status_code == 422
    assert "This is a PDF." in answer.content.decode()


def test_a_persons_page_says_when_they_were_listed_and_taken_off(manager, workspace) -> None:
    person = ContactFactory(workspace=workspace, phone_number="+12125551000")
    suppression.add(workspace.pk, ["+12125551000"], "complaint", "A letter", NOON)
    suppression.remove(Suppression.objects.all(), reason="Settled.", actor=manager.user)
    page = manager.get(f"/contacts/{person.pk}/").content.decode()
    for words in ("Settled.", "Complaint, A letter", str(manager.user)):
        assert words in page
    assert "Nobody calls this number." not in page
