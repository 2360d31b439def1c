"""The campaign list: its rows, filters, order, and what is done to several at once."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, CampaignRun
from tests.factories import (
    NOON,
    AgentFactory,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    NumberFactory,
    PoolNumberFactory,
)

pytestmark = pytest.mark.django_db


def names(client, query: str = "") -> list[str]:
    return [line["campaign"].name for line in client.get(f"/campaigns/{query}").context["rows"]]


def line(client, campaign: Campaign) -> dict:
    rows = client.get("/campaigns/").context["rows"]
    return next(row for row in rows if row["campaign"] == campaign)


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def ready(workspace, **fields) -> Campaign:
    campaign = CampaignFactory(workspace=workspace, **fields)
    PoolNumberFactory(campaign=campaign)
    CampaignContactFactory(campaign=campaign)
    return campaign


def test_an_empty_list_says_what_to_do_next(operator):
    assert "No campaign yet." in operator.get("/campaigns/").content.decode()


def test_a_row_shows_agent_numbers_schedule_contacts_progress_and_start(operator, workspace):
    agent = AgentFactory(workspace=workspace, name="Nova Sales")
    campaign = CampaignFactory(
        workspace=workspace, name="Spring", agent=agent, tags="|vip|", window_timezone="Asia/Tokyo"
    )
    first = NumberFactory(workspace=workspace, phone_number="+12135550001")
    PoolNumberFactory(campaign=campaign, number=first, position=0)
    PoolNumberFactory(campaign=campaign, position=1)
    CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None)
    CampaignContactFactory.create_batch(3, campaign=campaign)
    CampaignUploadFactory(campaign=campaign, upload__valid_rows=7)
    row = line(operator, campaign)["row"]
    assert (row.numbers[0], len(row.numbers)) == (first, 2)
    assert (row.counts.total, row.counts.progress.part, row.staged, row.is_open) == (4, 1, 7, True)
    text = operator.get("/campaigns/").content.decode()
    for words in (
        "Spring",
        "Nova Sales",
        "+12135550001",
        "+1</span>",
        "Every day, 00:00–24:00",
        "Asia/Tokyo",
        "vip",
        "25%",
    ):
        assert words in text


def test_the_start_is_the_set_time_else_the_first_start_else_unknown(operator, workspace):
    scheduled = CampaignFactory(workspace=workspace, trigger_mode="scheduled", starts_at=NOON)
    started = CampaignFactory(workspace=workspace, run=2, status="paused")
    for run, at in ((1, NOON - timedelta(days=3)), (2, NOON)):
        CampaignRun.objects.create(campaign=started, run=run, started_at=at)
    fresh = CampaignFactory(workspace=workspace)
    found = {row["campaign"]: row["row"].started for row in operator.get("/campaigns/").context["rows"]}
    assert found == {scheduled: NOON, started: NOON - timedelta(days=3), fresh: None}


def test_an_invalid_window_is_neither_open_nor_closed(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, window_timezone="Mars/Base")
    assert line(operator, campaign)["row"].is_open is None


def test_search_and_filters_narrow_the_list(operator, workspace):
    agent = AgentFactory(workspace=workspace)
    CampaignFactory(workspace=workspace, name="Spring renewal", agent=agent, tags="|vip|", status="paused")
    CampaignFactory(workspace=workspace, name="Autumn", tags="|vip2|")
    CampaignFactory(workspace=workspace, name="Gone", archived_at=NOON)
    assert names(operator, "?q=RENEWAL") == ["Spring renewal"]
    assert names(operator, "?status=paused") == ["Spring renewal"]
    assert names(operator, f"?agent={agent.pk}") == ["Spring renewal"]
    assert names(operator, "?tag=vip") == ["Spring renewal"]
    assert names(operator, "?archived=1") == ["Gone"]
    assert names(operator, "?q=nothing") == []
    assert sorted(names(operator, "?status=nonsense&agent=x")) == ["Autumn", "Spring renewal"]


def test_it_sorts_by_name_status_and_date(operator, workspace):
    CampaignFactory(workspace=workspace, name="b", status="running", trigger_mode="scheduled", starts_at=NOON)
    CampaignFactory(workspace=workspace, name="A", status="cancelled")
    CampaignFactory(workspace=workspace, name="c", status="draft")
    assert names(operator, "?sort=name") == ["A", "b", "c"]
    assert names(operator, "?sort=status") == ["c", "b", "A"]
    assert names(operator, "?sort=date") == ["b", "A", "c"]  # without a start the day of making counts
    assert names(operator, "?sort=-date") == ["c", "A", "b"]


def test_it_pages(operator, workspace):
    CampaignFactory.create_batch(51, workspace=workspace)
    assert (len(names(operator)), len(names(operator, "?page=2"))) == (50, 1)


def test_another_workspaces_campaigns_are_not_there(operator, stranger, workspace):
    CampaignFactory(workspace=workspace)
    assert names(stranger) == []


def test_the_same_queries_for_one_row_and_for_three(operator, workspace):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            operator.get("/campaigns/")
        return len(captured)

    ready(workspace, contact_local_time=True, status="running", run=1)
    operator.get("/campaigns/")
    one = queries()
    for _ in range(2):
        campaign = ready(workspace, contact_local_time=True, status="paused", run=1)
        CampaignUploadFactory(campaign=campaign)
    assert queries() == one


def test_the_menu_offers_the_moves_of_the_status_that_the_role_allows(operator, manager, viewer, workspace):
    draft, running = CampaignFactory(workspace=workspace), CampaignFactory(workspace=workspace, status="running", run=1)

    def moves(client, campaign: Campaign) -> list[str]:
        found = line(client, campaign)
        return [move.action.value for move in [*found["moves"], *found["removes"]]]

    assert moves(operator, draft) == ["start", "cancel"]
    assert moves(manager, draft) == ["start", "cancel", "archive", "delete"]
    assert moves(operator, running) == ["pause", "stop", "cancel"]
    assert moves(viewer, running) == []


def test_edit_is_offered_where_it_works_and_an_unfinished_set_up_says_so(operator, viewer, workspace):
    draft = CampaignFactory(workspace=workspace, set_up_at=None)
    running = CampaignFactory(workspace=workspace, status="running", run=1)
    assert (line(operator, draft)["may_edit"], line(operator, running)["may_edit"]) == (True, False)
    assert line(viewer, draft)["may_edit"] is False
    assert "Continue set-up" in operator.get("/campaigns/").content.decode()


# bulk


def bulk(client, action: str, *campaigns: Campaign, **data: str):
    return client.post("/campaigns/bulk/", {"action": action, "ids": [c.pk for c in campaigns], **data})


def test_bulk_pause_says_how_many_were_and_why_others_were_not(operator, workspace):
    running = [ready(workspace, status="running", run=1) for _ in range(2)]
    CampaignRun.objects.bulk_create(CampaignRun(campaign=c, run=1, started_at=NOON) for c in running)
    draft = CampaignFactory(workspace=workspace)
    answer = bulk(operator, "pause", *running, draft)
    assert told(answer) == [
        "2 campaigns paused.",
        "1 campaign not paused: A draft campaign cannot be paused; only scheduled and running ones can.",
    ]
    assert set(Campaign.objects.values_list("status", flat=True)) == {"paused", "draft"}


def test_bulk_cancel_and_resume(operator, workspace):
    campaign = ready(workspace, status="paused", run=1)
    CampaignRun.objects.create(campaign=campaign, run=1, started_at=NOON)
    assert told(bulk(operator, "resume", campaign)) == ["1 campaign resumed."]
    assert told(bulk(operator, "cancel", campaign))[-1:] == ["1 campaign cancelled."]
    campaign.refresh_from_db()
    assert campaign.status == "cancelled"


def test_bulk_resume_refuses_what_is_not_ready(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, status="paused", run=1)
    assert "No number to call from is chosen." in told(bulk(operator, "resume", campaign))[0]


def test_bulk_archive_needs_the_right_to_delete(operator, manager, workspace):
    campaign = CampaignFactory(workspace=workspace, status="completed", run=1)
    bulk(operator, "archive", campaign)
    campaign.refresh_from_db()
    assert campaign.archived_at is None
    assert told(bulk(manager, "archive", campaign)) == ["1 campaign archived."]
    campaign.refresh_from_db()
    assert campaign.archived_at is not None


def test_bulk_on_all_that_match_keeps_to_the_filters_of_the_address(operator, workspace):
    spring, autumn = (
        CampaignFactory(workspace=workspace, name="Spring"),
        CampaignFactory(workspace=workspace, name="Autumn"),
    )
    answer = operator.post("/campaigns/bulk/?q=spring", {"action": "cancel", "all": "1", "ids": []})
    assert answer.url == "/campaigns/?q=spring"
    spring.refresh_from_db()
    autumn.refresh_from_db()
    assert (spring.status, autumn.status) == ("cancelled", "draft")


def test_bulk_never_reaches_another_workspace(stranger, workspace):
    campaign = CampaignFactory(workspace=workspace)
    assert told(bulk(stranger, "cancel", campaign)) == ["No campaign was ticked."]
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_an_unknown_bulk_act_does_nothing(operator, workspace):
    campaign = CampaignFactory(workspace=workspace)
    assert "Choose what to do" in told(bulk(operator, "explode", campaign))[0]


# the table refreshes by itself


def test_the_table_alone_shows_what_the_page_shows(operator, workspace):
    CampaignFactory(workspace=workspace, name="Spring", status="running", run=1)
    CampaignFactory(workspace=workspace, name="Autumn")
    part = operator.get("/campaigns/rows/?q=spring", headers={"HX-Request": "true"})
    text = part.content.decode()
    assert "Spring" in text
    assert "Autumn" not in text
    assert "<html" not in text
    assert 'hx-get="/campaigns/rows/?q=spring"' in text
    assert "next=%2Fcampaigns%2F%3Fq%3Dspring" in text


def test_it_looks_again_sooner_while_something_runs(operator, workspace):
    CampaignFactory(workspace=workspace)
    assert "every 20s" in operator.get("/campaigns/").content.decode()
    CampaignFactory(workspace=workspace, status="running", run=1)
    assert "every 3s" in operator.get("/campaigns/").content.decode()
