from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import lease
from campaigns.models import Lease

pytestmark = pytest.mark.django_db


def test_a_lease_has_one_owner_until_it_runs_out():
    now = timezone.now()
    first = lease.take("dial:1", "a", now)
    assert first is not None and (first.kind, first.workspace_id, first.epoch) == ("dial", 1, 1)
    assert lease.take("dial:1", "b", now + lease.TTL - timedelta(microseconds=1)) is None

    second = lease.take("dial:1", "b", now + lease.TTL)

    assert second is not None and second.epoch == 2
    assert not lease.renew(first, now + lease.TTL)


def test_renewing_keeps_it_and_releasing_frees_it_at_once():
    now = timezone.now()
    held = lease.take("dial:1", "a", now)
    assert lease.renew(held, now + timedelta(seconds=2))
    assert lease.take("dial:1", "b", now + timedelta(seconds=4)) is None
    lease.release(held)
    assert lease.take("dial:1", "b", now) is not None


def test_whoever_lost_a_lease_is_fenced_off_even_with_its_old_name():
    now = timezone.now()
    old = lease.take("dial:1", "a", now)
    lease.take("dial:1", "a", now + lease.TTL)  # the same owner, later: a new epoch
    with pytest.raises(lease.Lost), transaction.atomic():
        lease.hold(old)
    lease.release(old)
    assert Lease.objects.get().until is not None, "only the present holder releases"


def test_time_never_goes_back_under_a_lease():
    held = lease.take("dial:1", "a", timezone.now())
    ahead = timezone.now() + timedelta(minutes=5)
    Lease.objects.update(last_now=ahead)
    with transaction.atomic():
        assert lease.hold(held) == ahead
    Lease.objects.update(last_now=None)
    with transaction.atomic():
        first = lease.hold(held)
    with transaction.atomic():
        assert first <= lease.hold(held) < ahead
