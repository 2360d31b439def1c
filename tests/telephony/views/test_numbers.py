import pytest

from telephony.models import Number
from tests.factories import CallFactory, CarrierFactory, NumberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(workspace):
    carrier = CarrierFactory(workspace=workspace)
    return {"phone_number": "(212) 555-0123", "label": "Sales", "carrier": carrier.pk, "direction": "outbound"}


def test_a_number_is_read_as_people_write_it(manager, form):
    manager.post("/numbers/new/", form)
    number = Number.objects.get()
    assert (number.phone_number, number.country, number.label) == ("+12125550123", "US", "Sales")


@pytest.mark.parametrize("text", ["12", "hello"])
def test_what_is_no_number_is_refused(manager, form, text):
    assert "phone_number" in manager.post("/numbers/new/", {**form, "phone_number": text}).context["form"].errors


def test_a_number_that_is_there_already_is_refused_in_any_spelling(manager, form):
    manager.post("/numbers/new/", form)
    page = manager.post("/numbers/new/", {**form, "phone_number": "+1 212 555 0123"}).content.decode()
    assert "Another number has this phone number. Choose a different one." in page


def test_another_workspaces_carrier_is_not_offered(manager, form):
    assert "carrier" in manager.post("/numbers/new/", {**form, "carrier": CarrierFactory().pk}).context["form"].errors


def test_the_number_itself_is_fixed(manager, workspace, form):
    number = NumberFactory(workspace=workspace, phone_number="+12125550100")
    manager.post(f"/numbers/{number.pk}/edit/", {**form, "label": "Renewals"})
    number.refresh_from_db()
    assert (number.phone_number, number.label) == ("+12125550100", "Renewals")


def test_without_a_carrier_one_is_led_to_make_one(manager):
    assert "A number belongs to a carrier, and there is none yet." in manager.get("/numbers/new/").content.decode()


def test_a_spam_score_is_set_with_history(manager, workspace):
    number = NumberFactory(workspace=workspace)
    page = manager.post(f"/numbers/{number.pk}/spam/", {"score": "8"}, follow=True).content.decode()
    assert f"{number.phone_number} has a spam score of 8 now." in page
    assert number.spam_history.get().source == str(manager.user)


def test_a_spam_score_out_of_range_is_refused_at_the_field(manager, workspace):
    number = NumberFactory(workspace=workspace)
    answer = manager.post(f"/numbers/{number.pk}/spam/", {"score": "11"})
    assert answer.status_code == 422
    assert "Ensure this value is less than or equal to 10." in answer.content.decode()


def test_a_number_with_calls_stays(manager, workspace):
    number = CallFactory(workspace=workspace).number
    page = manager.post(f"/numbers/{number.pk}/delete/", follow=True).content.decode()
    assert "This number has calls and stays with their history." in page


def test_filters_stay_in_the_address_of_the_next_page(viewer, workspace):
    carrier = CarrierFactory(workspace=workspace)
    NumberFactory.create_batch(51, workspace=workspace, carrier=carrier)
    page = viewer.get(f"/numbers/?carrier={carrier.pk}&sort=-spam").content.decode()
    assert f'href="?carrier={carrier.pk}&amp;sort=-spam&amp;page=2"' in page
    assert "1–50 of 51 numbers" in page


def test_nothing_found_offers_to_clear_the_filters(viewer, workspace):
    NumberFactory(workspace=workspace)
    assert "No number fits these filters." in viewer.get("/numbers/?spam=red").content.decode()


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(viewer, workspace, queries_of):
    NumberFactory(workspace=workspace)
    one = queries_of(viewer, "/numbers/")
    NumberFactory.create_batch(2, workspace=workspace)
    assert queries_of(viewer, "/numbers/") == one
