"""`campaigns/{id}/audit/`: the latest check of a campaign's calls, and asking for another."""

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from campaigns.models import Audit

pytestmark = pytest.mark.django_db


def test_the_latest_audit_is_read_and_another_is_asked_for(api, ready):
    address = f"/api/v1/campaigns/{ready.pk}/audit/"
    assert api.get(address).status_code == 404

    assert api.post(address).status_code == 202
    assert OrmQ.objects.count() == 1

    Audit.objects.create(campaign=ready, at=timezone.now(), launches=7, violations=1, sentences=["too late"])
    told = api.get(address).json()
    assert (told["launches"], told["violations"], told["sentences"]) == (7, 1, ["too late"])
