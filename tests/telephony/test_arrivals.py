"""What web threads store together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection

from telephony import inbox
from telephony.arrivals import Arrivals
from telephony.events import CallEvent, EventKind
from telephony.models import ProviderEvent
from tests.factories import CarrierFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
THREADS = 8


def rows(carrier_id, workspace_id, *keys):
    events = [CallEvent(key=key, reference="", provider_call_id="c", kind=EventKind.RINGING, at=NOW) for key in keys]
    return [inbox.row(carrier_id, workspace_id, event, NOW) for event in events]


def together(*tasks, inserts=None):
    """Each in a thread and on a connection of its own, at the same time; what they returned or raised."""

    def watched(execute, sql, params, many, context):
        if inserts is not None and sql.startswith("INSERT"):
            inserts.append(sql)
        return execute(sql, params, many, context)

    def alone(task):
        try:
            with connection.execute_wrapper(watched):
                return task()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(alone, tasks))


def keys():
    return sorted(ProviderEvent.objects.values_list("event_key", flat=True))


def test_events_of_many_threads_are_all_stored_once_each_before_their_thread_goes_on():
    arrivals, carrier = Arrivals(), CarrierFactory()

    def deliver(key):
        arrivals.store(rows(carrier.pk, carrier.workspace_id, key, "shared"))
        return ProviderEvent.objects.filter(event_key=key).count()

    inserts = []
    assert together(*(lambda n=n: deliver(f"e{n % 24:02}") for n in range(48)), inserts=inserts) == [1] * 48
    assert len(inserts) < 48, "those that came together went together"
    assert keys() == sorted([*(f"e{n:02}" for n in range(24)), "shared"])


def test_an_event_that_the_database_refuses_harms_none_that_came_with_it():
    arrivals, carrier = Arrivals(), CarrierFactory()
    nobody = carrier.pk + 1
    whose = [nobody if n % 5 == 0 else carrier.pk for n in range(20)]
    tasks = [
        lambda n=n: arrivals.store(rows(whose[n], carrier.workspace_id, f"e{n:02}")) or "stored" for n in range(20)
    ]
    answers = together(*tasks)
    assert [type(answer) for answer in answers] == [IntegrityError if n % 5 == 0 else str for n in range(20)]
    assert keys() == [f"e{n:02}" for n in range(20) if n % 5]


def test_a_connection_whose_time_is_over_is_closed_with_the_writing():
    arrivals, carrier = Arrivals(), CarrierFactory()
    ready = rows(carrier.pk, carrier.workspace_id, "a")
    connection.ensure_connection()
    connection.close_at = 0
    arrivals.store(ready)
    assert connection.connection is None
    assert keys() == ["a"]
