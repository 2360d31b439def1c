"""No database can be asked for a text with a NUL in it: filters drop it, and the list is shown."""

import pytest

from analytics.models import Export
from tests.campaigns.history import campaign_with_past

pytestmark = pytest.mark.django_db
LISTS = {
    "/campaigns/": ("q", "tag", "status", "agent"),
    "/campaigns/{}/contacts/": ("q", "tag", "country", "status", "outcome", "at"),
    "/campaigns/{}/contacts/add/": ("q", "tag", "company", "country"),
    "/contacts/": ("q", "tag", "company", "country", "campaign", "status", "at"),
    "/contacts/suppression/": ("q", "source", "reason", "since", "at"),
    "/conversations/": ("q", "disposition", "outcome", "agent"),
    "/numbers/": ("q", "carrier", "spam"),
    "/schedules/": ("q",),
    "/exports/": ("kind", "format", "status", "campaign", "at"),
}


@pytest.mark.parametrize("address", LISTS)
def test_a_list_is_shown(workspace, owner, address):
    here = address.format(campaign_with_past(workspace, people=2).pk)
    for name in LISTS[address]:
        assert owner.get(f"{here}?{name}=a%00b").status_code == 200, name


@pytest.mark.parametrize("kind", ("people", "calls", "suppressions"))
def test_a_list_is_exported(workspace, owner, kind):
    owner.post("/exports/new/", {"kind": kind, "query": "q=a%00b&source=%00&company=%00"})
    export = Export.objects.get()
    assert (export.status, export.filters) == ("done", {"q": ["ab"]})
