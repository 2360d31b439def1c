"""The wizard: five steps, one draft row, nothing lost."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import Campaign
from tests.factories import (
    NOON,
    AgentFactory,
    CampaignContactFactory,
    CampaignFactory,
    NumberFactory,
    PoolNumberFactory,
)

pytestmark = pytest.mark.django_db

DIALER = {
    "concurrency_limit": "20",
    "mode": "multi_day",
    "trigger_mode": "manual",
    "window_start": "09:00",
    "window_end": "18:00",
    "window_timezone": "Europe/Berlin",
    "window_days": ["mon", "tue"],
    "max_attempts": "3",
    "retry_delay_minutes_0": "2",
    "retry_delay_minutes_1": "hours",
    "retry_on": ["busy", "rnr"],
    "retry_dispositions": "Callback Requested, not-available,",
    "stop_after_connect_seconds": "30",
    "redial_short_connect_seconds": "15",
}
POOL = {"rotation_strategy": "round_robin", "spam_threshold": "7", "max_calls_per_number_per_day": "100"}


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace, name="Nova")


@pytest.fixture
def draft(workspace, agent) -> Campaign:
    """As Basics leaves it."""
    return CampaignFactory(workspace=workspace, agent=agent, name="Spring", set_up_at=None, mode="single_day")


@pytest.fixture
def complete(draft) -> Campaign:
    """Everything but the last button."""
    PoolNumberFactory(campaign=draft)
    CampaignContactFactory(campaign=draft)
    return draft


def edit(campaign: Campaign, step: str) -> str:
    return reverse("campaigns:edit", args=[campaign.pk, step])


def numbers(campaign: Campaign) -> list[int]:
    return list(campaign.pool.order_by("position").values_list("number_id", flat=True))


def csv(text: str, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


# Basics


def test_basics_makes_a_draft_that_is_not_set_up_and_goes_on_to_the_numbers(operator, agent):
    answer = operator.post("/campaigns/new/basics/", {"name": "Spring", "agent": agent.pk, "priority": 0, "notes": "n"})
    campaign = Campaign.objects.get()
    assert answer.url == edit(campaign, "pool")
    assert (campaign.name, campaign.agent, campaign.priority, campaign.notes) == ("Spring", agent, 0, "n")
    assert (campaign.status, campaign.set_up_at, campaign.created_by) == ("draft", None, operator.user)


def test_the_window_of_a_new_campaign_is_in_its_creators_time_zone(operator, agent):
    operator.user.timezone = "Asia/Tokyo"
    operator.user.save()
    operator.post("/campaigns/new/basics/", {"name": "Spring", "agent": agent.pk, "priority": 1})
    assert Campaign.objects.get().window_timezone == "Asia/Tokyo"


def test_basics_says_what_is_missing_and_keeps_what_was_typed(operator, agent):
    answer = operator.post("/campaigns/new/basics/", {"name": "", "agent": "", "priority": 1, "notes": "remember me"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors["name"] == ["Give the campaign a name."]
    assert form.errors["agent"] == ["Choose the agent that talks."]
    assert "remember me" in answer.content.decode()


def test_a_name_in_use_is_refused_one_of_the_archive_is_free(operator, agent, workspace):
    CampaignFactory(workspace=workspace, name="Spring")
    CampaignFactory(workspace=workspace, name="Autumn", archived_at=NOON)
    again = operator.post("/campaigns/new/basics/", {"name": "Spring", "agent": agent.pk, "priority": 1})
    assert again.context["form"].errors["name"] == ["Another campaign has this name. Choose a different one."]
    free = operator.post("/campaigns/new/basics/", {"name": "Autumn", "agent": agent.pk, "priority": 1})
    assert free.status_code == 302


def test_pressing_next_twice_makes_one_draft(operator, agent):
    data = {"name": "Spring", "agent": agent.pk, "priority": 1}
    first = operator.post("/campaigns/new/basics/", data)
    second = operator.post("/campaigns/new/basics/", data)
    assert second.url == first.url
    assert Campaign.objects.count() == 1


def test_another_workspaces_agent_is_no_choice(operator):
    answer = operator.post("/campaigns/new/basics/", {"name": "Spring", "agent": AgentFactory().pk, "priority": 1})
    assert "agent" in answer.context["form"].errors


def test_later_steps_of_a_new_campaign_lead_to_basics(operator):
    assert operator.get("/campaigns/new/review/").url == "/campaigns/new/basics/"
    assert operator.get("/campaigns/new/").url == "/campaigns/new/basics/"
    assert operator.get("/campaigns/new/nonsense/").status_code == 404


# Number Pool


def test_the_agents_default_number_is_ticked_and_stands_first(operator, draft, agent):
    NumberFactory(workspace=draft.workspace, phone_number="+12125550001")
    agent.default_number = NumberFactory(workspace=draft.workspace, phone_number="+12125559999")
    agent.save()
    rows = operator.get(edit(draft, "pool")).context["form"].rows()
    assert [(row["number"].phone_number, row["ticked"]) for row in rows] == [
        ("+12125559999", True),
        ("+12125550001", False),
    ]


def test_inbound_only_numbers_are_neither_shown_nor_taken(operator, draft):
    inbound = NumberFactory(workspace=draft.workspace, direction="inbound")
    assert operator.get(edit(draft, "pool")).context["form"].rows() == []
    answer = operator.post(edit(draft, "pool"), {**POOL, "numbers": [inbound.pk]})
    assert "numbers" in answer.context["form"].errors


def test_the_first_ticked_is_the_primary_in_the_order_of_ticking(operator, draft):
    first, second = NumberFactory.create_batch(2, workspace=draft.workspace)
    data = {**POOL, "numbers": [first.pk, second.pk], "order": f"{second.pk},{first.pk}"}
    assert operator.post(edit(draft, "pool"), data).url == edit(draft, "dialer")
    assert numbers(draft) == [second.pk, first.pk]


def test_without_a_script_the_order_is_that_of_the_list(operator, draft):
    first, second = NumberFactory.create_batch(2, workspace=draft.workspace)
    operator.post(edit(draft, "pool"), {**POOL, "numbers": [second.pk, first.pk]})
    assert numbers(draft) == [first.pk, second.pk]


def test_no_number_ticked_is_refused(operator, draft):
    answer = operator.post(edit(draft, "pool"), POOL)
    assert answer.context["form"].errors["numbers"] == ["Tick at least one number."]


def test_rotation_and_weights_are_saved(operator, draft):
    first, second = NumberFactory.create_batch(2, workspace=draft.workspace)
    data = {**POOL, "numbers": [first.pk, second.pk], "rotation_strategy": "weighted", f"weight_{first.pk}": "3"}
    operator.post(edit(draft, "pool"), {**data, f"weight_{second.pk}": ""})
    assert list(draft.pool.values_list("weight", flat=True)) == [3, 1]
    draft.refresh_from_db()
    assert draft.rotation_strategy == "weighted"


def test_a_weight_above_100_is_refused(operator, draft):
    number = NumberFactory(workspace=draft.workspace)
    answer = operator.post(edit(draft, "pool"), {**POOL, "numbers": [number.pk], f"weight_{number.pk}": "101"})
    assert answer.status_code == 422


# Dialer Config


def test_the_dialer_step_saves_everything(operator, complete):
    assert operator.post(edit(complete, "dialer"), DIALER).url == edit(complete, "upload")
    complete.refresh_from_db()
    assert complete.concurrency_limit == 20
    assert complete.retry_delay_minutes == 120
    assert complete.retry_on == ["busy", "rnr"]
    assert complete.retry_dispositions == ["callback_requested", "not_available"]
    assert (complete.window_timezone, complete.window_days) == ("Europe/Berlin", ["mon", "tue"])


@pytest.mark.parametrize(
    ("field", "typed", "saved"),
    [
        ("concurrency_limit", "", 50),
        ("concurrency_limit", "0", 1),
        ("concurrency_limit", "-5", 1),
        ("max_attempts", "", 3),
        ("max_attempts", "0", 3),
        ("stop_after_connect_seconds", "0", 30),
        ("redial_short_connect_seconds", "", 15),
    ],
)
def test_blank_and_too_small_numbers_become_their_defaults(operator, complete, field, typed, saved):
    operator.post(edit(complete, "dialer"), {**DIALER, field: typed})
    complete.refresh_from_db()
    assert getattr(complete, field) == saved


@pytest.mark.parametrize("typed", ["", "0", "-3"])
def test_a_blank_or_too_small_retry_delay_becomes_half_an_hour(operator, complete, typed):
    operator.post(edit(complete, "dialer"), {**DIALER, "retry_delay_minutes_0": typed})
    complete.refresh_from_db()
    assert complete.retry_delay_minutes == 30


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_attempts": "12"}, "max_attempts"),
        ({"concurrency_limit": "many"}, "concurrency_limit"),
        ({"retry_delay_minutes_0": "31", "retry_delay_minutes_1": "days"}, "retry_delay_minutes"),
        ({"window_start": "9"}, "window_start"),
        ({"window_start": "18:00"}, "window_start"),
        ({"window_days": []}, "window_days"),
        ({"window_timezone": "Mars/Base"}, "window_timezone"),
        ({"trigger_mode": "scheduled"}, "starts_at"),
        ({"trigger_mode": "scheduled", "starts_at": "2020-01-01T10:00"}, "starts_at"),
        ({"trigger_mode": "scheduled", "starts_at": "soon"}, "starts_at"),
        ({"retry_on": ["human"]}, "retry_on"),
        ({"stop_after_connect_seconds": "3601"}, "stop_after_connect_seconds"),
        (
            {"stop_after_connect": "on", "redial_short_connect": "on", "redial_short_connect_seconds": "31"},
            "redial_short_connect_seconds",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_field(operator, complete, change, field):
    answer = operator.post(edit(complete, "dialer"), {**DIALER, **change})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    complete.refresh_from_db()
    assert complete.concurrency_limit == 50


@pytest.mark.parametrize(("start", "end"), [("22:00", "02:00"), ("00:00", "24:00")])
def test_windows_past_midnight_and_up_to_24_are_fine(operator, complete, start, end):
    assert (
        operator.post(edit(complete, "dialer"), {**DIALER, "window_start": start, "window_end": end}).status_code == 302
    )


def test_the_start_time_is_meant_in_the_windows_zone(operator, complete):
    data = {**DIALER, "trigger_mode": "scheduled", "starts_at": "2099-07-01T10:00"}
    operator.post(edit(complete, "dialer"), data)
    complete.refresh_from_db()
    assert complete.starts_at == datetime(2099, 7, 1, 8, 0, tzinfo=UTC)
    assert 'value="2099-07-01T10:00"' in operator.get(edit(complete, "dialer")).content.decode()


def test_always_on_needs_multi_day_and_a_start_time_the_scheduled_trigger(operator, complete):
    operator.post(
        edit(complete, "dialer"), {**DIALER, "mode": "single_day", "always_on": "on", "starts_at": "2099-07-01T10:00"}
    )
    complete.refresh_from_db()
    assert (complete.always_on, complete.starts_at) == (False, None)


def test_zones_are_taken_by_their_label_too(operator, complete):
    operator.post(edit(complete, "dialer"), {**DIALER, "window_timezone": "Kolkata (IST)"})
    complete.refresh_from_db()
    assert complete.window_timezone == "Asia/Kolkata"


def test_recommended_retries_are_ticked_without_saving_and_without_losing_what_was_typed(operator, complete):
    answer = operator.post(
        edit(complete, "dialer"), {**DIALER, "go": "recommended", "retry_on": [], "concurrency_limit": "33"}
    )
    form = answer.context["form"]
    assert form["retry_on"].value() == ["no_answer", "busy", "rnr", "error", "timeout"]
    assert form["concurrency_limit"].value() == "33"
    complete.refresh_from_db()
    assert complete.retry_on == []


# Back, reload, resume


def test_back_saves_what_is_valid(operator, complete):
    assert operator.post(edit(complete, "dialer"), {**DIALER, "go": "back"}).url == edit(complete, "pool")
    complete.refresh_from_db()
    assert complete.concurrency_limit == 20


def test_back_keeps_what_is_not_valid_yet(operator, complete):
    data = {**DIALER, "go": "back", "max_attempts": "99", "concurrency_limit": "21"}
    assert operator.post(edit(complete, "dialer"), data).url == edit(complete, "pool")
    form = operator.get(edit(complete, "dialer")).context["form"]
    assert (form["max_attempts"].value(), form["concurrency_limit"].value()) == ("99", "21")
    assert not form.errors


def test_what_is_typed_survives_a_reload_and_is_gone_once_saved(operator, agent):
    place = "/campaigns/new/basics/"
    assert operator.post(place, {"go": "keep", "name": "Half a na", "agent": ""}).status_code == 204
    assert operator.get(place).context["form"]["name"].value() == "Half a na"
    assert not Campaign.objects.exists()
    operator.post(place, {"name": "Spring", "agent": agent.pk, "priority": 1})
    assert operator.get(place).context["form"]["name"].value() in (None, "")


def test_what_is_kept_belongs_to_one_campaign(operator, complete, workspace):
    other = CampaignFactory(workspace=workspace)
    PoolNumberFactory(campaign=other)
    operator.post(edit(complete, "dialer"), {**DIALER, "go": "keep"})
    assert operator.get(edit(other, "dialer")).context["form"]["concurrency_limit"].value() == 50


def test_an_unfinished_set_up_goes_on_at_the_first_step_that_lacks_something(operator, draft):
    start = reverse("campaigns:edit_start", args=[draft.pk])
    assert operator.get(start).url == edit(draft, "pool")
    PoolNumberFactory(campaign=draft)
    assert operator.get(start).url == edit(draft, "dialer")
    CampaignContactFactory(campaign=draft)
    assert operator.get(start).url == edit(draft, "review")
    draft.set_up_at = NOON
    draft.save()
    assert operator.get(start).url == edit(draft, "basics")


def test_a_step_that_comes_too_early_leads_to_what_is_missing(operator, draft):
    assert operator.get(edit(draft, "review")).url == edit(draft, "pool")
    PoolNumberFactory(campaign=draft)
    assert operator.get(edit(draft, "review")).url == edit(draft, "upload")


def test_pills_say_what_is_current_finished_and_blocked(operator, draft):
    def states(step: str) -> list[str]:
        return [pill.state for pill, _ in operator.get(edit(draft, step)).context["pills"]]

    assert states("pool") == ["finished", "current", "blocked", "blocked", "blocked"]
    PoolNumberFactory(campaign=draft)
    assert states("dialer") == ["finished", "finished", "current", "open", "blocked"]
    CampaignContactFactory(campaign=draft)
    assert states("review") == ["finished", "finished", "finished", "finished", "current"]


def test_the_arrow_leads_to_where_one_came_from_if_it_is_ours(operator, draft):
    def arrow(query: str) -> str:
        return operator.get(edit(draft, "pool") + query).context["came_from"]

    assert arrow("?from=/campaigns/%3Fstatus%3Ddraft") == "/campaigns/?status=draft"
    assert arrow("?from=https://elsewhere.example/") == "/campaigns/"
    draft.set_up_at = NOON
    draft.save()
    assert arrow("") == f"/campaigns/{draft.pk}/"


def test_where_one_came_from_stays_known_from_step_to_step(operator, draft):
    NumberFactory(workspace=draft.workspace)
    data = {**POOL, "numbers": [draft.workspace.numbers.get().pk]}
    answer = operator.post(edit(draft, "pool") + "?from=/campaigns/", data)
    assert answer.url == edit(draft, "dialer") + "?from=%2Fcampaigns%2F"


def test_a_pill_saves_what_was_typed_and_goes_there(operator, complete):
    assert operator.post(edit(complete, "dialer"), {**DIALER, "go": "to:review"}).url == edit(complete, "review")
    complete.refresh_from_db()
    assert complete.concurrency_limit == 20
    wrong = {**DIALER, "max_attempts": "99"}
    assert operator.post(edit(complete, "dialer"), {**wrong, "go": "to:review"}).status_code == 422
    assert operator.post(edit(complete, "dialer"), {**wrong, "go": "to:basics"}).url == edit(complete, "basics")


def test_review_tells_of_what_was_typed_and_not_saved(operator, complete):
    operator.post(edit(complete, "dialer"), {**DIALER, "go": "keep"})
    assert operator.get(edit(complete, "review")).context["unsaved"] == [("Dialer Config", edit(complete, "dialer"))]
    operator.post(edit(complete, "dialer"), DIALER)
    assert operator.get(edit(complete, "review")).context["unsaved"] == []


# Review


def test_review_shows_everything_and_create_finishes_the_set_up_without_dialing(operator, complete):
    page = operator.get(edit(complete, "review"))
    text = page.content.decode()
    for words in ("Spring", "Nova", complete.pool.get().number.phone_number, "Concurrency limit", "Create Campaign"):
        assert words in text
    answer = operator.post(edit(complete, "review"))
    assert answer.url == f"/campaigns/{complete.pk}/"
    complete.refresh_from_db()
    assert complete.set_up_at is not None
    assert (complete.status, complete.run) == ("draft", 0)


def test_review_judges_all_steps_once_more(operator, complete):
    Campaign.objects.filter(pk=complete.pk).update(window_timezone="Mars/Base")
    assert operator.post(edit(complete, "review")).status_code == 409
    complete.refresh_from_db()
    assert complete.set_up_at is None


def test_create_twice_is_harmless(operator, complete):
    urls = {operator.post(edit(complete, "review")).url for _ in range(2)}
    assert urls == {f"/campaigns/{complete.pk}/"}


def test_the_estimate_shows_the_assumed_talk_time(operator, complete):
    complete.agent.cost_per_minute = "0.5"
    complete.agent.save()
    page = operator.get(edit(complete, "review"))
    assert page.context["estimate"].cost == 3 * 1 * page.context["estimate"].per_call
    assert "each assumed to talk 60 s" in page.content.decode()
