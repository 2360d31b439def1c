"""People come in by a campaign's own address: once, by the rules of every other way in, and nobody else."""

import json
import logging
from datetime import timedelta

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from campaigns import audience, intake
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, Intake, IntakeDelivery
from campaigns.views.intake_hook import PerIntake
from config.masking import IntakeAddresses
from contacts.models import Contact
from tests.factories import NOON, CampaignFactory, ContactFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
ADA = {"phone_number": "+12125550123", "name": "Ada", "plan": "team"}


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


@pytest.fixture
def open_(draft) -> Intake:
    return intake.make(draft, actor=None)


def send(found: Intake, payload, key: str = "", **more):
    body = payload if isinstance(payload, str | bytes) else json.dumps(payload)
    headers = {"Idempotency-Key": key} if key else {}
    more.setdefault("content_type", "application/json")
    return Client(enforce_csrf_checks=True).post(f"/intake/{found.secret}/", body, headers=headers, **more)


def listed(campaign: Campaign) -> list[str]:
    return list(campaign.audience.order_by("id").values_list("contact__phone_number", flat=True))


# ── one person ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_is_a_contact_and_on_the_list(draft, open_) -> None:
    answer = send(open_, ADA)
    row = CampaignContact.objects.select_related("contact", "detail").get()
    assert (answer.status_code, answer.json()) == (201, {"status": "added", "contact": row.contact_id})
    assert (row.contact.phone_number, row.contact.name, row.detail.variables) == (
        "+12125550123",
        "Ada",
        {"plan": "team"},
    )
    delivery = IntakeDelivery.objects.get()
    assert (delivery.payload, delivery.status, delivery.said) == (ADA, 201, "Added to the list.")
    assert delivery.contact == row.contact
    assert AuditEvent.objects.get(action="contact.bulk").actor_name == f"Intake of {draft.name}"


def test_who_is_there_already_gets_what_is_new(draft, open_) -> None:
    send(open_, ADA)
    assert send(open_, ADA | {"plan": "solo"}).json()["status"] == "updated"
    assert send(open_, ADA | {"plan": "solo", "company": ""}).json()["status"] == "unchanged"
    assert CampaignContact.objects.get().detail.variables == {"plan": "solo"}
    assert send(open_, ADA | {"plan": "solo", "company": "Acme"}).json()["status"] == "updated"
    assert listed(draft) == ["+12125550123"]


def test_a_form_comes_in_as_well(draft, open_) -> None:
    answer = send(open_, "Phone=%2B12125550123&Full+name=Ada&plan=a&plan=b", content_type=intake_form())
    assert answer.status_code == 201
    row = CampaignContact.objects.select_related("contact", "detail").get()
    assert (row.contact.name, row.detail.variables) == ("Ada", {"plan": ["a", "b"]})
    assert Client().post(f"/intake/{open_.secret}/", {"tel": "+12125550124", "name": "Bob"}).status_code == 201


def intake_form() -> str:
    return "application/x-www-form-urlencoded; charset=utf-8"


def test_places_are_found_by_names_below_and_by_the_mapping(draft, open_) -> None:
    nested = {"event": "x", "data": {"mobile": "+12125550124", "who": {"e-mail": "a@example.test"}}}
    assert send(open_, nested).status_code == 201
    contact = Contact.objects.get(phone_number="+12125550124")
    assert contact.email == "a@example.test"
    mapping = {"phone_number": "answers.1.value", "name": "answers.0.value", "variable:form": "event", "tags": "labels"}
    found = intake.change(open_, actor=None, mapping=mapping)
    sent = {"event": "signup", "answers": [{"value": "Bob"}, {"value": 12125550125}], "labels": ["vip", "b2b"]}
    assert send(found, sent | {"noise": 1}).status_code == 201
    row = CampaignContact.objects.select_related("contact", "detail").get(contact__phone_number="+12125550125")
    assert (row.contact.name, row.contact.tag_list, row.detail.variables) == (
        "Bob",
        ["vip", "b2b"],
        {"form": "signup"},
    )


def test_a_list_takes_each_by_itself(draft, open_) -> None:
    answer = send(open_, [ADA, {"phone_number": "x"}, ADA | {"plan": "solo"}, {"phone_number": "+12125550124"}])
    rows = answer.json()["people"]
    assert [row["status"] for row in rows] == ["added", "invalid", "duplicate", "added"]
    assert rows[1]["errors"] == {"phone_number": ["“x” is not a phone number."]}
    assert (answer.status_code, len(listed(draft))) == (201, 2)
    assert send(open_, [{"phone_number": "x"}]).status_code == 422


def test_a_primary_is_named_by_number(draft, open_) -> None:
    first = ContactFactory(workspace=draft.workspace, phone_number="+12125550999")
    assert send(open_, ADA | {"primary_phone_number": "+12125550999"}).status_code == 201
    assert Contact.objects.get(phone_number="+12125550123").primary == first
    answer = send(open_, {"phone_number": "+12125550124", "primary_phone_number": "+12125550888"})
    assert answer.status_code == 422 and "is not in your contacts" in answer.json()["error"]["message"]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"phone_number": "12"}, "is too short for a phone number"),
        ({"name": "Ada"}, "No field holds the phone number"),
        ({"phone": "+12125550123", "mobile": "+12125550124"}, "or several could"),
        ({}, "Nothing was sent"),
        (ADA | {"timezone": "Mars"}, "is not a known time zone"),
        (ADA | {"priority": "urgent"}, "is not a priority"),
        ({"phone_number": {"a": {"b": 1}}}, "No field holds the phone number"),
        ("{", "This is not JSON"),
        ("7", "Send a JSON object"),
        ("[]", "Send a JSON object"),
        ("[1]", "Send a JSON object"),
        ('{"phone_number": NaN}', "This is not JSON"),
        ('{"phone_number": 1e999}', "This is not JSON"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 50 + "1" + "}" * 50, "nested more than 20 deep"),
        (json.dumps([ADA] * 101), "at most 100 people"),
        (b"\xff\xfe\x00", "This is not JSON"),
        (json.dumps({f"field_{n}": n for n in range(300)}), "No field holds the phone number"),
        ({"phone_number": "9" * 5_000}, "no more than 40 characters"),
        ('{"phone_number": ' + "9" * 5_000 + "}", "This is not JSON"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_adds_nobody(draft, open_, payload, said) -> None:
    answer = send(open_, payload)
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]
    assert (Contact.objects.count(), IntakeDelivery.objects.get().status) == (0, 422)


def test_letters_that_no_database_keeps_are_left_out(draft, open_) -> None:
    answer = send(open_, '{"phone_number": "+12125550123", "name": "A\\u0000da \\ud800", "x\\u0000y": "1"}')
    assert answer.status_code == 201
    assert Contact.objects.get().name == "Ada ?"


def test_markup_is_shown_as_text(draft, open_, operator) -> None:
    send(open_, ADA | {"note": "<script>alert(1)</script>"})
    page = operator.get(f"/campaigns/{draft.pk}/intake/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_request_that_is_too_long_is_refused_unread(draft, open_) -> None:
    answer = send(open_, {"phone_number": "+12125550123", "note": "x" * 262_144})
    assert (answer.status_code, IntakeDelivery.objects.count()) == (413, 0)


def test_unknown_and_closed_addresses_are_not_there(draft, open_, workspace) -> None:
    assert Client().post("/intake/not-a-secret/", {}).status_code == 404
    intake.change(open_, actor=None, enabled=False)
    assert send(open_, ADA).status_code == 404
    renewed = intake.change(open_, actor=None, enabled=True, new_secret=True)
    assert send(open_, ADA).status_code == 404
    assert send(renewed, ADA).status_code == 201
    assert Client().get(f"/intake/{renewed.secret}/").status_code == 405


def test_an_intake_fills_its_own_list_and_no_other(draft, open_) -> None:
    elsewhere = intake.make(CampaignFactory(), actor=None)
    send(elsewhere, ADA)
    assert listed(draft) == [] and listed(elsewhere.campaign) == ["+12125550123"]
    assert Contact.objects.get().workspace == elsewhere.campaign.workspace


@pytest.mark.parametrize(
    ("status", "always_on", "code"),
    [
        ("draft", False, 201),
        ("running", True, 201),
        ("scheduled", True, 201),
        ("paused", True, 201),
        ("running", False, 409),
        ("completed", True, 409),
        ("cancelled", True, 409),
    ],
)
def test_a_list_takes_people_in_draft_and_while_it_is_always_on(draft, open_, status, always_on, code) -> None:
    Campaign.objects.filter(pk=draft.pk).update(status=status, always_on=always_on, run=int(status != "draft"))
    answer = send(open_, ADA)
    assert answer.status_code == code
    if code == 409:
        assert answer.json()["error"]["code"] == "contacts_locked"
        assert not Contact.objects.exists()


def test_a_suppressed_person_is_refused_and_told(draft, open_, workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125550123")
    answer = send(open_, ADA)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "suppressed")
    assert not Contact.objects.exists()
    rows = send(open_, [ADA, {"phone_number": "+12125550124"}]).json()["people"]
    assert [row["status"] for row in rows] == ["suppressed", "added"]


@pytest.mark.parametrize(("sticky", "word", "status"), [(True, "excluded", "excluded"), (False, "updated", "pending")])
def test_an_excluded_person_stays_so_where_exclusion_sticks(draft, open_, sticky, word, status) -> None:
    Campaign.objects.filter(pk=draft.pk).update(sticky_exclusion=sticky)
    send(open_, ADA)
    draft.refresh_from_db()
    audience.by_hand(draft, CampaignContact.objects.values_list("pk", flat=True), "exclude", now=NOON)
    answer = send(open_, ADA | {"again": 1})
    assert (answer.status_code, answer.json()["status"]) == (200, word)
    assert CampaignContact.objects.get().status == status


# ── twice ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_delivery_again_changes_nothing(draft, open_) -> None:
    first = send(open_, ADA)
    audience.by_hand(draft, CampaignContact.objects.values_list("pk", flat=True), "exclude", now=NOON)
    again = send(open_, dict(reversed(ADA.items())))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert CampaignContact.objects.get().status == "excluded", "nobody comes back because a sender tries again"
    assert IntakeDelivery.objects.order_by("-id")[0].said == "The same delivery again: answered as before."


def test_a_key_names_a_delivery(draft, open_) -> None:
    send(open_, ADA, key="one")
    again = send(open_, ADA, key="one")
    assert (again.status_code, again.json()["status"]) == (201, "added")
    other = send(open_, ADA | {"plan": "solo"}, key="one")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert send(open_, ADA, key="two").json()["status"] == "unchanged"
    assert send(open_, ADA, key="x" * 201).status_code == 422


def test_what_was_sent_before_something_else_is_no_repeat(draft, open_) -> None:
    for plan in ("team", "solo", "team"):
        assert send(open_, ADA | {"plan": plan}).status_code < 300
        assert CampaignContact.objects.get().detail.variables == {"plan": plan}
    send(open_, {"phone_number": "+12125550124"})
    send(open_, ADA)
    assert IntakeDelivery.objects.order_by("-id")[0].said == "The same delivery again: answered as before."
    several = [ADA, {"phone_number": "+12125550124", "plan": "solo"}]
    for payload in (several, ADA | {"plan": "solo"}, several):
        send(open_, payload)
    assert CampaignContact.objects.order_by("id")[0].detail.variables == {"plan": "team"}
    assert send(open_, several).json() == send(open_, several).json()


def test_a_key_names_a_delivery_whatever_came_since(draft, open_) -> None:
    first = send(open_, ADA, key="one").json()
    send(open_, ADA | {"plan": "solo"})
    assert send(open_, ADA, key="one").json() == first
    assert CampaignContact.objects.get().detail.variables == {"plan": "solo"}


def test_the_same_delivery_is_read_anew_once_its_fields_are_mapped(draft, open_) -> None:
    sent = {"phone_number": "+12125550123", "field_7": "Acme"}
    send(open_, sent)
    assert Contact.objects.get().company == ""
    mapped = intake.change(open_, actor=None, mapping={"phone_number": "phone_number", "company": "field_7"})
    assert send(mapped, sent).json()["status"] == "updated"
    assert Contact.objects.get().company == "Acme"
    send(mapped, sent)
    assert IntakeDelivery.objects.order_by("-id")[0].said == "The same delivery again: answered as before."


def test_a_refused_delivery_may_be_sent_again(draft, open_) -> None:
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.COMPLETED)
    assert send(open_, ADA, key="one").status_code == 409
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.DRAFT)
    assert send(open_, ADA, key="one").status_code == 201


def test_after_a_day_the_same_delivery_is_a_new_one(draft, open_) -> None:
    intake.deliver(open_, ADA, key="", now=timezone.now() - timedelta(hours=25))
    assert send(open_, ADA).json()["status"] == "unchanged"


def test_the_last_hundred_deliveries_are_kept(draft, open_, monkeypatch) -> None:
    monkeypatch.setattr(intake, "KEPT_DELIVERIES", 3)
    for n in range(5):
        send(open_, {"phone_number": f"+1212555010{n}"})
    kept = IntakeDelivery.objects.order_by("id").values_list("payload__phone_number", flat=True)
    assert list(kept) == [f"+1212555010{n}" for n in (2, 3, 4)]
    assert len(listed(draft)) == 5


def test_an_intake_is_throttled(draft, open_, settings, monkeypatch) -> None:
    settings.INTAKE_RATE = "2/min"
    monkeypatch.setattr(PerIntake, "cache", LocMemCache("intakes", {}))
    other = intake.make(CampaignFactory(), actor=None)
    assert [send(open_, ADA).status_code for _ in range(3)] == [201, 201, 429]
    assert send(open_, ADA)["Retry-After"].isdecimal()
    assert send(other, ADA).status_code == 201


def test_no_log_holds_a_secret(draft, open_, caplog) -> None:
    intake.change(open_, actor=None, enabled=False)
    with caplog.at_level(logging.DEBUG):
        send(open_, ADA)
    for record in caplog.records:
        IntakeAddresses().filter(record)
    lines = [record.getMessage() for record in caplog.records]
    assert "Not Found: /intake/…/" in lines, "Django tells of every 404"
    assert [line for line in lines if open_.secret in line] == []
    assert open_.secret not in str(list(AuditEvent.objects.values_list("detail", "object_name")))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_made_on_the_settings_tab_and_shown_with_its_address(draft, operator, viewer) -> None:
    assert "Make an address" in operator.get(f"/campaigns/{draft.pk}/settings/").content.decode()
    operator.post(f"/campaigns/{draft.pk}/intake/do/create/")
    found = Intake.objects.get()
    assert found.secret in operator.get(f"/campaigns/{draft.pk}/intake/").content.decode()
    assert found.secret not in viewer.get(f"/campaigns/{draft.pk}/settings/").content.decode()
    operator.post(f"/campaigns/{draft.pk}/intake/do/create/")
    assert Intake.objects.get().secret == found.secret, "twice is once"


@pytest.mark.parametrize("action", ["disable", "enable", "renew", "names", "delete"])
def test_it_is_changed_on_its_page(draft, open_, operator, action) -> None:
    intake.change(open_, actor=None, mapping={"phone_number": "p"}, enabled=action != "enable")
    assert operator.post(f"/campaigns/{draft.pk}/intake/do/{action}/").status_code == 302
    found = Intake.objects.filter(pk=open_.pk).values("enabled", "mapping", "secret").first()
    same = {"enabled": True, "mapping": {"phone_number": "p"}, "secret": open_.secret}
    changed = {
        "disable": same | {"enabled": False},
        "enable": same,
        "renew": same | {"secret": found and found["secret"]},
        "names": same | {"mapping": {}},
        "delete": None,
    }
    assert found == changed[action]
    assert action != "renew" or found["secret"] != open_.secret
    word = {"renew": "new_secret", "names": "map"}.get(action, action)
    assert AuditEvent.objects.filter(action=f"intake.{word}").exists()


def test_a_test_says_what_would_come_of_it_and_adds_nobody(draft, open_, operator) -> None:
    page = operator.post(f"/campaigns/{draft.pk}/intake/test/", {"payload": json.dumps(ADA)})
    assert "variable plan: team" in page.content.decode()
    assert not Contact.objects.exists()
    assert IntakeDelivery.objects.get().said == "Test: 1 could be read. Nobody was added."
    assert operator.post(f"/campaigns/{draft.pk}/intake/test/", {"payload": "{"}).status_code == 422


def test_fields_are_mapped_from_a_delivery(draft, open_, operator) -> None:
    send(open_, {"data": {"a": "+12125550123", "b": "Ada"}})
    page = operator.get(f"/campaigns/{draft.pk}/intake/mapping/?delivery={IntakeDelivery.objects.get().pk}")
    assert "data.a" in page.content.decode()
    address = f"/campaigns/{draft.pk}/intake/mapping/"
    given = {"path_0": "data.a", "becomes_0": "phone_number", "path_1": "data.b", "becomes_1": "phone_number"}
    twice = operator.post(address, given)
    assert twice.status_code == 422 and "is filled from data.a already" in twice.content.decode()
    assert operator.post(address, given | {"becomes_0": ""}).status_code == 302
    assert operator.post(address, given | {"becomes_1": "variable", "name_1": "who"}).status_code == 302
    assert Intake.objects.get().mapping == {"phone_number": "data.a", "variable:who": "data.b"}
    assert operator.post(address, given | {"becomes_0": "", "becomes_1": ""}).status_code == 422


def test_fields_are_mapped_as_they_were_shown_whatever_came_meanwhile(draft, open_, operator, monkeypatch) -> None:
    sent = {f"a{n}": f"v{n}" for n in range(12)}
    send(open_, sent | {"a0": "+12125550123"})
    address = f"/campaigns/{draft.pk}/intake/mapping/?delivery={IntakeDelivery.objects.get().pk}"
    form = operator.get(address).context["form"]
    given = {bound.html_name: bound.value() or "" for bound in form}
    given |= {f"becomes_{n}": "variable" for n in range(1, 12)} | {"becomes_0": "phone_number"}
    monkeypatch.setattr(intake, "KEPT_DELIVERIES", 1)
    send(open_, {"x": "1", "y": "2", "z": "3"})
    send(open_, {"x": "1", "y": "2"})
    assert operator.post(address, given | {"becomes_1": "phone_number"}).status_code == 422
    assert operator.post(address, given).status_code == 302
    expected = {"phone_number": "a0"} | {f"variable:a{n}": f"a{n}" for n in range(1, 12)}
    assert Intake.objects.get().mapping == expected


def test_what_could_not_be_read_at_all_offers_no_field(draft, open_, operator) -> None:
    send(open_, {"tel": "x", "unreadable": "a field of theirs"})
    send(open_, "{")
    letters, mine = IntakeDelivery.objects.order_by("-id").values_list("pk", flat=True)
    address = f"/campaigns/{draft.pk}/intake/"
    for asked in ("", f"?delivery={mine}"):
        assert operator.get(f"{address}mapping/{asked}").context["form"].paths == ["tel", "unreadable"]
    assert operator.get(f"{address}mapping/?delivery={letters}").status_code == 404
    log = operator.get(address).content.decode()
    assert f"?delivery={letters}" not in log and f"?delivery={mine}" in log


def test_another_campaigns_delivery_is_not_there(draft, open_, operator) -> None:
    other = intake.make(CampaignFactory(), actor=None)
    send(other, ADA)
    found = IntakeDelivery.objects.get(intake=other)
    for asked in (found.pk, "x", "9" * 30):
        assert operator.get(f"/campaigns/{draft.pk}/intake/mapping/?delivery={asked}").status_code == 404


def test_the_page_asks_as_often_for_one_delivery_as_for_three(draft, open_, operator, queries_of) -> None:
    send(open_, ADA)
    one = queries_of(operator, f"/campaigns/{draft.pk}/intake/")
    for n in range(2):
        send(open_, {"phone_number": f"+1212555010{n}"})
    assert queries_of(operator, f"/campaigns/{draft.pk}/intake/") == one
