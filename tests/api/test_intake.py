"""GET, POST, PATCH and DELETE /campaigns/{id}/intake/."""

import pytest
from django.test import Client

from accounts.roles import Role
from campaigns.models import Intake
from tests.factories import CampaignFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(workspace) -> str:
    return f"/api/v1/campaigns/{CampaignFactory(workspace=workspace).pk}/intake/"


def path(url: str) -> str:
    return url[url.index("/intake/") :]


def test_it_is_made_once_and_takes_people(api, address) -> None:
    assert api.get(address).status_code == 404
    made = api.post(address, {"mapping": {"phone_number": "p"}})
    assert (made.status_code, made.data["enabled"], made.data["mapping"]) == (201, True, {"phone_number": "p"})
    again = api.post(address, {})
    assert (again.status_code, again.data) == (200, made.data)
    sent = Client().post(path(made.data["url"]), {"p": "+12125550123"}, content_type="application/json")
    assert sent.status_code == 201
    assert api.get(address).data == made.data


def test_it_is_changed_and_deleted(api, address) -> None:
    first = api.post(address, {}).data["url"]
    assert api.patch(address, {"enabled": False}).data["enabled"] is False
    second = api.patch(address, {"new_address": True, "enabled": True}).data["url"]
    assert second != first
    assert Client().post(path(first), {"phone_number": "+12125550123"}).status_code == 404
    assert api.delete(address).status_code == 204
    assert not Intake.objects.exists()


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"name": "a"}, "Choose what holds the phone number."),
        ({"phone_number": ""}, "needs a place such as data.phone"),
        ({"phone_number": "a", "shoe_size": "b"}, "is no field of a contact"),
        ({"phone_number": "a", "variable:": "b"}, "is no field of a contact"),
        ({"phone_number": "a", f"variable:{'x' * 101}": "b"}, "The name of a variable has 1 to 100 characters."),
        ({"phone_number": "a", "variable:a": "b", "variable: a": "c"}, "Two variables are named “a”."),
        ([], "object"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(api, address, mapping, said) -> None:
    api.post(address, {})
    answer = api.patch(address, {"mapping": mapping})
    assert answer.status_code == 400
    assert said in str(answer.data["error"]["fields"]["mapping"])


def test_the_address_is_shown_to_those_only_who_may_run_campaigns(api, program, address) -> None:
    api.post(address, {})
    assert program(Role.VIEWER).get(address).status_code == 403
    assert program(Role.OPERATOR).get(address).status_code == 200
    assert program(at=WorkspaceFactory()).get(address).status_code == 404
    assert program(at=WorkspaceFactory()).delete(address).status_code == 404
