"""The chains of dial tasks: one for each slot, never two, and none dies out."""

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ

from campaigns import lease, runner, tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def four_slots(settings):
    settings.DIAL_SLOTS = 4


@pytest.fixture(autouse=True)
def short_slices(monkeypatch):
    monkeypatch.setattr(runner.Runner.run, "__defaults__", (0.05,))


def queued() -> list[tuple[str, int]]:
    return sorted((row.key, row.args()[0]) for row in OrmQ.objects.all())


def test_a_cluster_that_starts_queues_its_slots_and_clears_what_its_predecessor_left(four_slots):
    for _ in range(3):
        tasks.start_cluster("dial-a")
    tasks.start_cluster("dial-b")
    tasks.start_cluster("work")
    assert queued() == [("dial-a", 0), ("dial-a", 2), ("dial-b", 1), ("dial-b", 3)]


def test_each_slot_queues_its_own_successor_whatever_waits_for_other_slots(four_slots):
    tasks.start_cluster("dial-a")
    under_way = OrmQ.objects.get(pk=min(OrmQ.objects.values_list("pk", flat=True)))
    slot = under_way.args()[0]

    tasks.dial(slot)

    assert [entry for entry in queued() if entry[1] == slot] == [("dial-a", slot)] * 2, "itself, and its successor"


def test_doubled_tasks_do_not_multiply():
    for _ in range(3):
        tasks._queue(0)
    for _ in range(6):  # each takes the oldest, works, and is acknowledged
        oldest = OrmQ.objects.order_by("pk").first()
        tasks.dial(0)
        oldest.delete()
    assert len(queued()) == 1


def test_only_slots_without_a_runner_are_queued_again():
    lease.take("slot:0", "somebody", timezone.now())
    assert tasks.ensure_runners() == 1
    assert queued() == [("dial-b", 1)]
    for _ in range(5):
        tasks.ensure_runners()
    assert len(queued()) <= 2, "waiting tasks do not pile up"


def test_a_draining_cluster_queues_no_successor(monkeypatch):
    monkeypatch.setattr(tasks.draining, "is_draining", lambda: True)
    tasks.dial(0)
    assert queued() == []


def test_a_slice_that_the_database_broke_off_has_a_successor(monkeypatch):
    def broken(self, own):
        raise OperationalError("the database is restarting")

    monkeypatch.setattr(runner.Runner, "_keep_leases", broken)
    tasks.dial(0)
    assert queued() == [("dial-a", 0)]
