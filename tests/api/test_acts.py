import pytest

from accounts.roles import Role
from campaigns import acts
from contacts import bulk
from contacts.models import BulkAction, Contact
from tests.factories import (
    BulkActionFactory,
    CampaignContactFactory,
    CampaignFactory,
    ContactFactory,
    WorkspaceFactory,
)

ACTS = "/api/v1/contacts/bulk_actions/"


def test_people_are_tagged_by_filters_and_by_ids(api, workspace):
    one, two = ContactFactory(workspace=workspace, company="Acme"), ContactFactory(workspace=workspace)
    answer = api.post(ACTS, {"action": "tag", "filters": {"company": "acme"}, "params": {"tags": "vip"}})
    assert (answer.status_code, answer.json()["status"], answer.json()["done"]) == (201, "done", 1)
    api.post(ACTS, {"action": "tag", "ids": [one.pk, two.pk], "params": {"tags": "b2b"}})
    assert [contact.tag_list for contact in Contact.objects.order_by("pk")] == [["vip", "b2b"], ["b2b"]]
    assert [row["action"] for row in api.get(ACTS).json()["results"]] == ["tag", "tag"]


def test_many_go_on_in_the_background_and_can_be_cancelled(api, workspace, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 1)
    ContactFactory.create_batch(3, workspace=workspace)
    body = api.post(ACTS, {"action": "tag", "filters": {}, "params": {"tags": "vip"}}).json()
    assert (body["status"], body["total"], body["done"]) == ("running", 3, 0)
    assert api.post(f"{ACTS}{body['id']}/cancel/").json()["status"] == "cancelled"
    assert api.get(f"{ACTS}{body['id']}/").json()["status"] == "cancelled"
    assert bulk.run(body["id"], 1, acts.find, acts.act) == 0 and not Contact.objects.exclude(tags="").exists()


def test_an_idempotency_key_does_it_once(api, workspace):
    ContactFactory(workspace=workspace)
    for _ in range(2):
        asked = {"action": "tag", "filters": {}, "params": {"tags": "vip"}}
        assert api.post(ACTS, asked, headers={"Idempotency-Key": "k1"}).status_code == 201
    assert BulkAction.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"action": "tag", "filters": {}}, "tags"),
        ({"action": "dance", "filters": {}}, "action"),
        ({"action": "hold", "filters": {}, "params": {"until": "2126-01-05T09:00:00", "reason": "x"}}, "until"),
        ({"action": "tag", "filters": {"colour": "red"}, "params": {"tags": "a"}}, "filters"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_field(api, workspace, asked, field):
    answer = api.post(ACTS, asked)
    assert answer.status_code == 400 and field in answer.json()["error"]["fields"]


@pytest.mark.parametrize("who", [{}, {"ids": [1], "filters": {}}])
def test_who_is_meant_is_said_once(api, who):
    assert api.post(ACTS, {"action": "tag", "params": {"tags": "a"}, **who}).status_code == 400


def test_scopes_hold_and_strangers_see_nothing(program, workspace):
    draft = CampaignFactory(workspace=workspace)
    asked = {"action": "campaign", "filters": {}, "params": {"campaign": draft.pk}}
    assert program(Role.OWNER, scopes=("contacts",)).post(ACTS, asked).status_code == 403
    assert program(Role.VIEWER).post(ACTS, asked).status_code == 403
    body = program(Role.OWNER).post(ACTS, asked).json()
    stranger = program(Role.OWNER, at=WorkspaceFactory())
    assert stranger.get(f"{ACTS}{body['id']}/").status_code == 404
    assert stranger.post(ACTS, asked).status_code == 400


def test_what_is_done_to_a_campaigns_list_is_stopped_by_those_who_run_campaigns(program, workspace, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 1)
    ContactFactory.create_batch(3, workspace=workspace)
    asked = {"action": "campaign", "filters": {}, "params": {"campaign": CampaignFactory(workspace=workspace).pk}}
    begun = program(Role.OWNER).post(ACTS, asked).json()
    assert program(Role.OWNER, scopes=("contacts",)).post(f"{ACTS}{begun['id']}/cancel/").status_code == 403
    assert BulkAction.objects.get(pk=begun["id"]).status == "running"
    assert program(Role.OWNER).post(f"{ACTS}{begun['id']}/cancel/").json()["status"] == "cancelled"


def test_what_takes_numbers_off_the_suppression_list_is_stopped_by_those_who_may(program, workspace):
    job = BulkActionFactory(workspace=workspace, action="unsuppress")
    cancel = f"{ACTS}{job.pk}/cancel/"
    assert program(Role.OPERATOR).post(cancel).status_code == 403
    assert program(Role.MANAGER, scopes=("contacts", "unsuppress")).post(cancel).status_code == 200


def test_two_contacts_are_merged(api, workspace):
    kept = ContactFactory(workspace=workspace, company="")
    gone = ContactFactory(workspace=workspace, company="Acme")
    address = f"/api/v1/contacts/{kept.pk}/merge/"
    stranger = ContactFactory(workspace=WorkspaceFactory())
    assert api.post(address, {"other": stranger.pk}).status_code == 400
    assert api.post(address, {"other": kept.pk}).json()["error"]["code"] == "not_merged"
    live = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), contact=gone)
    answer = api.post(address, {"other": gone.pk})
    assert (answer.status_code, answer.json()["company"]) == (200, "Acme")
    live.refresh_from_db()
    assert live.contact == kept


def test_the_list_is_searched_by_any_part(api, workspace):
    ContactFactory(workspace=workspace, name="Ann Lee", tags="|vip|")
    ContactFactory(workspace=workspace, name="Bob")
    for asked in ({"q": "nn le"}, {"tag": "vip"}):
        assert [row["name"] for row in api.get("/api/v1/contacts/", asked).json()["results"]] == ["Ann Lee"]
