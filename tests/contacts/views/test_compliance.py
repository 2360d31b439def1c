import pytest

from accounts.models import AuditEvent
from contacts import safe_hours
from contacts.models import SafeHours

ROW = {"mon": "10:00-13:00, 14:00-17:00", "source": "Our counsel", "as_of": "2026-05-01"}


def test_a_manager_edits_a_row_and_resets_it(manager, workspace):
    shipped = safe_hours.table(workspace)["US", "CT"]
    assert manager.post("/compliance/hours/US/CT/", ROW).status_code == 302
    row = safe_hours.table(workspace)["US", "CT"]
    assert dict(row.days) == {"mon": [["10:00", "13:00"], ["14:00", "17:00"]]}
    assert (row.source, row.own) == ("Our counsel", True)
    page = manager.get("/compliance/?q=CT").content.decode()
    assert "Mon 10:00–13:00, 14:00–17:00" in page
    assert str(manager.user) in page
    assert manager.post("/compliance/hours/US/CT/reset/").status_code == 302
    assert safe_hours.table(workspace)["US", "CT"] == shipped
    assert [event.action for event in AuditEvent.objects.order_by("id")] == ["safe_hours.set", "safe_hours.reset"]


def test_a_row_is_added_by_the_countrys_name(manager, workspace):
    assert manager.post("/compliance/hours/add/", {**ROW, "country": "Iceland"}).status_code == 302
    assert SafeHours.objects.get().country == "IS"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"country": "Atlantis"}, "is not a country"), ({"mon": "late"}, "is not a span"), ({"source": ""}, "required")],
)
def test_a_row_that_cannot_be_is_refused(manager, wrong, sentence):
    answer = manager.post("/compliance/hours/add/", {**ROW, "country": "IS", **wrong})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not SafeHours.objects.exists()


def test_only_an_owner_switches_safe_hours(owner, manager, workspace):
    assert manager.post("/compliance/safe-hours/off/").status_code == 403
    assert owner.post("/compliance/safe-hours/off/").status_code == 302
    workspace.refresh_from_db()
    assert workspace.safe_hours is False
    assert "Safe hours are off." in manager.get("/compliance/").content.decode()
    owner.post("/compliance/safe-hours/on/")
    workspace.refresh_from_db()
    assert workspace.safe_hours is True
    assert owner.post("/compliance/safe-hours/maybe/").status_code == 404


def test_everybody_reads_the_table_of_their_own_workspace(operator, stranger, workspace):
    safe_hours.set_row(workspace, "FR", "", {"mon": [["10:00", "11:00"]]}, "Ours", as_of=None, actor=None)
    page = operator.get("/compliance/").content.decode()
    assert "Ours" in page
    assert "/compliance/hours/" not in page
    assert "Ours" not in stranger.get("/compliance/").content.decode()
