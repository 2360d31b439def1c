"""All numbers that match leave the suppression list at a program's word: who may, with which filters, what is told."""

import pytest

from accounts.models import AuditEvent
from accounts.roles import Role
from contacts import bulk, unsuppressing
from contacts.models import BulkAction, Suppression
from tests.factories import SuppressionFactory, WorkspaceFactory

REMOVE = "/api/v1/suppressions/remove/"
TOLD = "API token “Test program”"


@pytest.fixture
def three(workspace):
    SuppressionFactory(workspace=workspace, phone_number="+442079460004", source="TPS")
    for number in ("+12125551000", "+13105552003"):
        SuppressionFactory(workspace=workspace, phone_number=number, source="A list")
    SuppressionFactory(workspace=WorkspaceFactory(), source="A list")


def test_those_that_match_leave_with_a_reason_and_the_programs_name(api, workspace, three):
    asked = {"filters": {"source": "list"}, "reason": "Wrong list."}
    answers = [api.post(REMOVE, asked, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    body = answers[0].json()
    assert (answers[0].status_code, body["action"], body["status"], body["done"]) == (201, "unsuppress", "done", 2)
    assert answers[1].json() == body == api.get(f"/api/v1/contacts/bulk_actions/{body['id']}/").json()
    assert [row.phone_number for row in Suppression.objects.filter(workspace=workspace)] == ["+442079460004"]
    told = AuditEvent.objects.filter(action="suppression.remove")
    assert {(row.actor_name, row.detail["reason"]) for row in told} == {(TOLD, "Wrong list.")} and len(told) == 2


def test_many_leave_in_the_background_under_the_programs_name(api, workspace, three, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    body = api.post(REMOVE, {"filters": {}, "reason": "Old."}).json()
    assert (body["status"], body["total"], body["done"]) == ("running", 3, 0)
    job = BulkAction.objects.get()
    assert unsuppressing.act(job.pk, job.turn) == 3
    assert not Suppression.objects.filter(workspace=workspace).exists() and Suppression.objects.exists()
    assert set(AuditEvent.objects.filter(action="suppression.remove").values_list("actor_name", flat=True)) == {TOLD}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"filters": {}}, "reason"),
        ({"filters": {}, "reason": " "}, "reason"),
        ({"reason": "Old."}, "filters"),
        ({"filters": {"since": "soon"}, "reason": "Old."}, "filters"),
        ({"filters": {"since": "9999-12-31"}, "reason": "Old."}, "filters"),
        ({"filters": {"reason": "whim"}, "reason": "Old."}, "filters"),
        ({"filters": {"phone_number": "+12125551000"}, "reason": "Old."}, "filters"),
    ],
)
def test_nothing_leaves_where_it_is_not_clear_what_or_why(api, three, asked, field):
    answer = api.post(REMOVE, asked)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert Suppression.objects.count() == 4


def test_it_takes_who_may_take_numbers_off(program, three):
    asked = {"filters": {}, "reason": "Old."}
    assert program(Role.OPERATOR).post(REMOVE, asked).status_code == 403
    assert program(Role.OWNER, scopes=("suppress", "contacts")).post(REMOVE, asked).status_code == 403
    assert program(Role.MANAGER, scopes=("unsuppress",)).post(REMOVE, asked).status_code == 201
