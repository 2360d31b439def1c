"""One person is written while others write them, too."""

from datetime import timedelta

import pytest
from django.http import Http404

from contacts import people
from contacts.models import Contact
from tests.factories import NOON, ContactFactory

pytestmark = pytest.mark.django_db


def test_an_edit_leaves_a_hold_and_whatever_else_came_between(workspace):
    contact = ContactFactory(workspace=workspace, tags="|vip|")
    mine = Contact.objects.get(pk=contact.pk)
    people.hold(contact, NOON + timedelta(days=9), "Complaint", now=NOON)
    Contact.objects.filter(pk=contact.pk).update(tags="|vip|b2b|", variables={"plan": "gold"})
    kept = people.edit(mine, {"company": "Acme"}, now=NOON)
    contact.refresh_from_db()
    assert (contact.company, contact.held_reason, contact.spread_at) == ("Acme", "Complaint", None)
    assert (contact.held_until, contact.tags) == (NOON + timedelta(days=9), "|vip|b2b|")
    assert (kept.company, kept.variables) == ("Acme", {"plan": "gold"})


def test_who_was_merged_away_meanwhile_does_not_come_back(workspace):
    contact = ContactFactory(workspace=workspace)
    mine = Contact.objects.get(pk=contact.pk)
    contact.delete()
    with pytest.raises(Http404):
        people.edit(mine, {"company": "Acme"}, now=NOON)
    assert not Contact.objects.exists()
