import pytest

from accounts.models import AuditEvent
from campaigns import bulk
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignTransition
from tests.factories import AgentFactory, CampaignContactFactory, CampaignFactory, NumberFactory, WorkspaceFactory

CAMPAIGNS = "/api/v1/campaigns/"


def set_status(campaign, status, run=1):
    """Puts the row where a test begins; nothing else writes a status like this."""
    Campaign.objects.filter(pk=campaign.pk).update(status=status, run=run)
    campaign.refresh_from_db()


def test_a_campaign_is_made_with_the_names_of_the_specification(api, workspace):
    numbers = [NumberFactory(workspace=workspace) for _ in range(2)]
    given = {
        "name": "Spring",
        "agent": AgentFactory(workspace=workspace).pk,
        "priority": "high",
        "tags": ["spring"],
        "mode": "multi_day",
        "window": {"start": "10:00", "end": "02:00", "timezone": "Europe/Berlin", "days": ["mon", "fri"]},
        "max_attempts": 4,
        "retry_on": ["busy", "rnr"],
        "retry_dispositions": ["callback_requested"],
        "pool": [{"number": numbers[1].pk, "weight": 3}, {"number": numbers[0].pk, "status": "disabled"}],
        "budget_cap": "12.5000",
        "metadata": {"client": "Acme"},
    }
    answer = api.post(CAMPAIGNS, given)
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert {name: body[name] for name in given if name != "pool"} == {
        name: given[name] for name in given if name != "pool"
    }
    assert body["pool"] == [
        {"number": numbers[1].pk, "weight": 3, "status": "active"},
        {"number": numbers[0].pk, "weight": 1, "status": "disabled"},
    ]
    assert (body["status"], body["run"], body["concurrency_limit"]) == ("draft", 0, 50)
    assert api.get(f"{CAMPAIGNS}{body['id']}/").json() == body
    assert Campaign.objects.get().set_up_at is not None


def test_without_a_window_the_workspaces_zone_counts(api, workspace):
    workspace.timezone = "Asia/Kolkata"
    workspace.save()
    body = api.post(CAMPAIGNS, {"name": "Spring", "agent": AgentFactory(workspace=workspace).pk}).json()
    assert (body["window"]["timezone"], body["window"]["start"]) == ("Asia/Kolkata", "09:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("concurrency_limit", 0),
        ("call_interval_seconds", 7),
        ("ring_timeout_seconds", 11),
        ("amd_mode", "slow"),
        ("max_attempts", 12),
        ("retry_delay_minutes", 43_201),
        ("max_voicemail_attempts", 0),
        ("spam_threshold", 10),
        ("max_calls_per_number_per_day", 1001),
        ("max_error_rate", 101),
        ("redial_short_connect_seconds", 3601),
        ("completion_timeout_minutes", -1),
        ("budget_cap", "-1"),
        ("pilot_size", 0),
        ("priority", "urgent"),
        ("mode", "weekly"),
        ("metadata", []),
        ("retry_on", ["human"]),
        ("name", ""),
        ("name", "x" * 121),
        ("agent", 999_999),
        ("window", {"start": "25:00"}),
        ("window", {"timezone": "Mars/Base"}),
        ("window", {"days": []}),
        ("window", {"start": "09:00", "end": "09:00"}),
        ("pool", [{"number": 999_999}]),
    ],
)
def test_a_value_out_of_range_is_refused_at_its_field(api, workspace, field, value):
    campaign = CampaignFactory(workspace=workspace)
    answer = api.patch(f"{CAMPAIGNS}{campaign.pk}/", {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"trigger_mode": "scheduled"}, "starts_at"),
        ({"trigger_mode": "scheduled", "starts_at": "2020-01-01T00:00:00Z"}, "starts_at"),
        ({"mode": "single_day", "always_on": True}, "always_on"),
        (
            {
                "stop_after_connect": True,
                "stop_after_connect_seconds": 10,
                "redial_short_connect": True,
                "redial_short_connect_seconds": 20,
            },
            "redial_short_connect_seconds",
        ),
    ],
)
def test_fields_that_do_not_fit_each_other_are_refused(api, workspace, given, field):
    campaign = CampaignFactory(workspace=workspace)
    answer = api.patch(f"{CAMPAIGNS}{campaign.pk}/", given)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])


def test_a_name_is_taken_once(api, workspace):
    CampaignFactory(workspace=workspace, name="Spring")
    answer = api.post(CAMPAIGNS, {"name": "Spring", "agent": AgentFactory(workspace=workspace).pk})
    assert answer.status_code == 400
    assert "Another campaign has this name" in str(answer.json())


def test_another_workspaces_agent_and_numbers_do_not_exist(api, workspace):
    campaign, other = CampaignFactory(workspace=workspace), WorkspaceFactory()
    for given in (
        {"agent": AgentFactory(workspace=other).pk},
        {"pool": [{"number": NumberFactory(workspace=other).pk}]},
    ):
        answer = api.patch(f"{CAMPAIGNS}{campaign.pk}/", given)
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, list(given))


def test_a_number_for_inbound_calls_has_no_place_in_a_pool(api, workspace):
    campaign, number = CampaignFactory(workspace=workspace), NumberFactory(workspace=workspace, direction="inbound")
    answer = api.patch(f"{CAMPAIGNS}{campaign.pk}/", {"pool": [{"number": number.pk}]})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["pool"])


def test_a_change_is_in_the_trail_with_before_and_after(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    api.patch(f"{CAMPAIGNS}{campaign.pk}/", {"max_attempts": 5, "name": campaign.name})
    assert AuditEvent.objects.get(action="campaign.change").detail == {"max_attempts": [3, 5]}


def test_what_is_locked_is_refused_with_the_reason(api, ready):
    set_status(ready, CampaignStatus.RUNNING)
    answer = api.patch(f"{CAMPAIGNS}{ready.pk}/", {"max_attempts": 5, "notes": "x"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], list(error["fields"])) == (409, "locked", ["max_attempts"])
    assert "Only draft and paused campaigns can be edited" in error["fields"]["max_attempts"]
    assert Campaign.objects.get(pk=ready.pk).notes == ""


def test_notes_and_priority_may_change_in_any_status(api, ready):
    set_status(ready, CampaignStatus.COMPLETED)
    assert api.patch(f"{CAMPAIGNS}{ready.pk}/", {"notes": "x", "priority": "low"}).status_code == 200


def test_after_the_first_run_the_name_is_fixed_and_the_dialer_is_not(api, ready):
    set_status(ready, CampaignStatus.PAUSED)
    assert api.patch(f"{CAMPAIGNS}{ready.pk}/", {"max_attempts": 5}).status_code == 200
    assert api.patch(f"{CAMPAIGNS}{ready.pk}/", {"name": "Another"}).status_code == 409


def test_a_number_may_be_switched_off_while_running_and_no_more_than_that(api, ready, workspace):
    set_status(ready, CampaignStatus.RUNNING)
    number = ready.pool.get().number_id
    off = [{"number": number, "status": "disabled"}]
    assert api.patch(f"{CAMPAIGNS}{ready.pk}/", {"pool": off}).status_code == 200
    assert ready.pool.get().status == "disabled"
    more = [*off, {"number": NumberFactory(workspace=workspace).pk}]
    assert list(api.patch(f"{CAMPAIGNS}{ready.pk}/", {"pool": more}).json()["error"]["fields"]) == ["pool"]


def test_a_number_that_stays_in_the_pool_keeps_its_count(api, ready, workspace):
    ready.pool.update(calls_in_run=7)
    kept = ready.pool.get()
    pool = [{"number": NumberFactory(workspace=workspace).pk}, {"number": kept.number_id}]
    api.patch(f"{CAMPAIGNS}{ready.pk}/", {"pool": pool})
    assert list(ready.pool.order_by("position").values_list("calls_in_run", flat=True)) == [0, 7]


def test_the_status_moves_by_actions_only(api, ready):
    api.patch(f"{CAMPAIGNS}{ready.pk}/", {"status": "running"})
    assert Campaign.objects.get(pk=ready.pk).status == "draft"
    steps = [("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "completed")]
    for action, status in steps:
        assert api.post(f"{CAMPAIGNS}{ready.pk}/{action}/").json()["status"] == status
    names = CampaignTransition.objects.order_by("id").values_list("action", "actor_name")
    assert list(names) == [(action, "API token “Test program”") for action, _ in steps]


def test_a_start_that_is_not_ready_names_its_blockers(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    answer = api.post(f"{CAMPAIGNS}{campaign.pk}/start/")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "not_ready")
    readiness = api.get(f"{CAMPAIGNS}{campaign.pk}/readiness/").json()
    assert readiness["ready"] is False
    assert error["blockers"] == [row["sentence"] for row in readiness["rows"] if row["state"] == "blocked"]


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("draft", "pause"),
        ("running", "start"),
        ("completed", "resume"),
        ("cancelled", "restart"),
        ("running", "archive"),
    ],
)
def test_a_move_that_the_table_does_not_know_is_refused(api, ready, status, action):
    set_status(ready, status)
    answer = api.post(f"{CAMPAIGNS}{ready.pk}/{action}/")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "not_allowed_now")
    assert status in error["message"]


def test_start_as_pilot_keeps_the_size(api, ready):
    assert api.post(f"{CAMPAIGNS}{ready.pk}/start/", {"pilot_size": 20}).json()["pilot_size"] == 20


def test_a_clone_is_a_draft_with_contacts_on_request(api, ready):
    set_status(ready, CampaignStatus.COMPLETED)
    bare = api.post(f"{CAMPAIGNS}{ready.pk}/clone/").json()
    full = api.post(f"{CAMPAIGNS}{ready.pk}/clone/", {"with_contacts": True}).json()
    assert [bare["status"], full["status"]] == ["draft", "draft"]
    assert [Campaign.objects.get(pk=row["id"]).audience.count() for row in (bare, full)] == [0, 1]


def test_a_list_that_is_still_being_copied_is_not_cloned(api, ready, monkeypatch):
    monkeypatch.setattr(bulk, "COPIED_AT_ONCE", 0)
    draft = api.post(f"{CAMPAIGNS}{ready.pk}/clone/", {"with_contacts": True}).json()
    answer = api.post(f"{CAMPAIGNS}{draft['id']}/clone/", {"with_contacts": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "contacts_moving")
    act = api.get(f"{CAMPAIGNS}{draft['id']}/contacts/bulk_actions/").json()["results"][0]
    assert (act["action"], act["total"], act["status"]) == ("copy", 1, "running")


def test_archived_campaigns_are_shown_on_request(api, workspace):
    shown, hidden = CampaignFactory(workspace=workspace), CampaignFactory(workspace=workspace)
    api.post(f"{CAMPAIGNS}{hidden.pk}/archive/")

    def listed(**wanted):
        return [row["id"] for row in api.get(CAMPAIGNS, wanted).json()["results"]]

    assert (listed(), listed(archived="true"), listed(archived="false")) == ([shown.pk], [hidden.pk], [shown.pk])
    assert api.get(f"{CAMPAIGNS}{hidden.pk}/").status_code == 200
    assert api.post(f"{CAMPAIGNS}{hidden.pk}/unarchive/").json()["archived_at"] is None


def test_the_list_is_searched_by_its_filters(api, workspace):
    spring = CampaignFactory(workspace=workspace, name="Spring", tags="|b2b|")
    autumn = CampaignFactory(workspace=workspace, name="Autumn")
    set_status(autumn, CampaignStatus.PAUSED)

    def listed(query):
        return [row["id"] for row in api.get(f"{CAMPAIGNS}?{query}").json()["results"]]

    assert listed("name=spr") == listed("tag=b2b") == listed("status=draft") == [spring.pk]
    assert listed(f"agent={autumn.agent_id}") == [autumn.pk]
    assert listed("status=draft&status=paused&ordering=name") == [autumn.pk, spring.pk]


def test_a_campaign_without_calls_can_be_deleted(api, ready):
    assert api.delete(f"{CAMPAIGNS}{ready.pk}/").status_code == 204
    assert not Campaign.objects.exists()


def test_a_running_campaign_cannot_be_deleted(api, ready):
    set_status(ready, CampaignStatus.RUNNING)
    assert api.delete(f"{CAMPAIGNS}{ready.pk}/").status_code == 409


def test_dispatch_says_why_nothing_is_dialed(api, ready):
    reasons = api.get(f"{CAMPAIGNS}{ready.pk}/dispatch/").json()["reasons"]
    assert [reason["code"] for reason in reasons] == ["not_running"]


def test_stats_are_the_pages_figures(api, ready):
    CampaignContactFactory(campaign=ready, status="completed", next_attempt_at=None)
    stats = api.get(f"{CAMPAIGNS}{ready.pk}/stats/").json()
    assert (stats["contacts"]["pending"], stats["contacts"]["completed"], stats["contacts"]["total"]) == (1, 1, 2)
    assert (stats["progress"], stats["live"], stats["calls"]) == (0.5, 0, 0)
