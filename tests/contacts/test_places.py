"""Where people may live, as far as calling hours are concerned: from what was given, else from the number."""

import pytest

from contacts import people
from contacts.models import Contact
from tests.contacts.files import loaded
from tests.factories import NOON

pytestmark = pytest.mark.django_db

PLACES = [
    ({"phone_number": "+12125551000"}, ("US", "NY", "America/New_York"), "number"),
    ({"phone_number": "+13055551000"}, ("US", "FL", "America/New_York"), "number"),
    ({"phone_number": "+12085551000"}, ("US", "ID", "America/Boise America/Denver America/Los_Angeles"), "number"),
    ({"phone_number": "+18505551000"}, ("US", "FL", "America/Chicago America/New_York"), "number"),
    ({"phone_number": "+13055551000", "timezone": "America/Denver"}, ("US", "FL", "America/Denver"), "given"),
    ({"phone_number": "+4915123456789", "country": "AT"}, ("AT", "", "Europe/Berlin Europe/Vienna"), "unknown"),
    ({"phone_number": "+12125551000", "country": "FR"}, ("FR", "", "America/New_York Europe/Paris"), "unknown"),
    ({"phone_number": "+12125551000", "country": "FR", "timezone": "Europe/Paris"},
     ("FR", "", "Europe/Paris"), "given"),
    ({"phone_number": "+80012345678", "country": "DE"}, ("DE", "", "Europe/Berlin Europe/Busingen"), "unknown"),
    ({"phone_number": "+80012345678"}, ("", "", ""), "unknown"),
    ({"phone_number": "+80012345678", "country": "DE", "timezone": "Europe/Berlin"},
     ("DE", "", "Europe/Berlin"), "given"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "place", "source"), PLACES)
def test_a_single_person(workspace, cells, place, source):
    contact = people.add(workspace, cells, now=NOON)
    assert (contact.hours_key.country, contact.hours_key.region, contact.hours_key.zones) == place
    assert contact.zone_source == source


@pytest.mark.parametrize(("cells", "place", "source"), PLACES)
def test_a_row_of_a_file(workspace, cells, place, source):
    names = ["phone_number", "country", "timezone"]
    loaded(workspace, ",".join(names) + "\n" + ",".join(cells.get(name, "") for name in names) + "\n")
    contact = Contact.objects.get()
    assert (contact.hours_key.country, contact.hours_key.region, contact.hours_key.zones) == place
    assert contact.zone_source == source


def test_a_number_that_tells_no_zone_has_all_of_its_country(workspace):
    contact = people.add(workspace, {"phone_number": "+61412345678"}, now=NOON)
    assert {"Australia/Perth", "Australia/Sydney"} < set(contact.hours_key.zones.split())
    assert contact.timezone == ""  # none can be shown
