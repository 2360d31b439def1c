from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from telephony import inbox
from telephony.events import CallEvent, EventKind
from telephony.models import ProviderEvent
from tests.factories import CarrierFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def event(key, reference=""):
    return CallEvent(key, reference, "c1", EventKind.RINGING, NOW)


def stored(carrier, *keys, at=NOW):
    inbox.store(carrier.pk, carrier.workspace_id, [event(key) for key in keys], at)


def taken(workspace_id, now=NOW, limit=100):
    return [row.event_key for row in inbox.take(workspace_id, limit, now)]


def test_events_are_taken_in_the_order_of_their_coming():
    carrier = CarrierFactory()
    stored(carrier, "b", "a", at=NOW)
    stored(carrier, "c", at=NOW - timedelta(seconds=1))
    assert taken(carrier.workspace_id) == ["c", "b", "a"]
    assert taken(carrier.workspace_id, limit=2) == ["c", "b"]


def test_a_batch_is_stored_with_one_insert(django_assert_num_queries):
    carrier = CarrierFactory()
    with django_assert_num_queries(1):
        stored(carrier, "a", "b", "a")
    assert taken(carrier.workspace_id) == ["a", "b"]


def test_nothing_to_store_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        inbox.store(1, 1, [], NOW)


def test_what_is_done_is_kept_and_not_taken_again():
    carrier = CarrierFactory()
    stored(carrier, "a", "b")
    inbox.done([row.pk for row in inbox.take(carrier.workspace_id, 1, NOW)])
    assert taken(carrier.workspace_id) == ["b"]
    assert ProviderEvent.objects.count() == 2


def test_what_is_parked_comes_back_and_nobody_waits_behind_it():
    carrier = CarrierFactory()
    stored(carrier, "a", "b")
    [first, _] = inbox.take(carrier.workspace_id, 10, NOW)
    inbox.park([first.pk], NOW + timedelta(seconds=5))
    assert taken(carrier.workspace_id) == ["b"]
    assert taken(carrier.workspace_id, NOW + timedelta(seconds=5)) == ["b", "a"]


def test_each_workspace_has_its_own_events():
    carrier, other = CarrierFactory(), CarrierFactory()
    stored(carrier, "a")
    assert (taken(other.workspace_id), inbox.waiting(other.workspace_id, NOW)) == ([], False)
    assert inbox.waiting(carrier.workspace_id, NOW)
    assert not inbox.waiting(carrier.workspace_id, NOW - timedelta(seconds=1))
    assert inbox.workspaces() == {carrier.workspace_id}


def test_a_reference_is_kept_in_the_spelling_by_which_calls_are_found():
    carrier = CarrierFactory()
    inbox.store(carrier.pk, carrier.workspace_id, [event("a", "0F8FAD5BD9CB469FA16570867728950E")], NOW)
    [row] = inbox.take(carrier.workspace_id, 1, NOW)
    kept = ProviderEvent.objects.get(pk=row.pk)
    assert row.ours
    assert str(kept.reference) == row.event["reference"] == "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_taking_reads_the_index_and_sorts_nothing():
    carrier = CarrierFactory()
    stored(carrier, *[f"e{n}" for n in range(2000)])
    inbox.done(ProviderEvent.objects.order_by("id").values_list("pk", flat=True)[:1990])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE telephony_providerevent")
    rows = ProviderEvent.objects.filter(workspace_id=carrier.workspace_id, work_at__lte=NOW).order_by("work_at", "id")
    plan = rows[:1000].explain()
    assert "event_to_work" in plan
    assert "TEMP B-TREE" not in plan
