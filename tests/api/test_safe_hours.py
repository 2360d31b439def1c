from contacts.models import SafeHours
from tests.factories import ContactFactory

API = "/api/v1/"
ROW = {"country": "US", "region": "CA", "days": {"mon": [["09:00", "17:00"]]}, "source": "Our counsel"}


def test_safe_hours_are_read_set_and_reset(api, program, workspace):
    assert api.post(f"{API}safe-hours/", ROW).status_code == 200
    rows = {(row["country"], row["region"]): row for row in program("viewer").get(f"{API}safe-hours/").json()}
    assert (rows["US", "CA"]["own"], rows["US", "CA"]["days"]) == (True, ROW["days"])
    assert rows["", ""]["own"] is False
    assert program("operator").delete(f"{API}safe-hours/US-CA/").status_code == 403
    assert program(at=ContactFactory().workspace).delete(f"{API}safe-hours/US-CA/").status_code == 404
    assert api.delete(f"{API}safe-hours/US-CA/").status_code == 204
    assert api.delete(f"{API}safe-hours/US-CA/").status_code == 404


def test_hours_that_cannot_be_are_refused(api):
    answer = api.post(f"{API}safe-hours/", {**ROW, "days": {"mon": [["9", "17"]]}})
    assert list(answer.json()["error"]["fields"]) == ["days"]
    assert api.post(f"{API}safe-hours/", {**ROW, "country": ""}).status_code == 400
    assert not SafeHours.objects.exists()


def test_a_person_is_held_by_a_program(api, workspace):
    contact, other = ContactFactory(workspace=workspace), ContactFactory()
    asked = {"until": "2126-01-05T09:00:00Z", "reason": "On holiday"}
    held = api.post(f"{API}contacts/{contact.pk}/hold/", asked).json()
    assert (held["held_until"], held["held_reason"]) == ("2126-01-05T09:00:00Z", "On holiday")
    assert api.post(f"{API}contacts/{contact.pk}/unhold/").json()["held_until"] is None
    assert api.post(f"{API}contacts/{contact.pk}/hold/", {**asked, "until": "2020-01-01T00:00:00Z"}).status_code == 400
    assert api.post(f"{API}contacts/{other.pk}/hold/", asked).status_code == 404


def test_a_primary_is_set_and_chains_and_strangers_are_refused(api, workspace):
    first, second, third = (ContactFactory(workspace=workspace) for _ in range(3))
    assert api.patch(f"{API}contacts/{second.pk}/", {"primary": first.pk}).json()["primary"] == first.pk
    for wrong in (second.pk, ContactFactory().pk):
        answer = api.patch(f"{API}contacts/{third.pk}/", {"primary": wrong})
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["primary"])
    assert api.patch(f"{API}contacts/{second.pk}/", {"primary": None}).json()["primary"] is None
