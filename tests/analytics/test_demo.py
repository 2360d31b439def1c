"""The demo workspace: whoever makes a first campaign there can call from each of its numbers."""

import pytest

from analytics.demo import making
from campaigns.models import Campaign
from telephony.models import Number, NumberDay
from tests.factories import NOON, MembershipFactory

pytestmark = pytest.mark.django_db
USUAL_CAP = Campaign._meta.get_field("max_calls_per_number_per_day").default


def test_no_number_is_used_up_by_the_demos_own_campaigns(workspace, monkeypatch):
    monkeypatch.setattr(making, "PAST", 6)
    owner = MembershipFactory(workspace=workspace, role="owner").user
    making.make(workspace, owner, making.simulated(1), NOON)

    running = Campaign.objects.get(status="running")
    made_today = dict(NumberDay.objects.filter(day=NOON.date()).values_list("number", "calls"))
    left = [
        USUAL_CAP - max(running.max_calls_per_number_per_day, made_today.get(number.pk, 0))
        for number in Number.objects.all()
    ]
    assert min(left) >= 50
