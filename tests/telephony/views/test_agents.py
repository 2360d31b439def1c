import pytest

from accounts.models import AuditEvent
from campaigns.models import Call
from telephony.models import Agent
from tests.factories import AgentFactory, CampaignFactory, NumberFactory

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Nova",
    "provider": "http",
    "provider_agent_id": "agent-7",
    "language": "en",
    "timezone": "Europe/Berlin",
    "cost_per_minute": "0.08",
    "default_variables": '{"product": "solar"}',
    "notes": "",
}


def test_an_agent_is_made_and_recorded(manager, workspace):
    answer = manager.post("/agents/new/", FORM)
    made = Agent.objects.get()
    assert answer["Location"] == f"/agents/{made.pk}/"
    assert (made.workspace, made.name, made.default_variables) == (workspace, "Nova", {"product": "solar"})
    event = AuditEvent.objects.get()
    assert (event.action, event.object_name, event.actor) == ("agent.add", "Nova", manager.user)


def test_a_name_that_is_taken_is_said_at_the_field(manager, workspace):
    AgentFactory(workspace=workspace, name="Nova")
    page = manager.post("/agents/new/", FORM).content.decode()
    assert "Another agent has this name. Choose a different one." in page
    assert Agent.objects.count() == 1


def test_another_workspaces_name_is_free_and_its_number_is_not_offered(manager):
    AgentFactory(name="Nova")
    elsewhere = NumberFactory()
    page = manager.post("/agents/new/", {**FORM, "default_number": elsewhere.pk})
    assert "default_number" in page.context["form"].errors
    assert manager.post("/agents/new/", FORM).status_code == 302


@pytest.mark.parametrize("text", ["[1]", "{", '"x"'])
def test_variables_are_an_object(manager, text):
    assert (
        "default_variables" in manager.post("/agents/new/", {**FORM, "default_variables": text}).context["form"].errors
    )


def test_saving_again_changes_the_same_agent(manager, workspace):
    agent = AgentFactory(workspace=workspace)
    manager.post(f"/agents/{agent.pk}/edit/", {**FORM, "callback_enabled": "on"})
    agent.refresh_from_db()
    assert (agent.name, agent.callback_enabled) == ("Nova", True)


def test_a_test_call_is_queued_and_shown(operator, workspace):
    agent = AgentFactory(workspace=workspace)
    NumberFactory(workspace=workspace)
    page = operator.post(f"/agents/{agent.pk}/test/", {"phone_number": "(212) 555-0199"}, follow=True).content.decode()
    assert Call.objects.get().phone_number == "+12125550199"
    assert "Calling +12125550199 now." in page
    assert 'hx-trigger="every 1s, refresh"' in page


def test_a_test_call_that_cannot_be_placed_says_why(operator, workspace):
    agent = AgentFactory(workspace=workspace)
    answer = operator.post(f"/agents/{agent.pk}/test/", {"phone_number": "+12125550199"})
    assert answer.status_code == 422
    assert "No number can make this call." in answer.content.decode()


def test_an_agent_with_campaigns_stays(manager, workspace):
    agent = CampaignFactory(workspace=workspace).agent
    page = manager.post(f"/agents/{agent.pk}/delete/", follow=True).content.decode()
    assert "This agent has campaigns and stays with their history." in page
    assert not AuditEvent.objects.exists()


def test_an_agent_that_nothing_needs_can_be_deleted(manager, workspace):
    agent = AgentFactory(workspace=workspace)
    assert manager.post(f"/agents/{agent.pk}/delete/")["Location"] == "/agents/"
    assert not Agent.objects.exists()


def test_an_empty_list_says_what_to_do_next_to_those_who_may(manager, viewer):
    assert "No agents yet." in viewer.get("/agents/").content.decode()
    assert "New agent" not in viewer.get("/agents/").content.decode()
    assert "New agent" in manager.get("/agents/").content.decode()


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(viewer, workspace, queries_of):
    AgentFactory(workspace=workspace)
    one = queries_of(viewer, "/agents/")
    AgentFactory.create_batch(2, workspace=workspace)
    assert queries_of(viewer, "/agents/") == one
