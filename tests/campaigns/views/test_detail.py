import pytest
from django.urls import reverse

from campaigns.models import CampaignRun
from tests.campaigns.history import campaign_with_past
from tests.factories import (
    NOON,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    GoalFactory,
    PoolNumberFactory,
)

pytestmark = pytest.mark.django_db
LAYOUTS = {
    "draft": "draft",
    "scheduled": "active",
    "running": "active",
    "paused": "active",
    "completed": "ended",
    "failed": "ended",
    "cancelled": "ended",
}


def in_status(workspace, status, **fields):
    run = 0 if status == "draft" else 1
    campaign = CampaignFactory(workspace=workspace, status=status, run=run, status_at=NOON, **fields)
    if run:
        CampaignRun.objects.create(campaign=campaign, run=1, started_at=NOON)
    return campaign


def get(client, name, campaign, **query):
    return client.get(reverse(f"campaigns:{name}", args=[campaign.pk]), query)


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(("status", "layout"), LAYOUTS.items())
def test_the_status_picks_the_layout(workspace, viewer, status, layout):
    campaign = in_status(workspace, status)
    for name in ("detail", "report"):
        response = get(viewer, name, campaign)
        assert response.status_code == 200
        assert response.templates[0].name == f"campaigns/detail/{layout}.html"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("draft", "There is no report yet"),
        ("running", "The report is written when the campaign has ended"),
    ],
)
def test_a_report_that_is_not_there_yet_is_one_sentence_above_the_layout(workspace, viewer, status, sentence):
    campaign = in_status(workspace, status)
    assert sentence in text(get(viewer, "report", campaign))
    assert sentence not in text(get(viewer, "detail", campaign))


@pytest.mark.parametrize("status", ["paused", "failed", "cancelled", "completed"])
def test_why_it_stands_still_is_said_on_top(workspace, viewer, status):
    campaign = in_status(workspace, status, status_reason="The carrier went away.")
    assert "The carrier went away." in text(get(viewer, "detail", campaign))


def test_an_end_by_the_system_is_said_in_words(workspace, viewer):
    assert "Every contact is final." in text(
        get(viewer, "detail", in_status(workspace, "completed", status_reason="all_final"))
    )


@pytest.mark.parametrize(("status", "refresh"), [("draft", False), ("running", True), ("completed", True)])
def test_refresh_is_offered_everywhere_but_in_draft(workspace, viewer, status, refresh):
    assert ("Refresh" in text(get(viewer, "detail", in_status(workspace, status)))) == refresh


def acts(response):
    """The moves that the page offers, by their address."""
    marks = response.content.decode().split("/do/")[1:]
    return {mark.split("/")[0] for mark in marks}


@pytest.mark.parametrize(
    ("status", "operator_may", "manager_too"),
    [
        ("draft", {"start", "cancel"}, {"archive", "delete"}),
        ("scheduled", {"pause", "cancel"}, set()),
        ("running", {"pause", "stop", "cancel"}, set()),
        ("paused", {"resume", "stop", "cancel"}, set()),
        ("completed", {"restart"}, {"archive", "delete"}),
        ("cancelled", set(), {"archive", "delete"}),
    ],
)
def test_only_moves_that_status_and_role_allow_are_offered(
    workspace, viewer, operator, manager, status, operator_may, manager_too
):
    campaign = in_status(workspace, status)
    assert acts(get(viewer, "detail", campaign)) == set()
    assert acts(get(operator, "detail", campaign)) == operator_may
    assert acts(get(manager, "detail", campaign)) == operator_may | manager_too


def test_a_campaign_with_calls_is_archived_and_not_deleted(workspace, manager):
    call = CallFactory(workspace=workspace, campaign=in_status(workspace, "completed"))
    assert acts(get(manager, "detail", call.campaign)) == {"restart", "archive"}


def test_draft_shows_readiness_configuration_window_cost_and_goals(workspace, operator):
    campaign = in_status(workspace, "draft", max_attempts=2)
    campaign.agent.cost_per_minute = 1
    campaign.agent.save()
    PoolNumberFactory(campaign=campaign)
    CampaignContactFactory.create_batch(3, campaign=campaign)
    GoalFactory(campaign=campaign, name="Sell a boat", target=2)
    page = text(get(operator, "detail", campaign))
    for part in (
        "Ready to start",
        campaign.agent.name,
        "up to 2",
        "Times in UTC",
        "6.00 USD",
        "Sell a boat",
    ):
        assert part in page
    assert "3 contacts × 2 attempts, each assumed to talk 60 s" in page


def test_a_draft_that_is_not_ready_says_how_many_things_to_mend(workspace, viewer):
    assert "Not ready to start: 2 things to mend" in text(get(viewer, "detail", in_status(workspace, "draft")))


def test_starting_without_a_list_says_whom_it_will_call(workspace, operator):
    open_list = CampaignFactory(workspace=workspace, mode="multi_day", always_on=True)
    assert "Whoever is added will be called" in text(get(operator, "detail", open_list))
    staged = CampaignFactory(workspace=workspace)
    assert "The contacts of the staged file will be called" in text(get(operator, "detail", staged))


def test_ending_a_campaign_says_what_becomes_of_calls_and_callbacks_that_it_may_have_by_then(workspace, operator):
    page = text(get(operator, "detail", in_status(workspace, "running")))
    assert page.count("Live calls will finish, pending callbacks are cancelled.") == 2  # Stop and Cancel


def test_resuming_a_pilot_says_that_the_whole_list_will_be_called(workspace, operator):
    campaign = in_status(workspace, "paused", pilot_size=20)
    CampaignContactFactory.create_batch(2, campaign=campaign)
    said = "The pilot of 20 calls ends: without that limit, 2 contacts not final yet will be called."
    assert said in text(get(operator, "detail", campaign))
    CampaignRun.objects.update(pilot_lifted_at=NOON)
    assert said not in text(get(operator, "detail", campaign))


def test_a_linked_file_is_followed_up(workspace, operator):
    campaign = in_status(workspace, "draft")
    link = CampaignUploadFactory(campaign=campaign)
    page = text(get(operator, "detail", campaign))
    assert f"<b>{link.upload.file_name}</b> is staged: 3 of 3 rows can be called." in page


def test_a_staged_file_replaces_a_list_only_where_there_is_one(viewer, workspace):
    link = CampaignUploadFactory(campaign__workspace=workspace, replaces=True)
    address = reverse("campaigns:uploads", args=[link.campaign_id])
    assert "replaces the whole list" not in viewer.get(address).content.decode()
    CampaignContactFactory(campaign=link.campaign)
    assert "replaces the whole list" in viewer.get(address).content.decode()


@pytest.mark.parametrize(("numbers", "shown"), [(1, False), (2, True)])
def test_pool_health_is_shown_with_two_or_more_numbers(workspace, viewer, numbers, shown):
    campaign = in_status(workspace, "running")
    for _ in range(numbers):
        PoolNumberFactory(campaign=campaign)
    assert ("pool-title" in text(get(viewer, "detail", campaign))) == shown


@pytest.mark.parametrize(
    ("status", "name", "most"), [("running", "detail", 55), ("completed", "detail", 23), ("draft", "detail", 22)]
)
def test_as_many_queries_with_three_rows_as_with_one(
    workspace, operator, django_assert_max_num_queries, status, name, most
):
    counted = []
    for people in (1, 3):
        campaign = campaign_with_past(workspace, people=people, status=status, status_at=NOON, seed=5)
        for run in (1, 2):
            CampaignRun.objects.create(campaign=campaign, run=run, started_at=NOON)
        with django_assert_max_num_queries(most) as captured:
            get(operator, name, campaign)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_results_table_drills_down_by_outcome_and_attempt(workspace, viewer):
    campaign = in_status(workspace, "completed")
    call = CallFactory(workspace=workspace, campaign=campaign, outcome="busy", attempt=2)
    other = CallFactory(workspace=workspace, campaign=campaign)
    page = text(get(viewer, "detail", campaign, outcome="busy", attempt="2"))
    assert reverse("campaigns:call", args=[call.pk]) in page
    assert reverse("campaigns:call", args=[other.pk]) not in page


def test_somebody_elses_campaign_is_not_there(stranger, workspace):
    assert get(stranger, "detail", in_status(workspace, "running")).status_code == 404


def test_a_paused_campaign_says_what_goes_on_whatever_happens_meanwhile(workspace, viewer):
    """The banner does not refresh by itself, so it counts nothing; and nobody asks a paused campaign to be faster."""
    campaign = in_status(workspace, "paused", status_reason="Too many errors.")
    live = {"outcome": "", "ended_at": None, "concluded_at": None, "state": 3, "check_at": NOON}
    CallFactory(workspace=workspace, campaign=campaign, **live)
    page = text(get(viewer, "detail", campaign))
    assert "Too many errors. No new call is placed; calls under way finish." in page
    assert "Why is it not dialing?" in page
