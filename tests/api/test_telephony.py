import pytest

from accounts.models import AuditEvent
from accounts.roles import Role
from telephony.models import Agent, Carrier, Number, SpamScore
from tests.factories import AgentFactory, CarrierFactory, NumberFactory, WorkspaceFactory

API = "/api/v1/"


def test_an_agent_is_made_and_changed(api, workspace):
    given = {"name": "Nova", "provider": "http", "provider_agent_id": "a-1", "language": "de", "callback_enabled": True}
    made = api.post(f"{API}agents/", given)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in given} == given
    assert api.patch(f"{API}agents/{made.json()['id']}/", {"cost_per_minute": "0.0700"}).status_code == 200
    assert Agent.objects.get().workspace == workspace
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True))[-2:] == ["agent.add", "agent.edit"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"provider": "carrier-pigeon"}, "provider"), ({"timezone": "Mars/Base"}, "timezone"), ({"name": ""}, "name")],
)
def test_an_agent_that_cannot_be_is_refused(api, workspace, given, field):
    agent = AgentFactory(workspace=workspace)
    answer = api.patch(f"{API}agents/{agent.pk}/", given)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])


def test_no_answer_about_a_carrier_holds_its_credentials(api, workspace):
    carrier = CarrierFactory(workspace=workspace)
    for answer in (api.get(f"{API}carriers/"), api.get(f"{API}carriers/{carrier.pk}/")):
        text = answer.content.decode()
        assert carrier.credentials not in text
        assert "credentials" not in text
        assert "settings" not in text


def test_a_carriers_limits_change_and_its_credentials_stay(api, workspace):
    carrier = CarrierFactory(workspace=workspace)
    answer = api.patch(f"{API}carriers/{carrier.pk}/", {"max_cps": "0.5", "max_channels": 3, "enabled": False})
    assert answer.status_code == 200
    kept = Carrier.objects.get()
    assert (kept.max_channels, kept.enabled, kept.credentials) == (3, False, carrier.credentials)


def test_a_rate_that_a_carrier_cannot_have_is_refused(api, workspace):
    carrier = CarrierFactory(workspace=workspace)
    answer = api.patch(f"{API}carriers/{carrier.pk}/", {"max_cps": "1.5"})
    assert answer.status_code == 400
    assert "whole number" in answer.json()["error"]["message"]


def test_a_number_is_kept_as_e164_and_its_score_with_history(api, workspace):
    carrier = CarrierFactory(workspace=workspace)
    made = api.post(f"{API}numbers/", {"phone_number": "(212) 555-0001", "carrier": carrier.pk, "spam_score": 3}).json()
    assert (made["phone_number"], made["country"], made["spam_score"]) == ("+12125550001", "US", 3)
    assert api.patch(f"{API}numbers/{made['id']}/", {"spam_score": 8}).json()["spam_score"] == 8
    assert list(SpamScore.objects.order_by("id").values_list("score", "source")) == [(3, "API"), (8, "API")]
    assert api.patch(f"{API}numbers/{made['id']}/", {"spam_score": 11}).status_code == 400
    assert Number.objects.get().spam_score == 8


def test_a_number_is_taken_once(api, workspace):
    number = NumberFactory(workspace=workspace)
    answer = api.post(f"{API}numbers/", {"phone_number": number.phone_number, "carrier": number.carrier_id})
    assert answer.status_code == 400


def test_another_workspaces_carrier_does_not_exist(api):
    carrier = CarrierFactory(workspace=WorkspaceFactory())
    answer = api.post(f"{API}numbers/", {"phone_number": "+12125550001", "carrier": carrier.pk})
    assert list(answer.json()["error"]["fields"]) == ["carrier"]


@pytest.mark.parametrize("path", ["agents", "carriers", "numbers"])
def test_setting_up_is_for_managers(program, workspace, path):
    made = {"agents": AgentFactory, "carriers": CarrierFactory, "numbers": NumberFactory}[path](workspace=workspace)
    operator = program(Role.OPERATOR)
    assert operator.get(f"{API}{path}/{made.pk}/").status_code == 200
    assert operator.patch(f"{API}{path}/{made.pk}/", {"label": "x"}).status_code == 403


def test_what_is_changed_for_dialing_is_kept_in_the_trail_with_its_former_value(api, workspace):
    first, second = CarrierFactory(workspace=workspace), CarrierFactory(workspace=workspace)
    number = NumberFactory(workspace=workspace, carrier=first)
    assert api.patch(f"{API}numbers/{number.pk}/", {"carrier": second.pk, "label": "x"}).status_code == 200

    event = AuditEvent.objects.get(action="number.edit", object_id=str(number.pk))
    assert event.detail == {"fields": ["carrier", "label"], "carrier_id": [first.pk, second.pk]}
