import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns import uploads
from campaigns.queries.preview import NONE, SHOWN, Counts, audience, enrolled, staged
from campaigns.queries.uploads import staged_files
from contacts.hours import hours_key
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


def slices(distribution):
    return {slice.label: (slice.count, slice.staged) for slice in distribution.slices}


def test_contacts_are_counted_by_zone_country_company_and_tag(workspace):
    campaign = CampaignFactory(workspace=workspace)
    two_zones = hours_key("US", "KY", ["America/Chicago", "America/New_York"])
    for company, tags, key, zone in (
        ("Acme", "|vip|b2b|", two_zones, ""),
        ("Acme", "|vip|", hours_key("GB", "", ["Europe/London"]), "Europe/London"),
        ("", "", hours_key("GB", "", ["Europe/London"]), ""),
    ):
        contact = ContactFactory(workspace=workspace, company=company, tags=tags, hours_key=key, timezone=zone)
        CampaignContactFactory(campaign=campaign, contact=contact)
    found = audience(enrolled(campaign), Counts())
    assert (found.total, found.staged) == (3, 0)
    assert slices(found.zones) == {"Europe/London": (2, 0), "America/Chicago and 1 more": (1, 0)}
    assert slices(found.countries) == {"GB": (2, 0), "US": (1, 0)}
    assert slices(found.companies) == {"Acme": (2, 0), NONE: (1, 0)}
    assert slices(found.tags) == {"vip": (2, 0), "b2b": (1, 0), NONE: (1, 0)}


def test_staged_rows_are_counted_beside_the_contacts_once_a_number_and_without_bad_ones(workspace):
    campaign = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=campaign)
    rows = "phone_number,company,tags\n+442071838750,Acme,vip\n+442071838750,Acme,vip\nnonsense,Acme,\n+12125550199,,\n"
    file = SimpleUploadedFile("people.csv", rows.encode())
    uploads.receive(campaign, file, user=None, now=NOON)
    found = audience(enrolled(campaign), staged(staged_files(campaign)))
    assert (found.total, found.staged, found.both) == (1, 2, 3)
    assert slices(found.countries) == {"US": (1, 1), "GB": (0, 1)}
    assert slices(found.companies)["Acme"] == (0, 1)


def test_small_slices_are_drawn_together(workspace):
    campaign = CampaignFactory(workspace=workspace)
    for number in range(SHOWN + 3):
        contact = ContactFactory(workspace=workspace, company=f"Company {number}")
        CampaignContactFactory(campaign=campaign, contact=contact)
    found = audience(enrolled(campaign), Counts()).companies
    assert (len(found.slices), found.kinds, found.others) == (SHOWN, 3, 3)
