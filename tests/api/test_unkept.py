"""What no database keeps, and what no clock of another zone can show, is refused at its field."""

import pytest

from accounts.json_values import LETTERS
from accounts.moments import TOO_FAR
from tests.factories import ContactFactory, ScheduleFactory

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
VALUES = [(r'{"a": "\u0000"}', LETTERS), (r'{"\u0000": 1}', LETTERS)]
FAR = ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59+14:00"]


@pytest.mark.parametrize(("value", "sentence"), VALUES)
def test_json_with_letters_that_are_none(api, ready, value, sentence):
    person = f'{{"phone_number": "+12125550123", "variables": {value}}}'
    answer = api.post("/api/v1/contacts/", person, **JSON)
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"variables": [sentence]})
    answer = api.patch(f"/api/v1/campaigns/{ready.pk}/", f'{{"metadata": {value}}}', **JSON)
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"metadata": [sentence]})
    answer = api.patch(f"/api/v1/agents/{ready.agent_id}/", f'{{"default_variables": {value}}}', **JSON)
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"default_variables": [sentence]})


@pytest.mark.parametrize("where", ["contacts/bulk/", "campaigns/{}/contacts/bulk/"])
def test_in_a_list_it_costs_only_its_own_person(api, ready, where):
    people = r"""{"contacts": [{"phone_number": "+12125550123", "variables": {"a": "\u0000"}},
        {"phone_number": "+12125550124", "variables": {"a": "b"}}]}"""
    rows = api.post(f"/api/v1/{where.format(ready.pk)}", people, **JSON).json()
    assert [(row["status"], row["errors"]) for row in rows] == [("invalid", {"variables": [LETTERS]}), ("added", {})]


@pytest.mark.parametrize("far", FAR)
def test_a_moment_at_the_end_of_the_calendar(api, ready, far):
    contact = ContactFactory(workspace=ready.workspace)
    answer = api.post(f"/api/v1/contacts/{contact.pk}/hold/", {"until": far, "reason": "Never again"})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"until": [TOO_FAR]})
    act = {"action": "hold", "ids": [contact.pk], "params": {"until": far, "reason": "Never again"}}
    answer = api.post("/api/v1/contacts/bulk_actions/", act)
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"until": [TOO_FAR]})
    answer = api.patch(f"/api/v1/campaigns/{ready.pk}/", {"trigger_mode": "scheduled", "starts_at": far})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"starts_at": [TOO_FAR]})
    answer = api.post(f"/api/v1/campaigns/{ready.pk}/forecast/", {"finish_by": far})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"finish_by": [TOO_FAR]})


def test_a_pilot_of_more_calls_than_a_column_holds(api, ready):
    answer = api.post(f"/api/v1/campaigns/{ready.pk}/start/", {"pilot_size": 3_000_000_000})
    assert answer.status_code == 400 and "pilot_size" in answer.json()["error"]["fields"]


@pytest.mark.parametrize("body", [r'{"name": "x", "mode": "\ud83d"}', '{"name": ' + "[" * 100_000])
def test_a_body_that_no_answer_could_tell_again(api, ready, body):
    answer = api.post("/api/v1/campaigns/", body, **JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse_error")


def test_parts_are_given_whole_in_a_change_too(api, ready):
    answer = api.patch(f"/api/v1/campaigns/{ready.pk}/", {"pool": [{"weight": 2}]})
    assert answer.status_code == 400 and "pool" in answer.json()["error"]["fields"]
    schedule = ScheduleFactory(workspace=ready.workspace)
    answer = api.patch(f"/api/v1/schedules/{schedule.pk}/", {"exceptions": [{"note": "Easter"}]})
    assert answer.status_code == 400 and "exceptions" in answer.json()["error"]["fields"]
    answer = api.patch(f"/api/v1/schedules/{schedule.pk}/", {"exceptions": [{"date": "2026-12-25"}]})
    assert answer.json()["exceptions"] == [{"date": "2026-12-25", "spans": [], "note": ""}]


@pytest.mark.parametrize("status", [5, [5], {"a": "b"}])
def test_a_filter_that_is_no_text(api, ready, status):
    act = {"action": "retry", "filters": {"status": status}}
    answer = api.post(f"/api/v1/campaigns/{ready.pk}/contacts/bulk_actions/", act)
    assert answer.status_code == 400 and "filters" in answer.json()["error"]["fields"]
