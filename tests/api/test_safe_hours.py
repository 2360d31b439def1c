from contacts.models import Contact, SafeHours
from tests.factories import NOON, ContactFactory

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


def test_a_primary_is_named_by_number_too(api, workspace):
    head = ContactFactory(workspace=workspace, phone_number="+14155559000")
    ContactFactory(phone_number="+14155559999")  # somebody of another workspace
    son = {"phone_number": "+14155559001", "primary_phone_number": "(415) 555-9000"}
    assert api.post(f"{API}contacts/", son).json()["primary"] == head.pk
    for wrong, said in (("+14155559999", "is not in your contacts"), ("12", "too short")):
        answer = api.post(f"{API}contacts/", {"phone_number": "+14155559002", "primary_phone_number": wrong})
        assert answer.status_code == 400
        assert said in answer.json()["error"]["fields"]["primary_phone_number"][0]
    given = [{"phone_number": f"+1415555900{n}", "primary_phone_number": "+14155559000"} for n in (2, 3)]
    given.append({"phone_number": "+14155559004", "primary_phone_number": "+14155559999"})
    rows = api.post(f"{API}contacts/bulk/", {"contacts": given}).json()
    assert [row["status"] for row in rows] == ["added", "added", "invalid"]
    assert "is not in your contacts" in rows[2]["errors"]["primary"][0]
    assert head.secondaries.count() == 3


def test_bulk_gives_people_their_primaries_as_one_by_one(api, workspace):
    head, son, chained, other = (ContactFactory(workspace=workspace, spread_at=NOON) for _ in range(4))
    stranger = ContactFactory()
    given = [
        {"phone_number": "+14155559001", "primary": head.pk},
        {"phone_number": son.phone_number, "primary": head.pk},
        {"phone_number": chained.phone_number, "primary": son.pk, "name": "Not taken over"},
        {"phone_number": head.phone_number, "primary": other.pk},
        {"phone_number": other.phone_number, "primary": other.pk},
        {"phone_number": "+14155559002", "primary": stranger.pk},
        {"phone_number": "+14155559003", "primary": "x"},
        {"phone_number": other.phone_number},
    ]
    rows = api.post(f"{API}contacts/bulk/", {"contacts": given}).json()
    assert [row["status"] for row in rows] == ["added", "updated", *["invalid"] * 5, "unchanged"]
    said = [row["errors"]["primary"][0] for row in rows[2:7]]
    for sentence, words in zip(
        said, ("is a secondary already", "has secondaries", "their own", "no such", "whole"), strict=True
    ):
        assert words in sentence
    people = Contact.objects.filter(workspace=workspace)
    assert people.get(phone_number="+14155559001").primary == people.get(pk=son.pk).primary == head
    assert people.get(pk=son.pk).spread_at is None
    assert not people.filter(phone_number__in=["+14155559002", "+14155559003"]).exists()
    assert people.get(pk=chained.pk).name != "Not taken over"
    again = [{"phone_number": son.phone_number, "primary": None}, given[0]]
    assert [r["status"] for r in api.post(f"{API}contacts/bulk/", {"contacts": again}).json()] == [
        "updated",
        "unchanged",
    ]
    assert people.get(pk=son.pk).primary is None
