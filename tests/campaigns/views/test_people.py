import pytest
from django.urls import reverse

from campaigns import bulk, bulk_tasks
from campaigns.models import CampaignContact, ContactMove
from contacts.models import BulkAction, Contact, Suppression
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


@pytest.fixture
def long_list(campaign, monkeypatch):
    """More people than are moved within a request."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    return CampaignContactFactory.create_batch(5, campaign=campaign)


def test_a_long_list_is_moved_by_a_job_whose_strip_shows_how_far_it_is(operator, viewer, campaign, long_list):
    assert move(operator, campaign, action="exclude", all="1", query="status=pending") == []
    job = BulkAction.objects.get()
    assert (job.action, job.total, job.created_by) == ("exclude", 5, operator.user)
    page = text(operator.get(address("contacts", campaign)))
    cancel = f'action="{address("cancel_act", campaign, job.pk)}">'
    assert "0 of 5" in page and f'{cancel}<input type="hidden" name="csrfmiddlewaretoken"' in page
    assert address("cancel_act", campaign, job.pk) not in text(viewer.get(address("contacts", campaign)))
    assert viewer.get(address("acts", campaign)).status_code == 200
    bulk_tasks.act(job.pk, job.turn)
    answer = viewer.get(address("acts", campaign))
    assert answer.status_code == 286 and "5 people excluded" in text(answer)
    assert statuses(campaign) == ["excluded"] * 5


def test_a_job_is_cancelled_by_its_button(operator, campaign, long_list):
    move(operator, campaign, action="exclude", all="1")
    job = BulkAction.objects.get()
    said = operator.post(address("cancel_act", campaign, job.pk), follow=True).context["messages"]
    assert [str(message) for message in said] == ["Stopped. Those done so far stay as they are now."]
    job.refresh_from_db()
    assert job.status == "cancelled" and statuses(campaign) == ["pending"] * 5
    other = CampaignFactory(workspace=campaign.workspace)
    assert operator.post(address("cancel_act", other, job.pk)).status_code == 404


def test_a_second_press_while_a_job_works_is_refused_with_a_sentence(operator, campaign, long_list):
    for _ in range(2):
        said = move(operator, campaign, action="retry", all="1")
    assert said == ["Another act on this list is under way. Wait until it is done, or cancel it."]
    assert BulkAction.objects.count() == 1


def test_the_ticked_are_tagged_and_held_in_an_ended_campaign_too(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, status="completed", run=1)
    row = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    assert move(operator, campaign, action="tag", tags="vip, spring", ids=[row.pk]) == ["1 person tagged."]
    assert move(operator, campaign, action="hold", until="2099-01-01T09:00", reason="Complaint", ids=[row.pk]) == [
        "1 person held."
    ]
    contact = Contact.objects.get(pk=row.contact_id)
    assert contact.tags == "|vip|spring|" and contact.held_until.year in (2098, 2099)
    assert move(operator, campaign, action="tag", ids=[row.pk]) == ["Name at least one tag."]
    assert move(operator, campaign, action="hold", ids=[row.pk]) == ["Nobody was held. Say until when."]


def test_the_button_of_a_row_calls_that_person_again_and_nobody_else(operator, campaign):
    rows = CampaignContactFactory.create_batch(2, campaign=campaign, status="failed", next_attempt_at=None)
    move(operator, campaign, one=rows[1].pk, ids=[rows[0].pk])
    assert statuses(campaign) == ["failed", "retry"]


def test_in_a_campaign_that_ended_nobody_is_moved(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, status="completed", run=1)
    row = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    page = text(operator.get(address("contacts", campaign)))
    assert 'value="retry"' not in page and 'title="Retry"' not in page
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


def test_a_persons_page_shows_moves_and_callbacks_and_moves_by_hand(operator, viewer, workspace, campaign):
    row = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    call = CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row)
    row.asked_callbacks.create(run=1, asked_call=call, words="after lunch", due_at=NOON, found_by="a part of the day")
    here = address("person", campaign, row.pk)
    assert 'value="set_completed"' in text(operator.get(here)) and 'value="set_completed"' not in text(viewer.get(here))
    assert move(operator, campaign, one=row.pk, does="set_completed") == ["1 person set to completed."]
    page = text(operator.get(here))
    for part in ("after lunch", "Set to completed by hand", str(operator.user), "asked for in this call"):
        assert part in page
    ended = CampaignFactory(workspace=workspace, status="completed", run=1)
    other = CampaignContactFactory(campaign=ended, status="failed", next_attempt_at=None)
    assert 'value="retry"' not in text(operator.get(address("person", ended, other.pk)))


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
