from django.utils import timezone

from campaigns.models import CallReport
from tests.factories import CallFactory, WorkspaceFactory

CALLS = "/api/v1/calls/"


def test_a_call_is_told_with_its_clearance_and_what_the_carrier_said(api, workspace):
    call = CallFactory(workspace=workspace, clearance={"window": {"start": "09:00"}})
    CallReport.objects.update_or_create(
        call=call,
        defaults={
            "transcript": [{"speaker": "agent", "text": "Hello", "at": 0}],
            "disposition": "interested",
            "recording_url": "https://carrier.example/recording",
            "received_at": timezone.now(),
        },
    )
    body = api.get(f"{CALLS}{call.pk}/").json()
    assert body["clearance"] == {"window": {"start": "09:00"}}
    assert body["report"]["transcript"] == [{"speaker": "agent", "text": "Hello", "at": 0}]
    assert (body["disposition"], body["state"]) == ("interested", "ended")
    assert "recording" not in str(body)
    assert "transcript" not in str(api.get(CALLS).json())


def test_a_call_without_a_report_has_none(api, workspace):
    call = CallFactory(workspace=workspace)
    CallReport.objects.filter(call=call).delete()
    assert api.get(f"{CALLS}{call.pk}/").json()["report"] is None


def test_the_list_is_searched_by_its_filters(api, workspace):
    mine, other = (CallFactory(workspace=workspace) for _ in range(2))
    foreign = CallFactory(workspace=WorkspaceFactory())

    def found(query):
        return [row["id"] for row in api.get(f"{CALLS}?{query}").json()["results"]]

    assert found(f"campaign={mine.campaign_id}") == [mine.pk]
    assert found(f"phone_number=%2B{other.phone_number[1:]}") == [other.pk]
    assert found(f"reference={mine.reference}") == [mine.pk]
    assert found(f"campaign={foreign.campaign_id}") == []
    assert found(f"launched_after={(mine.launched_at).isoformat().replace('+', '%2B')}&ordering=id") == [
        mine.pk,
        other.pk,
    ]
    assert found("live=true") == []


def test_calls_are_only_read(api, workspace):
    call = CallFactory(workspace=workspace)
    assert api.post(CALLS, {}).status_code == 405
    assert api.patch(f"{CALLS}{call.pk}/", {}).status_code == 405
    assert api.delete(f"{CALLS}{call.pk}/").status_code == 405


def test_another_workspaces_call_is_not_found(api):
    call = CallFactory(workspace=WorkspaceFactory())
    assert api.get(f"{CALLS}{call.pk}/").status_code == 404
