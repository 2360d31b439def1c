import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from campaigns.choices import CampaignStatus
from campaigns.models import CampaignContact
from contacts.models import Contact
from tests.factories import (
    NOON,
    BulkActionFactory,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    ContactFactory,
    SuppressionFactory,
    WorkspaceFactory,
)

LIST = "/contacts/"


def names(answer) -> list[str]:
    return [contact.display_name for contact in answer.context["listing"]]


@pytest.fixture
def three(workspace) -> list[Contact]:
    return [
        ContactFactory(workspace=workspace, name="Ana Ruiz", phone_number="+12125551000", company="Acme", tags="|vip|"),
        ContactFactory(workspace=workspace, name="Ben Roth", phone_number="+493023125002", country="DE"),
        ContactFactory(workspace=workspace, name="Cy Young", phone_number="+12125551002", tags="|vip|b2b|"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ana Ruiz", "Ben Roth", "Cy Young"]),
        ("?q=ruiz", ["Ana Ruiz"]),
        ("?q=acm", ["Ana Ruiz"]),
        ("?q=%2B49+30", ["Ben Roth"]),
        ("?q=555-1002", ["Cy Young"]),
        ("?tag=VIP", ["Ana Ruiz", "Cy Young"]),
        ("?tag=vi", []),
        ("?company=acme", ["Ana Ruiz"]),
        ("?country=DE", ["Ben Roth"]),
        ("?suppressed=yes", ["Ben Roth"]),
        ("?suppressed=no", ["Ana Ruiz", "Cy Young"]),
        ("?sort=-name", ["Cy Young", "Ben Roth", "Ana Ruiz"]),
        ("?campaign=x", []),
        ("?campaign=99999999999999999999", []),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(viewer, workspace, three, query, found) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+493023125002")
    ContactFactory(workspace=WorkspaceFactory(), name="A stranger")
    assert names(viewer.get(LIST + query)) == found


def test_the_list_is_filtered_by_campaign_and_status(viewer, workspace, three) -> None:
    campaigns = CampaignFactory.create_batch(2, workspace=workspace)
    for campaign in campaigns:
        CampaignContactFactory(campaign=campaign, contact=three[0])
    CampaignContactFactory(campaign=campaigns[0], contact=three[1], status="completed", next_attempt_at=None)
    assert names(viewer.get(f"{LIST}?campaign={campaigns[0].pk}")) == ["Ana Ruiz", "Ben Roth"]
    assert names(viewer.get(f"{LIST}?campaign={campaigns[0].pk}&status=completed")) == ["Ben Roth"]
    assert names(viewer.get(f"{LIST}?status=pending")) == ["Ana Ruiz"], "once, however many campaigns"


def test_the_list_asks_the_same_number_of_questions_for_any_number_of_people(
    operator, workspace, three, django_assert_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    Contact.objects.exclude(pk=three[0].pk).delete()
    operator.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as one:
        operator.get(LIST)
    ContactFactory.create_batch(2, workspace=workspace)
    with django_assert_num_queries(len(one)):
        operator.get(LIST)


def test_tags_are_added_and_removed_in_bulk(operator, workspace, three) -> None:
    ids = [contact.pk for contact in three[:2]]
    operator.post("/contacts/bulk/", {"ids": ids, "action": "tag", "tags": "spring, vip"})
    assert [contact.tag_list for contact in Contact.objects.order_by("name")] == [
        ["vip", "spring"],
        ["spring", "vip"],
        ["vip", "b2b"],
    ]
    operator.post("/contacts/bulk/", {"all": "1", "query": "tag=vip", "action": "untag", "tags": "vip"})
    assert [contact.tag_list for contact in Contact.objects.order_by("name")] == [["spring"], ["spring"], ["b2b"]]


def test_bulk_acts_never_leave_the_workspace(operator, workspace) -> None:
    foreign = ContactFactory(workspace=WorkspaceFactory())
    operator.post("/contacts/bulk/", {"ids": [foreign.pk], "action": "tag", "tags": "mine"})
    foreign.refresh_from_db()
    assert foreign.tags == ""


def test_people_are_added_to_a_draft_in_bulk_and_suppressed_ones_left_out(operator, workspace, three) -> None:
    SuppressionFactory(workspace=workspace, phone_number=three[1].phone_number)
    draft = CampaignFactory(workspace=workspace, name="Spring")
    posted = {"all": "1", "query": "", "action": "campaign", "campaign": draft.pk}
    answer = operator.post("/contacts/bulk/", posted, follow=True)
    assert CampaignContact.objects.filter(campaign=draft).count() == 2
    page = answer.content.decode()
    assert "Add to Spring: 2 people done." in page and "1 skipped. This person is on the suppression list." in page


@pytest.mark.parametrize(
    ("status", "why"),
    [(CampaignStatus.RUNNING, "fixed since the first run"), (CampaignStatus.COMPLETED, "This campaign is completed")],
)
def test_nobody_is_added_in_bulk_to_a_list_that_is_closed(operator, workspace, three, status, why) -> None:
    campaign = CampaignFactory(workspace=workspace, status=status)
    posted = {"all": "1", "query": "", "action": "campaign", "campaign": campaign.pk}
    answer = operator.post("/contacts/bulk/", posted, follow=True)
    assert not CampaignContact.objects.exists()
    assert why in answer.content.decode()


def test_one_person_is_added_by_form(operator, workspace) -> None:
    given = {"phone_number": "(310) 555-2003", "first_name": "Ana", "last_name": "Ruiz", "priority": "high"}
    answer = operator.post("/contacts/add/", {**given, "tags": "vip; b2b"})
    contact = Contact.objects.get()
    assert answer.url == reverse("contacts:detail", args=[contact.pk])
    assert (contact.phone_number, contact.name, contact.country, contact.timezone, contact.zone_source) == (
        "+13105552003",
        "Ana Ruiz",
        "US",
        "America/Los_Angeles",
        "number",
    )
    assert (contact.priority, contact.tag_list, contact.hours_key.region) == (0, ["vip", "b2b"], "CA")
    assert AuditEvent.objects.get().action == "contact.add"


def test_a_person_who_is_known_or_cannot_be_called_is_refused_at_the_field(operator, workspace, three) -> None:
    known = operator.post("/contacts/add/", {"phone_number": "212 555 1000", "priority": "normal"})
    assert known.status_code == 422
    assert known.context["form"].errors["phone_number"] == ["+12125551000 is already in your contacts, as Ana Ruiz."]
    wrong = operator.post("/contacts/add/", {"phone_number": "12", "priority": "normal", "timezone": "Mars"})
    assert wrong.context["form"].errors["timezone"] == [
        "“Mars” is not a known time zone. Use a name such as Europe/Berlin."
    ]
    assert Contact.objects.count() == 3


def test_a_suppressed_number_is_refused_at_the_field(operator, workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125551000")
    answer = operator.post("/contacts/add/", {"phone_number": "212 555 1000", "priority": "normal"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["phone_number"] == [
        "This number is on the suppression list, so it becomes no contact. A manager can take it off the list first."
    ]
    assert not Contact.objects.exists()


def test_a_moved_person_keeps_what_was_not_touched(operator, workspace) -> None:
    contact = ContactFactory(
        workspace=workspace, name="Ana", company="Acme", phone_number="+12125551000", spread_at=NOON
    )
    given = {"phone_number": "+12125551000", "company": "Acme", "country": "US", "priority": "normal"}
    operator.post(f"/contacts/{contact.pk}/edit/", {**given, "timezone": "America/Chicago"})
    contact.refresh_from_db()
    assert (contact.name, contact.company, contact.zone_source) == ("Ana", "Acme", "given")
    assert (contact.hours_key.zones, contact.spread_at) == ("America/Chicago", None)


def test_an_emptied_time_zone_follows_the_number_again(operator, workspace) -> None:
    contact = ContactFactory(
        workspace=workspace, phone_number="+12125551000", timezone="America/Chicago", zone_source="given"
    )
    operator.post(
        f"/contacts/{contact.pk}/edit/",
        {"phone_number": "+12125551000", "country": "US", "priority": "normal", "timezone": ""},
    )
    contact.refresh_from_db()
    assert (contact.zone_source, contact.timezone) == ("number", "America/New_York")


def test_a_person_cannot_take_somebody_elses_number(operator, workspace, three) -> None:
    answer = operator.post(
        f"/contacts/{three[0].pk}/edit/", {"phone_number": "+12125551002", "country": "US", "priority": "normal"}
    )
    assert answer.context["form"].errors["phone_number"] == ["+12125551002 is already in your contacts, as Cy Young."]


def test_a_persons_page_shows_every_campaign(viewer, workspace, three) -> None:
    for name in ("Spring", "Autumn"):
        CampaignContactFactory(campaign=CampaignFactory(workspace=workspace, name=name), contact=three[0])
    SuppressionFactory(workspace=workspace, phone_number=three[0].phone_number)
    page = viewer.get(f"/contacts/{three[0].pk}/").content.decode()
    assert "Spring" in page and "Autumn" in page and "Nobody calls this number." in page


def test_a_persons_page_counts_no_withdrawn_calls(viewer, workspace) -> None:
    row = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), sequence=2)
    for sequence, outcome in ((1, "busy"), (2, "cancelled")):
        place = {"campaign": row.campaign, "campaign_contact": row, "sequence": sequence}
        CallFactory(workspace=workspace, outcome=outcome, **place)
    [(shown, talks)] = viewer.get(f"{LIST}{row.contact_id}/").context["lists"]
    assert (shown, talks.calls) == (row, 1)


def test_another_workspaces_person_is_not_found(stranger, three) -> None:
    assert stranger.get(f"/contacts/{three[0].pk}/").status_code == 404
    assert stranger.post(f"/contacts/{three[0].pk}/edit/", {}).status_code == 404


def test_a_running_act_is_shown_above_the_list_until_it_ends_and_can_be_cancelled(operator, viewer, workspace, three):
    act = BulkActionFactory(workspace=workspace, status="running", total=10, done=4, tasks="campaigns.act_tasks")
    page = operator.get(LIST).content.decode()
    assert "4 of 10" in page and f"/contacts/acts/{act.pk}/cancel/" in page and 'hx-get="/contacts/acts/strip/"' in page
    assert f"/contacts/acts/{act.pk}/cancel/" not in viewer.get(LIST).content.decode()
    assert operator.get("/contacts/acts/strip/").status_code == 200
    operator.post(f"/contacts/acts/{act.pk}/cancel/")
    act.refresh_from_db()
    assert act.status == "cancelled"
    assert operator.get("/contacts/acts/strip/").status_code == 286
    assert "Cancelled" in operator.get("/contacts/acts/").content.decode()


def test_the_history_follows_an_act_that_is_under_way_and_repeats_none_that_ended(operator, workspace):
    now = timezone.now()
    ended = BulkActionFactory(workspace=workspace, status="done", tasks="campaigns.act_tasks", finished_at=now)
    page = operator.get("/contacts/acts/").content.decode()
    assert page.count(ended.words) == 1 and "hx-get" not in page.split('id="acts"', 1)[1].split(">", 1)[0]
    BulkActionFactory(workspace=workspace, status="running", total=10, done=4, tasks="campaigns.act_tasks")
    page = operator.get("/contacts/acts/").content.decode()
    assert "4 of 10" in page and 'hx-get="/contacts/acts/strip/"' in page


def test_the_history_asks_as_often_for_one_act_as_for_three(operator, workspace, queries_of):
    BulkActionFactory(workspace=workspace)
    one = queries_of(operator, "/contacts/acts/")
    BulkActionFactory.create_batch(2, workspace=workspace)
    assert queries_of(operator, "/contacts/acts/") == one


@pytest.mark.parametrize("query", ["?q=person", "?tag=vip", "?q=pe", "?country=US", "?sort=-added", "?suppressed=no"])
def test_every_list_asks_as_often_for_one_person_as_for_three(operator, workspace, queries_of, query):
    ContactFactory(workspace=workspace, tags="|vip|")
    one = queries_of(operator, LIST + query)
    ContactFactory.create_batch(2, workspace=workspace, tags="|vip|")
    assert queries_of(operator, LIST + query) == one


def test_a_short_word_finds_beginnings_and_says_so(operator, three):
    answer = operator.get(LIST, {"q": "be"})
    assert names(answer) == ["Ben Roth"] and "Fewer than three characters" in answer.content.decode()
