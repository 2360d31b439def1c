from accounts.models import AuditEvent
from contacts.models import Suppression
from tests.factories import SuppressionFactory, WorkspaceFactory


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


def test_a_number_that_is_not_understood_is_named_and_nothing_is_added(operator, workspace) -> None:
    answer = operator.post("/contacts/suppression/add/", {"numbers": "+12125551000, 12", "reason": "asked"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["numbers"] == ["“12” is too short for a phone number."]
    assert not Suppression.objects.exists()


def test_taking_a_number_off_asks_for_a_reason_and_leaves_a_trace(manager, workspace) -> None:
    entry = SuppressionFactory(workspace=workspace)
    foreign = SuppressionFactory(workspace=WorkspaceFactory())
    refused = manager.post("/contacts/suppression/remove/", {"ids": [entry.pk], "reason": " "})
    assert "Say why: the reason is kept in the audit trail." in refused.content.decode()
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
        return [entry.phone_number for entry in answer.context["listing"]]

    assert found("?q=555-1000") == ["+12125551000"]
    assert found("?reason=complaint") == ["+13105552003"]
    assert len(found("")) == 2
