import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import CarrierFactory

pytestmark = pytest.mark.django_db


def test_what_pages_need_is_not_set_up_for_carriers() -> None:
    answer = Client().post(f"/hooks/http/{CarrierFactory().hook_key}/", "{}", content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Length"]) == (401, str(len(answer.content)))
    assert "Content-Security-Policy" not in answer.headers and "Vary" not in answer.headers
    assert "Content-Security-Policy" in Client().get(reverse("accounts:sign_in")).headers


def test_a_page_is_not_behind_the_carriers_door() -> None:
    for path in ("/hooks/", "/hooks/http/", "/hooks/../agents/", "/hooks/agents/"):
        assert Client().get(path).status_code == 404
    page = Client().get("/agents/")
    assert page.status_code == 302 and "/sign-in/" in page.headers["Location"]


def test_over_plain_http_events_are_sent_to_https_as_everything_is(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    path = f"/hooks/http/{CarrierFactory().hook_key}/"
    assert Client().post(path, "{}", content_type="application/json").status_code == 301
