import json
import time
import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from telephony import credentials
from telephony.events import CallEvent, EventKind
from telephony.models import ProviderEvent
from telephony.providers.http import events as contract
from telephony.providers.http.config import signing_key
from tests.factories import CarrierFactory

pytestmark = pytest.mark.django_db
REFERENCE = str(uuid.uuid4())
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="  # of the factory's carriers


def body(key="evt_1", **changes):
    call = {"id": "c1", "reference": REFERENCE, "from": "+14155550100", "to": "+14155550000"}
    return json.dumps(
        {"id": key, "type": "call.ringing", "at": "2026-03-02T09:30:02Z", "call": call, **changes}
    ).encode()


def signed(data, secret=SECRET, sent=None):
    sent = int(time.time()) if sent is None else sent
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(sent),
        "webhook-signature": f"v1,{contract.signature('msg_1', sent, data, signing_key(secret))}",
    }


def post(carrier, data=None, headers=None, provider="http", key=None, client=None):
    data = body() if data is None else data
    return (client or Client()).post(
        f"/hooks/{provider}/{key or carrier.hook_key}/",
        data,
        content_type="application/json",
        headers=signed(data) if headers is None else headers,
    )


def test_an_event_is_stored_as_it_came_and_as_we_read_it():
    carrier = CarrierFactory()
    assert post(carrier).status_code == 200
    row = ProviderEvent.objects.get()
    assert (row.carrier_id, row.workspace_id, row.event_key) == (carrier.pk, carrier.workspace_id, "evt_1")
    assert (str(row.reference), row.kind, row.provider_call_id) == (REFERENCE, "ringing", "c1")
    assert row.at == datetime(2026, 3, 2, 9, 30, 2, tzinfo=UTC)
    assert row.work_at == row.received_at
    assert row.payload == json.loads(body())
    event = CallEvent.from_json(row.event)
    assert (event.kind, event.reference, event.to_number) == (EventKind.RINGING, REFERENCE, "+14155550000")


def test_an_event_costs_two_queries_and_no_session(django_assert_num_queries):
    carrier = CarrierFactory()
    with django_assert_num_queries(2):
        answer = post(carrier)
    assert answer.status_code == 200
    assert (answer.cookies, Session.objects.count()) == ({}, 0)


def test_the_same_event_again_is_answered_and_stored_once():
    carrier = CarrierFactory()
    assert [post(carrier).status_code for _ in range(3)] == [200, 200, 200]
    assert ProviderEvent.objects.count() == 1


def test_an_event_that_was_applied_does_not_come_back():
    carrier = CarrierFactory()
    post(carrier)
    ProviderEvent.objects.update(work_at=None)
    post(carrier)
    assert ProviderEvent.objects.get().work_at is None


def test_two_carriers_may_use_the_same_key():
    first = CarrierFactory()
    second = CarrierFactory(workspace=first.workspace)
    assert [post(carrier).status_code for carrier in (first, second)] == [200, 200]
    assert ProviderEvent.objects.count() == 2


def test_no_csrf_token_is_wanted():
    assert post(CarrierFactory(), client=Client(enforce_csrf_checks=True)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(body("another")),
        signed(body(), "whsec_" + "A" * 32),
        signed(body(), sent=int(time.time()) - 3600),
        {**signed(body()), "webhook-id": "msg_2"},
    ],
)
def test_what_is_not_signed_by_the_carrier_is_refused(headers):
    assert post(CarrierFactory(), headers=headers).status_code == 401
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("data", [b"{", b"[]", b'"text"', body(at="yesterday"), body(call=None)])
def test_what_does_not_fit_the_contract_is_refused_with_a_sentence(data):
    answer = post(CarrierFactory(), data)
    assert answer.status_code == 400
    assert answer.content.decode().strip().endswith((".", "Z."))
    assert ProviderEvent.objects.count() == 0


def test_a_carrier_is_found_by_its_key_and_its_provider():
    carrier = CarrierFactory()
    assert post(carrier, key=uuid.uuid4()).status_code == 404
    assert post(carrier, provider="sip").status_code == 404
    assert ProviderEvent.objects.count() == 0


def test_a_body_that_is_too_long_is_not_read():
    assert post(CarrierFactory(), b" " * (2 * 1024 * 1024 + 1), headers={}).status_code == 413


def test_an_event_is_posted():
    assert Client().get(f"/hooks/http/{CarrierFactory().hook_key}/").status_code == 405


def test_a_type_without_use_is_answered_and_not_stored():
    assert post(CarrierFactory(), body(type="call.weather")).status_code == 200
    assert ProviderEvent.objects.count() == 0


def test_a_carrier_whose_secret_cannot_be_read_is_asked_to_deliver_again():
    carrier = CarrierFactory(credentials="not to be opened")
    assert post(carrier).status_code == 503


def test_a_changed_secret_counts_from_the_next_event_on():
    carrier = CarrierFactory()
    other = "whsec_" + "B" * 32
    assert post(carrier).status_code == 200
    carrier.credentials = credentials.lock({"token": "t", "signing_secret": other})
    carrier.save()
    again = body("evt_2")
    assert post(carrier, again).status_code == 401
    assert post(carrier, again, signed(again, other)).status_code == 200


def test_text_that_no_database_takes_does_not_stop_an_event():
    said = {"transcript": [{"speaker": "agent", "text": "a\0b\ud800", "at": 0}], "summary": "\0"}
    data = body(type="call.ended", ended={"result": "human", "conversation": said})
    assert post(CarrierFactory(), data).status_code == 200
    assert ProviderEvent.objects.get().event["said"]["transcript"][0]["text"] == "ab?"


def test_whatever_spells_such_text_it_does_not_stop_an_event():
    odd = body(extra={"text": "\0", "size": "huge"}).replace(b'"huge"', b"1e999")
    escaped_elsewhere = odd.decode().encode("utf-16")
    carrier = CarrierFactory()
    for data in (odd, escaped_elsewhere):
        ProviderEvent.objects.all().delete()
        assert post(carrier, data).status_code == 200
        assert ProviderEvent.objects.get().payload["extra"] == {"text": "", "size": None}


def test_an_event_with_somebody_elses_reference_is_kept_without_one():
    call = {"id": "c1", "reference": "not ours"}
    assert post(CarrierFactory(), body(call=call)).status_code == 200
    row = ProviderEvent.objects.get()
    assert (row.reference, row.event["reference"]) == (None, "not ours")
