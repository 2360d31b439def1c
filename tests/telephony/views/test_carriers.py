import pytest

from accounts.models import AuditEvent
from telephony import carriers
from telephony.models import Carrier
from tests.factories import NOON, CarrierFactory, NumberFactory

pytestmark = pytest.mark.django_db
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="
FORM = {
    "name": "Simulated",
    "provider": "http",
    "max_cps": "10",
    "max_channels": "100",
    "cost_per_minute": "0.01",
    "http-base_url": "http://127.0.0.1:8090/v1",
    "http-token": "first-token",
    "http-signing_secret": SECRET,
}


@pytest.fixture
def carrier(manager):
    manager.post("/carriers/new/", FORM)
    return Carrier.objects.get()


def test_what_a_carrier_is_reached_with_is_kept_encrypted(carrier):
    assert carrier.settings == {"base_url": "http://127.0.0.1:8090/v1"}
    assert "first-token" not in carrier.credentials
    assert carriers.values(carrier) == {
        "base_url": "http://127.0.0.1:8090/v1",
        "token": "first-token",
        "signing_secret": SECRET,
    }


def test_no_page_shows_a_secret_and_no_record_keeps_one(manager, carrier):
    pages = [manager.get(address).content.decode() for address in ("/carriers/", f"/carriers/{carrier.pk}/edit/")]
    refused = manager.post(f"/carriers/{carrier.pk}/edit/", {**FORM, "name": ""}).content.decode()
    trail = str(list(AuditEvent.objects.values_list("detail", "object_name")))
    for text in (*pages, refused, trail):
        assert "first-token" not in text
        assert SECRET not in text


def test_a_secret_left_empty_stays_and_one_that_is_given_replaces(manager, carrier):
    manager.post(f"/carriers/{carrier.pk}/edit/", {**FORM, "http-token": "second-token", "http-signing_secret": ""})
    carrier.refresh_from_db()
    assert carriers.values(carrier)["token"] == "second-token"
    assert carriers.values(carrier)["signing_secret"] == SECRET


def test_the_provider_of_a_carrier_is_fixed(manager, carrier):
    manager.post(f"/carriers/{carrier.pk}/edit/", {**FORM, "provider": "other"})
    carrier.refresh_from_db()
    assert carrier.provider == "http"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("http-base_url", "ftp://x", "Give an address that begins with http:// or https://."),
        ("http-token", "", "API token is missing."),
        ("http-signing_secret", "whsec_eA==", "The signing secret is too short: at least 16 bytes."),
        ("max_cps", "1.5", "Calls per second is a whole number, or 0.1 to 0.9."),
        ("max_cps", "0", "Calls per second is a whole number, or 0.1 to 0.9."),
        ("max_channels", "0", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(manager, field, value, sentence):
    page = manager.post("/carriers/new/", {**FORM, field: value}).content.decode()
    assert sentence in page
    assert not Carrier.objects.exists()


def test_enabling_forgets_what_switched_it_off(manager, workspace):
    carrier = CarrierFactory(workspace=workspace, disabled_at=NOON, disabled_reason="The token was refused.")
    assert "The token was refused." in manager.get("/carriers/").content.decode()
    manager.post(f"/carriers/{carrier.pk}/enable/")
    carrier.refresh_from_db()
    assert (carrier.enabled, carrier.disabled_at) == (True, None)
    manager.post(f"/carriers/{carrier.pk}/disable/")
    carrier.refresh_from_db()
    assert carrier.enabled is False
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["carrier.enable", "carrier.disable"]


@pytest.mark.parametrize(("rest", "told"), [(5, True), (0, False)])
def test_an_error_is_told_until_the_carrier_takes_requests_again(viewer, workspace, rest, told):
    CarrierFactory(workspace=workspace, last_error="503 Service Unavailable", rest_until=NOON, rest_seconds=rest)
    assert ("503 Service Unavailable" in viewer.get("/carriers/").content.decode()) == told


def test_a_carrier_with_numbers_stays(manager, workspace):
    carrier = NumberFactory(workspace=workspace).carrier
    page = manager.post(f"/carriers/{carrier.pk}/delete/", follow=True).content.decode()
    assert "This carrier has numbers and stays with their history. Disable it instead." in page


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(viewer, workspace, queries_of):
    NumberFactory(workspace=workspace)
    one = queries_of(viewer, "/carriers/")
    NumberFactory.create_batch(2, workspace=workspace)
    assert queries_of(viewer, "/carriers/") == one
