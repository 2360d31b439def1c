import pytest
from django.urls import reverse

from campaigns.models import CampaignContact, ContactMove
from campaigns.views import people
from contacts.models import Suppression
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignContactFactory, CampaignFactory, ContactFactory, GoalFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    campaign = CampaignFactory(workspace=workspace, status="running", run=1, status_at=NOON)
    campaign.runs.create(run=1, started_at=NOON)
    return campaign


def address(name, campaign, *more):
    return reverse(f"campaigns:{name}", args=[campaign.pk, *more])


def text(response):
    return " ".join(response.content.decode().split())


def move(client, campaign, **data):
    response = client.post(address("move_contacts", campaign), data, follow=True)
    return [str(message) for message in response.context["messages"]]


def statuses(campaign):
    return list(CampaignContact.objects.filter(campaign=campaign).order_by("id").values_list("status", flat=True))


def test_tasks_are_the_contacts(viewer, campaign):
    CampaignContactFactory(campaign=campaign, contact__name="Ada Lovelace")
    for name in ("contacts", "tasks"):
        assert "Ada Lovelace" in text(viewer.get(address(name, campaign)))


def test_a_row_shows_everything_the_tab_promises(viewer, workspace, campaign):
    contact = ContactFactory(workspace=workspace, name="Ada", tags="|vip|b2b|new|", country="GB", priority=0)
    row = CampaignContactFactory(
        campaign=campaign, contact=contact, priority=0, status="completed", next_attempt_at=None
    )
    call = CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row)
    goal = GoalFactory(campaign=campaign, kind="primary")
    goal.results.create(campaign_contact=row, call=call, source="carrier", result=0, score=80, at=NOON)
    page = text(viewer.get(address("contacts", campaign)))
    for part in ("Ada", "vip", "b2b", "+1</span>", "🇬🇧", contact.phone_number, "High", "Completed", "Achieved"):
        assert part in page
    assert "Goal score 80 of 100" in page
    assert '1 <span class="quiet">1:05</span>' in page


def test_a_page_of_fifty_follows_another_and_keeps_the_filters(viewer, campaign):
    CampaignContactFactory.create_batch(51, campaign=campaign)
    first = viewer.get(address("contacts", campaign), {"called": "no"})
    page = first.context["page"]
    assert len(page.rows) == 50 and not page.previous
    second = viewer.get(address("contacts", campaign), {"called": "no", "at": page.following})
    assert len(second.context["page"].rows) == 1
    assert "called=no&amp;at=" in second.content.decode()


@pytest.mark.parametrize(
    ("action", "status", "sentence"),
    [
        ("retry", "retry", "2 people will be called again."),
        ("set_pending", "pending", "2 people set to pending."),
        ("set_completed", "completed", "2 people set to completed."),
        ("exclude", "excluded", "2 people excluded."),
    ],
)
def test_those_ticked_are_moved_by_hand(operator, campaign, action, status, sentence):
    rows = CampaignContactFactory.create_batch(3, campaign=campaign, status="failed", next_attempt_at=None)
    assert move(operator, campaign, action=action, ids=[rows[0].pk, rows[1].pk]) == [sentence]
    assert statuses(campaign) == [status, status, "failed"]
    told = ContactMove.objects.values_list("campaign_contact", "action", "actor_name")
    assert sorted(told) == [(row.pk, action, str(operator.user)) for row in rows[:2]]


def test_bulk_says_how_many_were_skipped_and_why(operator, campaign):
    CampaignContactFactory(campaign=campaign)
    CampaignContactFactory(campaign=campaign, status="dialing", next_attempt_at=None)
    barred = CampaignContactFactory(campaign=campaign)
    Suppression.objects.create(workspace=campaign.workspace, phone_number=barred.contact.phone_number, at=NOON)
    said = move(operator, campaign, action="retry", all="1")
    assert said[0] == "1 person will be called again."
    assert sorted(said[1:]) == [
        "1 skipped: This person is being dialed right now.",
        "1 skipped: This person is on the suppression list.",
    ]


def test_all_that_match_are_those_of_the_lists_filters(operator, campaign):
    CampaignContactFactory(campaign=campaign, contact__name="Ada")
    CampaignContactFactory(campaign=campaign, contact__name="Grace")
    move(operator, campaign, action="exclude", all="1", query="q=ada")
    assert statuses(campaign) == ["excluded", "pending"]


def test_a_long_list_goes_on_in_pieces_until_all_are_moved(operator, campaign, monkeypatch):
    monkeypatch.setattr(people, "PIECE", 2)
    CampaignContactFactory.create_batch(5, campaign=campaign)
    data = {"action": "exclude", "all": "1", "query": "status=pending"}
    seen = []
    while True:
        response = operator.post(address("move_contacts", campaign), data)
        if response.status_code == 302:
            break
        seen.append((response.context["done"], response.context["total"]))
        data |= {name: response.context[name] for name in ("after", "done", "total", "skipped")}
    assert seen == [(2, 5), (4, 5)] or seen == [(2, 3), (4, 3)]
    assert statuses(campaign) == ["excluded"] * 5


def test_the_button_of_a_row_calls_that_person_again_and_nobody_else(operator, campaign):
    rows = CampaignContactFactory.create_batch(2, campaign=campaign, status="failed", next_attempt_at=None)
    move(operator, campaign, one=rows[1].pk, ids=[rows[0].pk])
    assert statuses(campaign) == ["failed", "retry"]


def test_in_a_campaign_that_ended_nobody_is_moved(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, status="completed", run=1)
    row = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    page = text(operator.get(address("contacts", campaign)))
    assert "data-bulk-bar" not in page and 'title="Retry"' not in page
    assert "skipped" in move(operator, campaign, action="retry", ids=[row.pk])[0]
    assert statuses(campaign) == ["failed"]


def test_nobody_ticked_and_unknown_actions_are_one_sentence(operator, campaign):
    assert move(operator, campaign, action="retry") == ["Nobody was chosen. Tick the people first."]
    assert "Choose what to do" in move(operator, campaign, action="hang up")[0]


def test_why_somebody_is_not_called_is_said_with_calls_and_variables(viewer, workspace):
    campaign = CampaignFactory(workspace=workspace, status="paused", run=1, status_reason="Too many errors.")
    row = CampaignContactFactory(campaign=campaign, detail={"plan": "gold"})
    call = CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row)
    page = text(viewer.get(address("person", campaign, row.pk)))
    for part in ("Why is this person not being called?", "Too many errors.", "plan", "gold"):
        assert part in page
    assert reverse("campaigns:call", args=[call.pk]) in page
    part = viewer.get(address("person", campaign, row.pk), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "gold" in part.content.decode()


def test_a_person_of_another_campaign_is_not_in_this_one(viewer, campaign, workspace):
    other = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace))
    assert viewer.get(address("person", campaign, other.pk)).status_code == 404


@pytest.mark.parametrize("people_count", (1, 3))
def test_the_tab_takes_the_same_queries_for_one_person_as_for_three(
    operator, workspace, people_count, django_assert_num_queries
):
    campaign = campaign_with_past(workspace, people=people_count, status="running", status_at=NOON)
    with django_assert_num_queries(15):
        assert len(operator.get(address("contacts", campaign)).context["listing"]) == people_count
