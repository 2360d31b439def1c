"""Acts on many people of a campaign's list, and the list's filters and orders, as programs see them."""

import pytest

from accounts.roles import Role
from campaigns import bulk_tasks
from campaigns.models import Campaign, ContactMove
from contacts.models import BulkAction
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory, WorkspaceFactory


@pytest.fixture
def campaign(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace, status="paused", run=1)


@pytest.fixture
def people(campaign) -> str:
    return f"/api/v1/campaigns/{campaign.pk}/contacts/"


@pytest.fixture
def acts(people) -> str:
    return f"{people}bulk_actions/"


def failed(campaign, count):
    return CampaignContactFactory.create_batch(count, campaign=campaign, status="failed", next_attempt_at=None)


def statuses(campaign):
    return list(campaign.audience.order_by("id").values_list("status", flat=True))


def test_all_that_match_are_moved_by_a_job_that_can_be_watched(api, campaign, acts):
    failed(campaign, 3)
    CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None)
    body = api.post(acts, {"action": "retry", "filters": {"status": "failed"}}).json()
    assert (body["status"], body["total"], body["done"]) == ("running", 3, 0)
    bulk_tasks.act(body["id"], 1)
    seen = api.get(f"{acts}{body['id']}/").json()
    assert (seen["status"], seen["done"], seen["skipped"]) == ("done", 3, {})
    assert statuses(campaign) == ["retry"] * 3 + ["completed"]
    assert set(ContactMove.objects.values_list("actor_name", flat=True)) == {"API token “Test program”"}


def test_named_people_are_moved_at_once_and_the_skipped_are_told(api, campaign, acts):
    rows = failed(campaign, 2)
    dialed = CampaignContactFactory(campaign=campaign, status="dialing", next_attempt_at=None)
    elsewhere = CampaignContactFactory(campaign=CampaignFactory(workspace=campaign.workspace))
    ids = [rows[0].pk, dialed.pk, elsewhere.pk]
    body = api.post(acts, {"action": "exclude", "ids": ids}).json()
    assert (body["status"], body["done"]) == ("done", 1)
    assert body["skipped"] == {"This person is being dialed right now.": 1}
    assert statuses(campaign) == ["excluded", "failed", "dialing"]


def test_one_at_a_time_and_cancelled(api, campaign, acts):
    failed(campaign, 2)
    body = api.post(acts, {"action": "retry", "filters": {}}).json()
    answer = api.post(acts, {"action": "retry", "filters": {}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "bulk_under_way")
    assert api.post(f"{acts}{body['id']}/cancel/").json()["status"] == "cancelled"
    assert bulk_tasks.act(body["id"], 1) == 0 and statuses(campaign) == ["failed"] * 2


def test_known_people_are_added_by_filters_and_by_ids(api, workspace):
    draft = CampaignFactory(workspace=workspace)
    vip = ContactFactory.create_batch(2, workspace=workspace, tags="|vip|")
    other = ContactFactory(workspace=workspace)
    acts = f"/api/v1/campaigns/{draft.pk}/contacts/bulk_actions/"
    body = api.post(acts, {"action": "enrol", "filters": {"tag": "vip"}}).json()
    bulk_tasks.act(body["id"], 1)
    assert list(draft.audience.values_list("contact", flat=True)) == [contact.pk for contact in vip]
    body = api.post(acts, {"action": "enrol", "ids": [other.pk, vip[0].pk]}).json()
    assert (body["done"], body["skipped"]) == (1, {"This person is on the list already.": 1})


@pytest.mark.parametrize("asked", [{"filters": {}}, {"ids": [1]}])
def test_a_locked_list_answers_409(api, workspace, campaign, acts, asked):
    ContactFactory(workspace=workspace, id=1)
    answer = api.post(acts, {"action": "enrol", **asked})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "contacts_locked")
    assert not BulkAction.objects.exists()


def test_an_idempotency_key_does_it_once(api, campaign, acts, people, workspace):
    failed(campaign, 1)
    draft = CampaignFactory(workspace=workspace)
    to_draft = f"/api/v1/campaigns/{draft.pk}/contacts/"
    asked = (
        (acts, {"action": "retry", "filters": {}}, 201),
        (to_draft, {"phone_number": "+14155552671"}, 201),
        (f"{to_draft}bulk/", {"contacts": [{"phone_number": "+14155552672"}]}, 200),
    )
    for n, (address, body, status) in enumerate(asked):
        answers = [api.post(address, body, headers={"Idempotency-Key": f"k{n}"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [status] * 2
        assert answers[0].json() == answers[1].json() and answers[1].headers["Idempotency-Replayed"] == "true"
    assert (BulkAction.objects.count(), draft.audience.count()) == (1, 2)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"action": "dance", "filters": {}}, "action"),
        ({"action": "retry", "filters": {"colour": "red"}}, "filters"),
        ({"action": "tag", "filters": {}}, "tags"),
        ({"action": "retry", "ids": [0]}, "ids"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_field(api, acts, asked, field):
    answer = api.post(acts, asked)
    assert answer.status_code == 400 and field in answer.json()["error"]["fields"]


@pytest.mark.parametrize("who", [{}, {"ids": [1], "filters": {}}])
def test_who_is_meant_is_said_once(api, acts, who):
    assert api.post(acts, {"action": "retry", **who}).status_code == 400


def test_scopes_hold_and_strangers_see_nothing(program, campaign, acts):
    failed(campaign, 1)
    assert program(Role.VIEWER).post(acts, {"action": "retry", "filters": {}}).status_code == 403
    runs = program(Role.OWNER, scopes=("run",))
    assert runs.post(acts, {"action": "tag", "filters": {}, "params": {"tags": "a"}}).status_code == 403
    body = runs.post(acts, {"action": "retry", "filters": {}}).json()
    stranger = program(Role.OWNER, at=WorkspaceFactory())
    assert stranger.get(f"{acts}{body['id']}/").status_code == 404
    assert stranger.post(acts, {"action": "retry", "filters": {}}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=lovel", ["Ada Lovelace"]),
        ("tag=vip", ["Ada Lovelace", "Grace Hopper"]),
        ("priority=high", ["Ada Lovelace"]),
        ("status=failed&status=completed&ordering=-name", ["Grace Hopper", "Alan Turing"]),
        ("ordering=phone_number&tag=vip", ["Ada Lovelace", "Grace Hopper"]),
        ("ordering=-priority", ["Alan Turing", "Grace Hopper", "Ada Lovelace"]),
    ],
)
def test_filters_and_orders_are_those_of_the_page(api, campaign, people, asked, names):
    for name, tags, priority, status in (
        ("Ada Lovelace", "|vip|", 0, "pending"),
        ("Grace Hopper", "|vip|", 1, "failed"),
        ("Alan Turing", "", 2, "completed"),
    ):
        of = {"contact__name": name, "contact__tags": tags, "priority": priority, "status": status}
        CampaignContactFactory(campaign=campaign, next_attempt_at=None, **of)
    assert [row["contact"]["name"] for row in api.get(f"{people}?{asked}").json()["results"]] == names
    first = api.get(f"{people}?{asked}&page_size=1").json()
    seen = [first["results"][0]["contact"]["name"]]
    while first["next"]:
        first = api.get(first["next"]).json()
        seen += [row["contact"]["name"] for row in first["results"]]
    assert seen == names


def test_an_unknown_word_of_a_filter_is_refused(api, people):
    assert api.get(f"{people}?priority=urgent").status_code == 400
