import pytest

from accounts.models import AuditEvent
from campaigns.models import Schedule
from tests.factories import CampaignFactory, ScheduleFactory

API = "/api/v1/schedules/"
GIVEN = {
    "name": "Office",
    "timezone": "Europe/Berlin",
    "days": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]},
    "exceptions": [{"date": "2026-12-25", "note": "Christmas"}],
}


def test_a_schedule_is_made_changed_linked_and_deleted(api, workspace):
    made = api.post(API, GIVEN).json()
    assert made["days"] == GIVEN["days"]
    assert made["exceptions"] == [{"date": "2026-12-25", "spans": [], "note": "Christmas"}]
    assert api.patch(f"{API}{made['id']}/", {"name": "Shop"}).json()["name"] == "Shop"
    campaign = CampaignFactory(workspace=workspace, name="Spring")
    linked = api.patch(f"/api/v1/campaigns/{campaign.pk}/", {"schedule": made["id"]})
    assert linked.json()["schedule"] == made["id"]
    refused = api.delete(f"{API}{made['id']}/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "in_use")
    assert "“Spring”" in refused.json()["error"]["message"]
    assert api.patch(f"/api/v1/campaigns/{campaign.pk}/", {"schedule": None}).json()["schedule"] is None
    assert api.delete(f"{API}{made['id']}/").status_code == 204
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert [word for word in actions if word.startswith("schedule.")] == [
        "schedule.add",
        "schedule.change",
        "schedule.delete",
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": {}}, "days"),
        ({"days": {"mon": "all day"}}, "days"),
        ({"days": {"moon": [["09:00", "10:00"]]}}, "days"),
        ({"days": []}, "days"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"exceptions": [{"date": "soon"}]}, "exceptions"),
    ],
)
def test_hours_that_cannot_be_are_refused(api, wrong, field):
    answer = api.post(API, {**GIVEN, **wrong})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert not Schedule.objects.exists()


def test_somebody_elses_schedule_does_not_exist(api, workspace):
    other = ScheduleFactory()
    assert api.get(f"{API}{other.pk}/").status_code == 404
    assert api.get(API).json()["results"] == []
    campaign = CampaignFactory(workspace=workspace)
    answer = api.patch(f"/api/v1/campaigns/{campaign.pk}/", {"schedule": other.pk})
    assert list(answer.json()["error"]["fields"]) == ["schedule"]


def test_only_setup_may_write(program, workspace):
    row = ScheduleFactory(workspace=workspace)
    operator = program("operator")
    assert operator.get(f"{API}{row.pk}/").status_code == 200
    assert operator.patch(f"{API}{row.pk}/", {"name": "Mine"}).status_code == 403
    assert operator.delete(f"{API}{row.pk}/").status_code == 403
