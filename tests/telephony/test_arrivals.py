"""What web threads store together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection

from telephony import hooks, inbox
from telephony.arrivals import Arrivals
from telephony.events import CallEvent, EventKind
from telephony.models import Carrier, ProviderEvent
from tests.factories import CarrierFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
THREADS = 8


def hook_of(carrier):
    return hooks.read([carrier.hook_key])[carrier.hook_key]


def rows(hook, *keys):
    events = [CallEvent(key=key, reference="", provider_call_id="c", kind=EventKind.RINGING, at=NOW) for key in keys]
    return [inbox.row(hook.carrier_id, hook.workspace_id, event, NOW) for event in events]


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
    arrivals, hook = Arrivals(), hook_of(CarrierFactory())

    def deliver(key):
        assert arrivals.store(hook, rows(hook, key, "shared"), fresh=False)
        return ProviderEvent.objects.filter(event_key=key).count()

    inserts = []
    assert together(*(lambda n=n: deliver(f"e{n % 24:02}") for n in range(48)), inserts=inserts) == [1] * 48
    assert len(inserts) < 48, "those that came together went together"
    assert keys() == sorted([*(f"e{n:02}" for n in range(24)), "shared"])


def test_nothing_is_stored_for_a_carrier_that_was_changed_since():
    arrivals, carrier = Arrivals(), CarrierFactory()
    hook = hook_of(carrier)
    Carrier.objects.filter(pk=carrier.pk).update(credentials="others")
    assert arrivals.store(hook, rows(hook, "a"), fresh=False) is False
    assert keys() == []
    assert hooks.remembered(carrier.hook_key).credentials == "others"


def test_a_carrier_that_is_gone_is_forgotten():
    arrivals, carrier = Arrivals(), CarrierFactory()
    hook = hook_of(carrier)
    carrier.delete()
    assert arrivals.store(hook, rows(hook, "a"), fresh=False) is False
    assert hooks.remembered(carrier.hook_key) is None


def test_an_event_that_the_database_refuses_harms_none_that_came_with_it():
    arrivals, good = Arrivals(), hook_of(CarrierFactory())
    bad = good._replace(carrier_id=good.carrier_id + 1)  # there is no such carrier
    tasks = [
        (lambda n=n: arrivals.store(bad if n % 5 == 0 else good, rows(bad if n % 5 == 0 else good, f"e{n:02}"), True))
        for n in range(20)
    ]
    answers = together(*tasks)
    assert [type(answer) for answer in answers] == [IntegrityError if n % 5 == 0 else bool for n in range(20)]
    assert keys() == [f"e{n:02}" for n in range(20) if n % 5]
