"""/exports/ and /campaigns/{id}/export/ for programs."""

import json
from dataclasses import fields

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from analytics import tasks
from analytics.exporting import job
from analytics.exporting.filters import OF_CALLS, OF_CONTACTS, OF_EVERYBODY, OF_SUPPRESSIONS
from analytics.models import Export
from campaigns.queries.calls import CallFilter
from campaigns.queries.people_filter import PeopleFilter
from contacts import entries, queries
from tests.campaigns.history import campaign_with_past
from tests.factories import CampaignFactory, ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
EXPORTS = "/api/v1/exports/"


def worked() -> None:
    """As the work cluster does."""
    for export in Export.objects.filter(status="running"):
        tasks.make_export(export.pk, export.turn)


def test_asked_for_watched_and_fetched(api, workspace):
    ContactFactory.create_batch(3, workspace=workspace, tags="|vip|")
    ContactFactory(workspace=workspace)
    answer = api.post(EXPORTS, {"kind": "people", "format": "json", "filters": {"tag": "vip"}})
    assert (answer.status_code, answer.data["status"], answer.data["rows"]) == (201, "running", 3)
    assert answer.data["asked_by"] == "API token “Test program”"
    address = f"{EXPORTS}{answer.data['id']}/"
    assert api.get(f"{address}download/").status_code == 409
    worked()
    told = api.get(address).data
    assert (told["status"], told["can_be_downloaded"], told["filters"]) == ("done", True, {"tag": ["vip"]})
    file = api.get(f"{address}download/")
    assert len(json.loads(b"".join(file.streaming_content))) == 3
    events = AuditEvent.objects.filter(object_type="export")
    assert set(events.values_list("actor_name", flat=True)) == {"API token “Test program”"}


def test_of_a_campaign_by_its_own_address(api, workspace):
    campaign = campaign_with_past(workspace, people=4)
    address = f"/api/v1/campaigns/{campaign.pk}/export/"
    for body in ({}, {"kind": "calls", "format": "xlsx"}, {"filters": {"status": ["completed", "failed"]}}):
        assert api.post(address, body).status_code == 201
    api.post(EXPORTS, {"kind": "people"})
    worked()
    listed = api.get(address).data["results"]
    assert [row["kind"] for row in listed] == ["contacts", "calls", "contacts"]
    assert [row["kind"] for row in api.get(EXPORTS, {"campaign": campaign.pk}).data["results"]] == [
        row["kind"] for row in listed
    ]
    assert {row["status"] for row in listed} == {"done"}


def test_the_same_key_twice_exports_once(api, workspace):
    first, second = (api.post(EXPORTS, {"kind": "people"}, headers={"Idempotency-Key": "nightly"}) for _ in range(2))
    assert (first.data, Export.objects.count()) == (second.data, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    (
        ({}, "kind"),
        ({"kind": "contacts"}, "campaign"),
        ({"kind": "people", "format": "pdf"}, "format"),
        ({"kind": "people", "filters": ["vip"]}, "filters"),
        ({"kind": "people", "campaign": 0}, "campaign"),
        ({"kind": "people", "filters": {"tags": "vip"}}, "Unknown: tags. There are q, tag,"),
        ({"kind": "people", "filters": {"tag": None}}, "tag is a text or a list of texts."),
        ({"kind": "people", "filters": {"tag": "|"}}, "tag: “|” cannot be read."),
        ({"kind": "people", "filters": {"tag": ["vip", "b2b"]}}, "tag holds several values, it can have one."),
        ({"kind": "people", "filters": {"suppressed": "maybe"}}, "“maybe” is not known. There are yes, no."),
        ({"kind": "people", "filters": {"status": []}}, "status holds nothing: leave it out."),
        ({"kind": "calls", "filters": {"attempt": "0"}}, "attempt: “0” cannot be read."),
        ({"kind": "calls", "filters": {"since": "yesterday"}}, "since: “yesterday” cannot be read."),
        ({"kind": "calls", "filters": {"of": "contacts"}}, "Unknown: of."),
        ({"kind": "suppressions", "filters": {"reason": "whim"}}, "“whim” is not known. There are asked,"),
    ),
)
def test_what_cannot_be_exported_is_refused_at_its_field(api, workspace, body, field):
    answer = api.post(EXPORTS, body)
    assert (answer.status_code, field in json.dumps(answer.data, ensure_ascii=False)) == (400, True)
    assert Export.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "told"),
    (
        ({"filters": {"status": ["failed", "wrong"]}}, "“wrong” is not known. There are"),
        ({"filters": {"stauts": "failed"}}, "Unknown: stauts."),
        ({"kind": "calls", "filters": {"status": "failed"}}, "Unknown: status."),
        ({"kind": "calls", "filters": {"of": "contacts", "agent": 1}}, "Unknown: agent."),
        ({"kind": "calls", "filters": {"of": "contacts", "status": ["failed", "completed"]}}, ""),
        ({"kind": "results", "filters": {"of": "contacts", "barred": "held"}}, ""),
        ({"filters": {"tag": "", "sort": "-name", "attempts": 3}}, ""),
    ),
)
def test_filters_are_those_of_the_list(api, workspace, body, told):
    answer = api.post(f"/api/v1/campaigns/{CampaignFactory(workspace=workspace).pk}/export/", body)
    assert answer.status_code == (400 if told else 201)
    assert told in json.dumps(answer.data, ensure_ascii=False)


def test_every_filter_of_the_lists_has_its_words():
    """A filter that a list gains is refused here until somebody says what may stand in it."""
    own = {"search": "q"}
    for shown, words in ((PeopleFilter, OF_CONTACTS), (CallFilter, OF_CALLS)):
        assert {own.get(field.name, field.name) for field in fields(shown)} - {"order"} == set(words)
    assert set(queries.Filters.names()) == set(OF_EVERYBODY)
    assert set(entries.Filters.names()) == set(OF_SUPPRESSIONS)


def test_cancel_and_delete(api, workspace):
    first = api.post(EXPORTS, {"kind": "people"}).data["id"]
    assert api.post(f"{EXPORTS}{first}/cancel/").data["status"] == "cancelled"
    assert api.post(f"{EXPORTS}{first}/cancel/").status_code == 409
    second = api.post(EXPORTS, {"kind": "people"}).data["id"]
    worked()
    assert api.delete(f"{EXPORTS}{second}/").status_code == 204
    assert api.delete(f"{EXPORTS}{second}/").status_code == 409
    assert api.get(f"{EXPORTS}{second}/download/").status_code == 410


def test_only_those_who_may_export(program, workspace):
    viewer = program("viewer")
    for answer in (viewer.get(EXPORTS), viewer.post(EXPORTS, {"kind": "people"})):
        assert answer.status_code == 403
    assert program("support").get(EXPORTS).status_code == 200


def test_anothers_are_not_there(api):
    other = WorkspaceFactory()
    made = job.ask(other, "people", "csv", filters={}, actor=None, now=timezone.now())
    campaign = CampaignFactory(workspace=other)
    assert api.get(f"{EXPORTS}{made.pk}/download/").status_code == 404
    assert api.post(f"/api/v1/campaigns/{campaign.pk}/export/", {}).status_code == 404
    assert api.get(f"/api/v1/campaigns/{campaign.pk}/export/").status_code == 404
    assert api.post(EXPORTS, {"kind": "contacts", "campaign": campaign.pk}).status_code == 400


def test_a_day_beyond_every_call_is_refused_as_any_that_cannot_be_read(api, workspace):
    answer = api.post(EXPORTS, {"kind": "calls", "filters": {"until": "9999-12-31"}})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["filters"])
