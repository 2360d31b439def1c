"""A campaign's list: adding to it and moving people by hand."""

import pytest

from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact
from contacts.models import Contact
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    ContactFactory,
    SuppressionFactory,
    WorkspaceFactory,
)


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace)


@pytest.fixture
def people(campaign):
    return f"/api/v1/campaigns/{campaign.pk}/contacts/"


def test_a_new_person_becomes_a_contact_of_the_campaign(api, campaign, people):
    answer = api.post(people, {"phone_number": "(415) 555-2671", "name": "Ada", "variables": {"plan": "gold"}})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["contact"]["phone_number"], body["status"], body["variables"]) == (
        "+14155552671",
        "pending",
        {"plan": "gold"},
    )
    assert campaign.audience.get().contact == Contact.objects.get()


def test_variables_of_a_list_are_named_as_those_of_the_person(api, campaign, people, workspace):
    """Their own, and the list's: a bulk that cannot be read stops nobody else."""
    given = [
        {"phone_number": "+14155552671", "variables": {" plan ": "gold"}},
        {"phone_number": "+14155552672", "variables": {"rejected_reason": "none"}},
    ]
    told = api.post(f"{people}bulk/", {"contacts": given}).data
    assert [row["status"] for row in told] == ["added", "invalid"]
    row = campaign.audience.get()
    assert row.detail.variables == row.contact.variables == {"plan": "gold"}
    other = ContactFactory(workspace=workspace)
    assert api.post(people, {"contact": other.pk, "variables": {"a ": 1}}).data["variables"] == {"a": 1}
    assert api.post(people, {"contact": other.pk, "variables": {"": 1}}).status_code == 400


def test_a_known_person_is_put_on_the_list_by_id_once(api, workspace, people):
    contact = ContactFactory(workspace=workspace)
    first, second = api.post(people, {"contact": contact.pk}), api.post(people, {"contact": contact.pk})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]


def test_another_workspaces_contact_does_not_exist(api, people):
    contact = ContactFactory(workspace=WorkspaceFactory())
    assert list(api.post(people, {"contact": contact.pk}).json()["error"]["fields"]) == ["contact"]


@pytest.mark.parametrize("given", [{}, {"phone_number": "+14155552671", "contact": 1}])
def test_either_an_id_or_a_number(api, workspace, people, given):
    ContactFactory(workspace=workspace, id=1)
    assert api.post(people, given).status_code == 400


def test_a_suppressed_person_is_refused(api, workspace, people):
    contact = ContactFactory(workspace=workspace)
    SuppressionFactory(workspace=workspace, phone_number=contact.phone_number)
    answer = api.post(people, {"contact": contact.pk})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "suppressed")
    assert not CampaignContact.objects.exists()


def test_a_suppressed_number_is_refused_and_becomes_no_contact(api, workspace, people):
    SuppressionFactory(workspace=workspace, phone_number="+14155552671")
    answer = api.post(people, {"phone_number": "+14155552671"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "suppressed")
    assert not Contact.objects.exists()


def test_bulk_says_what_became_of_everybody(api, workspace, campaign, people):
    listed = CampaignContactFactory(campaign=campaign).contact
    barred = ContactFactory(workspace=workspace)
    SuppressionFactory(workspace=workspace, phone_number=barred.phone_number)
    given = [
        {"phone_number": "+14155559001", "variables": {"n": 1}},
        {"phone_number": listed.phone_number, "variables": {"n": 2}},
        {"phone_number": barred.phone_number},
        {"phone_number": "nonsense"},
        {"phone_number": "+1 415 555 9001", "variables": {"n": 3}},
    ]
    rows = api.post(f"{people}bulk/", {"contacts": given}).json()
    assert [row["status"] for row in rows] == ["added", "updated", "suppressed", "invalid", "duplicate"]
    assert campaign.audience.count() == 2
    assert campaign.audience.get(contact__phone_number="+14155559001").detail.variables == {"n": 1}
    assert campaign.audience.get(contact=listed).detail.variables == {"n": 2}


@pytest.mark.parametrize("status", [s for s in CampaignStatus if s != CampaignStatus.DRAFT])
def test_after_start_the_list_is_locked(api, campaign, people, status):
    Campaign.objects.filter(pk=campaign.pk).update(status=status, run=1)
    for path in (people, f"{people}bulk/"):
        answer = api.post(path, {"contacts": [{"phone_number": "+14155552671"}], "phone_number": "+14155552671"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "contacts_locked")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("", {"phone_number": "+14155552671"}),
        ("bulk/", {"contacts": [{"phone_number": "+14155552671"}]}),
    ],
)
def test_an_answer_that_was_lost_is_given_again_also_after_start(api, campaign, people, path, given):
    first = api.post(people + path, given, headers={"Idempotency-Key": "once"})
    Campaign.objects.filter(pk=campaign.pk).update(status="running", run=1)
    second = api.post(people + path, given, headers={"Idempotency-Key": "once"})
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"


def test_an_always_on_campaign_takes_people_while_it_runs(api, campaign, people):
    Campaign.objects.filter(pk=campaign.pk).update(status="running", run=1, always_on=True)
    campaign.runs.create(run=1, started_at=NOON)
    assert api.post(people, {"phone_number": "+14155552671"}).status_code == 201


@pytest.mark.parametrize(
    ("move", "status", "reason"),
    [
        ("retry", "retry", "by_hand"),
        ("set_pending", "pending", "by_hand"),
        ("set_completed", "completed", "by_hand"),
        ("exclude", "excluded", "by_hand"),
    ],
)
def test_a_person_is_moved_by_hand(api, campaign, people, move, status, reason):
    row = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    body = api.post(f"{people}{row.pk}/{move}/").json()
    assert (body["status"], body["reason"]) == (status, reason)
    assert row.moves.get().actor_name, "the token's name is kept with the move"


def test_somebody_who_is_being_dialed_is_not_moved(api, campaign, people):
    row = CampaignContactFactory(campaign=campaign, status="dialing", next_attempt_at=None)
    answer = api.post(f"{people}{row.pk}/exclude/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_allowed_now")


def test_why_a_person_is_not_called_has_an_answer(api, campaign, people):
    row = CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None)
    body = api.get(f"{people}{row.pk}/why/").json()
    assert set(body) == {"code", "sentence", "until"}
    assert body["sentence"]


def test_the_list_is_searched_by_its_filters(api, campaign, people):
    done = CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None)
    waiting = CampaignContactFactory(campaign=campaign)

    def listed(query):
        return [row["id"] for row in api.get(f"{people}?{query}").json()["results"]]

    assert listed("status=completed") == [done.pk]
    assert listed(f"contact={waiting.contact_id}") == [waiting.pk]
    assert listed("ordering=-id") == [waiting.pk, done.pk]


def test_a_row_of_another_campaign_is_not_found_under_this_one(api, workspace, people):
    other = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace))
    assert api.get(f"{people}{other.pk}/").status_code == 404
    assert api.post(f"{people}{other.pk}/exclude/").status_code == 404
