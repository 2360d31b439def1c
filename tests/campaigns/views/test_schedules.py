import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from campaigns import schedules
from campaigns.models import Schedule
from tests.factories import CampaignFactory, ScheduleFactory

GIVEN = {
    "name": "Office",
    "timezone": "Europe/Berlin",
    "mon": "09:00-12:00, 13:00–18:00",
    "sat": "closed",
    "date_0": "2026-12-25",
    "note_0": "Christmas",
    "date_1": "2026-12-24",
    "spans_1": "9:00 to 12:00",
    "date_2": "",
}


def test_a_manager_makes_a_schedule_with_breaks_and_holidays(manager, workspace):
    assert manager.post("/schedules/add/", GIVEN).status_code == 302
    made = Schedule.objects.get()
    assert (made.workspace, made.name, made.timezone) == (workspace, "Office", "Europe/Berlin")
    assert made.days == {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}
    assert made.exceptions == [
        {"date": "2026-12-24", "spans": [["09:00", "12:00"]], "note": ""},
        {"date": "2026-12-25", "spans": [], "note": "Christmas"},
    ]
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("schedule.add", manager.user)
    page = manager.get(f"/schedules/{made.pk}/").content.decode()
    assert "09:00–12:00, 13:00–18:00" in page


class Meanwhile(dict[str, object]):
    """Working days; while they are looked at, somebody else makes a schedule of the same name."""

    def get(self, *asked):
        Schedule.objects.filter(name="Rival").update(name="Office")
        return super().get(*asked)


def test_a_name_that_is_taken_at_the_same_moment_is_refused_at_its_field(workspace):
    ScheduleFactory(workspace=workspace, name="Rival")
    days = Meanwhile(mon=[["09:00", "12:00"]])
    with pytest.raises(ValidationError) as refusal:
        schedules.save(Schedule(workspace=workspace, name="Office", timezone="UTC", days=days), actor=None)
    assert refusal.value.message_dict == {"name": ["Another schedule has this name. Choose a different one."]}
    assert Schedule.objects.count() == 1


def test_a_schedule_is_changed_and_its_rows_are_kept(manager, workspace):
    row = ScheduleFactory(workspace=workspace, exceptions=[{"date": "2027-01-01", "spans": [], "note": "New Year"}])
    page = manager.get(f"/schedules/{row.pk}/edit/").content.decode()
    assert 'value="2027-01-01"' in page
    assert 'value="09:00–12:00, 13:00–18:00"' in page
    answer = manager.post(f"/schedules/{row.pk}/edit/", {**GIVEN, "go": "more"})
    assert answer.headers["Location"] == f"/schedules/{row.pk}/edit/"
    row.refresh_from_db()
    assert (row.name, len(row.exceptions)) == ("Office", 2)
    assert AuditEvent.objects.get().action == "schedule.change"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mon": "nine to five"}, "is not a span"),
        ({"mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"mon": ""}, "never open"),
        ({"mon": "25:00-26:00"}, "not a time of day"),
        ({"timezone": "Mars/Base"}, "not a known time zone"),
        ({"date_2": "", "note_2": "Holiday"}, "Give the date"),
        ({"name": "Taken"}, "Another schedule has this name"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_sentence(manager, workspace, wrong, sentence):
    ScheduleFactory(workspace=workspace, name="Taken")
    answer = manager.post("/schedules/add/", {**GIVEN, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Schedule.objects.count() == 1


def test_a_schedule_in_use_is_not_deleted_and_the_sentence_names_the_campaign(manager, workspace):
    row = ScheduleFactory(workspace=workspace)
    campaign = CampaignFactory(workspace=workspace, schedule=row, name="Spring renewal")
    answer = manager.post(f"/schedules/{row.pk}/delete/", follow=True)
    assert "“Spring renewal”" in answer.content.decode()
    assert Schedule.objects.exists()
    campaign.delete()
    assert manager.post(f"/schedules/{row.pk}/delete/").headers["Location"] == "/schedules/"
    assert not Schedule.objects.exists()
    assert AuditEvent.objects.get().action == "schedule.delete"


def test_an_operator_reads_and_does_not_write(operator, workspace):
    row = ScheduleFactory(workspace=workspace)
    page = operator.get(f"/schedules/{row.pk}/").content.decode()
    assert "/edit/" not in page
    assert operator.post(f"/schedules/{row.pk}/edit/", GIVEN).status_code == 403
    assert operator.post(f"/schedules/{row.pk}/delete/").status_code == 403


def test_the_list_asks_as_often_for_one_row_as_for_three(operator, workspace, queries_of):
    CampaignFactory(workspace=workspace, schedule=ScheduleFactory(workspace=workspace))
    operator.get("/schedules/")
    once = queries_of(operator, "/schedules/")
    for _ in range(2):
        CampaignFactory(workspace=workspace, schedule=ScheduleFactory(workspace=workspace))
    assert queries_of(operator, "/schedules/") == once
    ScheduleFactory(name="Somebody else's hours")
    assert "Somebody else" not in operator.get("/schedules/").content.decode()


def test_an_empty_list_says_what_a_schedule_is_for(manager, viewer):
    assert "No schedules yet" in manager.get("/schedules/").content.decode()
    assert "New schedule" not in viewer.get("/schedules/").content.decode()
