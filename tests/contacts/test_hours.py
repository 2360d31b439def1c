import pytest
from django.db import transaction

from contacts.hours import Place, hours_key, key_ids
from contacts.models import HoursKey

pytestmark = pytest.mark.django_db
US = Place("US", "NY", ("America/New_York",))
DE = Place("DE", "", ("Europe/Berlin",))


def test_there_is_one_row_for_a_place_in_whatever_order_its_zones_come() -> None:
    first = hours_key("US", "", ["America/New_York", "America/Chicago", "America/Chicago"])
    second = hours_key("US", "", ["America/Chicago", "America/New_York"])
    assert first.pk == second.pk
    assert HoursKey.objects.get().zones == "America/Chicago America/New_York"


def test_many_places_take_few_questions(django_assert_max_num_queries) -> None:
    ids = key_ids([US, DE, US])
    with django_assert_max_num_queries(1):
        assert key_ids([DE, US]) == ids
    assert len(set(ids.values())) == HoursKey.objects.count() == 2


def test_a_place_with_nothing_known_has_a_row_too() -> None:
    assert hours_key("", "", []).pk == hours_key("", "", []).pk


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_rolled_back_is_not_remembered() -> None:
    with transaction.atomic():
        hours_key(*US)
        transaction.set_rollback(True)
    assert HoursKey.objects.filter(pk=hours_key(*US).pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_committed_row_is_remembered_by_the_process(django_assert_num_queries) -> None:
    hours_key(*US)
    with django_assert_num_queries(0):
        hours_key(*US)
