"""The same creation sent twice creates once; a refused one keeps no key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import KeptAnswer
from accounts.rest import idempotency
from accounts.rest.idempotency import KEPT_FOR
from accounts.tasks import forget_answers
from campaigns import intake
from contacts.models import Contact
from tests.factories import CampaignFactory, WorkspaceFactory

CONTACTS = "/api/v1/contacts/"
ADA = {"phone_number": "+14155552671", "name": "Ada"}


def post(api, body, key="key-1", path=CONTACTS):
    return api.post(path, body, headers={"Idempotency-Key": key})


def test_the_second_time_is_answered_as_the_first(api):
    first, second = post(api, ADA), post(api, ADA)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    assert Contact.objects.count() == 1


def test_the_order_of_a_bodys_keys_does_not_matter(api):
    post(api, ADA)
    assert post(api, dict(reversed(ADA.items()))).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "path"), [({**ADA, "name": "Grace"}, CONTACTS), (ADA, "/api/v1/suppressions/")], ids=["body", "address"]
)
def test_the_key_of_another_request_is_a_conflict(api, body, path):
    post(api, ADA)
    answer = post(api, body, path=path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_refused_request_may_be_mended_under_its_key(api):
    assert post(api, {"phone_number": "nonsense"}).status_code == 400
    assert post(api, ADA).status_code == 201


def test_keys_belong_to_the_workspace(api, program):
    post(api, ADA)
    stranger = program(at=WorkspaceFactory())
    assert "Idempotency-Replayed" not in post(stranger, ADA).headers
    assert Contact.objects.count() == 2


def test_a_key_lasts_a_day(api):
    post(api, ADA)
    KeptAnswer.objects.update(at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
    Contact.objects.all().delete()
    assert "Idempotency-Replayed" not in post(api, ADA).headers
    assert KeptAnswer.objects.count() == 1


def test_answers_whose_day_is_over_are_removed_without_another_request(workspace, monkeypatch):
    monkeypatch.setattr(idempotency, "PIECE", 2)
    found = intake.make(CampaignFactory(workspace=workspace), actor=None)
    now = timezone.now()
    for hours in (30, 29, 28, 25, 23):
        person = {"phone_number": f"+121255501{hours}"}
        intake.deliver(found, person, key="", now=now - timedelta(hours=hours))
    forget_answers()
    assert KeptAnswer.objects.exists()
    assert not KeptAnswer.objects.filter(at__lt=now - KEPT_FOR).exists()


def test_a_key_that_is_too_long_is_refused(api):
    assert post(api, ADA, key="k" * 201).status_code == 400


def test_actions_take_a_key_too(api, ready):
    address = f"/api/v1/campaigns/{ready.pk}/start/"
    first, second = post(api, {}, path=address), post(api, {}, path=address)
    assert (first.json()["status"], second.json()["status"]) == ("running", "running")
    assert api.post(address).status_code == 409
