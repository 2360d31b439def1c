"""The carriers' own door, as the web server calls it."""

import json
import subprocess
import sys
import uuid
from io import BytesIO

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

from telephony import credentials, hooks
from telephony.doorway import Doorway
from telephony.models import Carrier, ProviderEvent
from tests.factories import CarrierFactory
from tests.telephony.test_webhooks import body, signed

pytestmark = pytest.mark.django_db
OTHER = "whsec_" + "B" * 32
ON = "200 of the pages"


@pytest.fixture(autouse=True)
def nobody_is_remembered(monkeypatch):
    monkeypatch.setattr(hooks, "_hooks", {})


class Pages:
    """What stands behind the door, and which bodies came there."""

    def __init__(self):
        self.bodies = []

    def __call__(self, environ, start_response):
        self.bodies.append(environ["wsgi.input"].read())
        start_response(ON, [])
        return [b"a page"]


def ask(pages, carrier, data=None, headers=None, method="post", path=None, **environ):
    """The status that the server sends on."""
    data = body() if data is None else data
    path = path or f"/hooks/http/{carrier.hook_key}/"
    asked = getattr(RequestFactory(), method)(
        path, data, content_type="application/json", headers=signed(data) if headers is None else headers
    )
    told = []
    answer = Doorway(pages)(
        {**asked.environ, "wsgi.input": BytesIO(data), **environ}, lambda status, headers: told.append(status)
    )
    list(answer)
    return told[0]


def test_a_signed_event_is_stored_at_the_door():
    pages, carrier = Pages(), CarrierFactory()
    assert ask(pages, carrier) == "200 OK"
    row = ProviderEvent.objects.get()
    assert (row.carrier_id, row.event_key, row.payload) == (carrier.pk, "evt_1", json.loads(body()))
    assert pages.bodies == []


def test_a_carrier_that_was_read_a_moment_ago_is_not_read_again(django_assert_num_queries):
    pages, carrier = Pages(), CarrierFactory()
    with django_assert_num_queries(1 + 3):
        assert [ask(pages, carrier, body(f"evt_{n}")) for n in range(3)] == ["200 OK"] * 3
    assert ProviderEvent.objects.count() == 3


@pytest.mark.parametrize(
    "how",
    [
        {"headers": {}},
        {"headers": signed(b"another")},
        {"data": b"{", "headers": signed(b"{")},
        {"method": "put"},
        {"path": f"/hooks/http/{uuid.uuid4()}/"},
        {"path": "/hooks/"},
        {"path": "/hooks/http/x/"},
        {"path": "/agents/"},
        {"CONTENT_LENGTH": "many"},
        {"CONTENT_LENGTH": str(2 * 1024 * 1024 + 1)},
    ],
)
def test_all_else_goes_on_to_the_pages_as_it_came(how):
    pages = Pages()
    assert ask(pages, CarrierFactory(), **how) == ON
    assert pages.bodies == [how.get("data", body())]
    assert ProviderEvent.objects.count() == 0


def test_another_providers_address_is_not_this_carriers():
    pages, carrier = Pages(), CarrierFactory()
    assert ask(pages, carrier, path=f"/hooks/sip/{carrier.hook_key}/") == ON
    assert ProviderEvent.objects.count() == 0


def test_a_changed_secret_counts_once_the_moment_is_over(monkeypatch):
    pages, carrier, again = Pages(), CarrierFactory(), body("evt_2")
    assert ask(pages, carrier) == "200 OK"
    carrier.credentials = credentials.lock({"token": "t", "signing_secret": OTHER})
    carrier.save()
    monkeypatch.setattr(hooks, "FRESH", 0)
    assert ask(pages, carrier, again) == ON
    assert ask(pages, carrier, again, signed(again, OTHER)) == "200 OK"


@pytest.mark.django_db(transaction=True)
def test_an_event_signed_with_a_new_secret_is_never_refused():
    """The door remembers the old one; the pages' side reads the carrier."""
    carrier, again = CarrierFactory(), body("evt_2")
    assert ask(WSGIHandler(), carrier) == "200 OK"
    carrier.credentials = credentials.lock({"token": "t", "signing_secret": OTHER})
    carrier.save()
    assert ask(WSGIHandler(), carrier, again, signed(again, OTHER)) == "200 OK"
    assert ProviderEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_carrier_that_is_gone_takes_no_more_events():
    carrier = CarrierFactory()
    assert ask(WSGIHandler(), carrier) == "200 OK"
    ProviderEvent.objects.all().delete()
    Carrier.objects.all().delete()
    assert ask(WSGIHandler(), carrier, body("evt_2")) == "404 Not Found"


@pytest.mark.django_db(transaction=True)
def test_over_plain_http_events_are_sent_to_https_as_everything_is(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    carrier = CarrierFactory()
    assert ask(WSGIHandler(), carrier) == "301 Moved Permanently"
    assert ProviderEvent.objects.count() == 0
    assert ask(Pages(), carrier, HTTP_X_FORWARDED_PROTO="https") == "200 OK"


def test_a_page_is_not_behind_the_carriers_door():
    for path in ("/hooks/", "/hooks/http/", "/hooks/../agents/", "/hooks/agents/"):
        assert Client().get(path).status_code == 404
    page = Client().get("/agents/")
    assert page.status_code == 302 and "/sign-in/" in page.headers["Location"]


def test_the_web_server_is_given_the_door():
    """In a process of its own, as the server loads it: nothing is set up there yet."""
    asked = "from config.wsgi import application; print(type(application).__name__)"
    how = {"capture_output": True, "text": True, "check": False, "cwd": settings.BASE_DIR}
    told = subprocess.run([sys.executable, "-c", asked], **how)
    assert told.stdout.strip() == "Doorway", told.stderr
