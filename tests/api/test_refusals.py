"""Whatever is refused, it is refused in one shape; and the API describes itself."""

import pytest
from django.core.management import call_command
from django.test import Client

from tests.factories import CallFactory, CampaignFactory

REFUSED = {"code", "message"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "campaigns/999999/", None, 404, "not_found"),
        ("get", "campaigns/nonsense/", None, 404, "not_found"),
        ("get", "nothing/of/the/kind/", None, 404, "not_found"),
        ("put", "campaigns/1/", {}, 405, "method_not_allowed"),
        ("post", "campaigns/", {}, 400, "invalid"),
        ("get", "campaigns/?status=nonsense", None, 400, "invalid"),
    ],
)
def test_a_refusal_has_one_shape(api, method, path, body, status, code):
    answer = getattr(api, method)(f"/api/v1/{path}", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert REFUSED <= set(error) <= {*REFUSED, "fields", "blockers"}
    assert isinstance(error["message"], str)


@pytest.mark.parametrize(
    "path",
    [
        "exports/?campaign",
        "imports/?campaign",
        "campaigns/?agent",
        "numbers/?carrier",
        "campaigns/{}/contacts/?contact",
        *(f"calls/?{name}" for name in ("campaign", "campaign_contact", "contact", "agent", "carrier", "number")),
    ],
)
@pytest.mark.parametrize("no_id", ["99999999999999999999", "-1", "1.5", "1e40"])
def test_an_id_that_no_row_can_have_is_looked_for_in_vain(api, workspace, path, no_id):
    answer = api.get(f"/api/v1/{path.format(CampaignFactory(workspace=workspace).pk)}={no_id}")
    assert (answer.status_code, answer.json().get("results")) == (200, []), answer.json()


@pytest.mark.parametrize("path", ["calls/?launched_after", "contacts/?updated_after"])
def test_a_moment_beyond_the_calendar_of_other_zones_is_a_moment(api, workspace, path):
    CallFactory(workspace=workspace)
    for moment, found in (("0001-01-01T00:00:00%2B14:00", True), ("9999-12-31T23:59:59-14:00", False)):
        answer = api.get(f"/api/v1/{path}={moment}")
        assert (answer.status_code, bool(answer.json().get("results"))) == (200, found), answer.json()


def test_a_body_that_is_no_json_is_refused(api):
    answer = api.generic("POST", "/api/v1/contacts/", "{", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse_error")


def test_a_token_that_asks_too_often_is_told_when_to_come_back(api, settings, workspace):
    settings.API_RATE = "3/min"
    CampaignFactory(workspace=workspace)
    answers = [api.get("/api/v1/campaigns/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["error"]["code"] == "throttled"


def test_each_token_has_its_own_allowance(api, program, settings):
    settings.API_RATE = "1/min"
    assert [one.get("/api/v1/campaigns/").status_code for one in (api, program(), api)] == [200, 200, 429]


def test_the_document_is_valid_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_the_document_names_every_resource_and_refusal(db):
    document = Client().get("/api/v1/schema/").json()
    assert document["openapi"].startswith("3.")
    start = document["paths"]["/api/v1/campaigns/{id}/start/"]["post"]
    assert {"200", "400", "401", "403", "404", "409", "429"} == set(start["responses"])
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_reference_page_shows_every_operation_without_inline_scripts(db):
    document = Client().get("/api/v1/schema/").json()
    page = Client().get("/api/v1/docs/")
    text = page.content.decode()
    operations = [told["operationId"] for methods in document["paths"].values() for told in methods.values()]
    assert [name for name in operations if f'id="{name}"' not in text] == []
    assert "<script>" not in text
    assert "default-src 'self'" in page["Content-Security-Policy"]


def test_the_root_leads_to_the_reference(db):
    assert Client().get("/api/v1/").url == "/api/v1/docs/"
