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
    assert lease.renew(held, now + lease.TTL / 2)
    assert lease.take("dial:1", "b", now + lease.TTL) is None
    lease.release(held)
    assert lease.take("dial:1", "b", now) is not None


def test_a_lease_of_a_time_that_the_clock_was_set_back_from_holds_up_nobody():
    now = timezone.now()
    dead = lease.take("dial:1", "dead", now + timedelta(hours=1))

    assert lease.alive("dial", now) == 0
    assert lease.take("dial:1", "alive", now) is not None

    assert not lease.renew(dead, now)


def test_it_is_told_until_when_dialing_stands_still_after_the_clock_was_set_back(monkeypatch):
    held, began = lease.take("dial:1", "a", timezone.now()), lease.clock()
    assert lease.stands_until(1) is None, "never dialed"
    with transaction.atomic():
        last = lease.hold(held)
    assert lease.stands_until(1) is None

    monkeypatch.setattr(lease, "clock", lambda: began - timedelta(hours=1))
    assert lease.stands_until(1) == last
    monkeypatch.setattr(lease, "clock", lambda: last + timedelta(seconds=1))
    assert lease.stands_until(1) is None


def test_whoever_lost_a_lease_is_fenced_off_even_with_its_old_name():
    now = timezone.now()
    old = lease.take("dial:1", "a", now)
    lease.take("dial:1", "a", now + lease.TTL)  # the same owner, later: a new epoch
    with pytest.raises(lease.Lost), transaction.atomic():
        lease.hold(old)
    lease.release(old)
    assert Lease.objects.get().until is not None, "only the present holder releases"


def test_what_ran_out_without_a_release_was_left_behind():
    now = timezone.now()
    lease.take("dial:1", "killed", now)
    lease.take("dial:2", "alive", now + lease.TTL / 2)
    lease.release(lease.take("dial:3", "gone", now))
    assert lease.left_behind(now + lease.TTL) == {"dial:1"}


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
