import importlib
from datetime import timedelta

import pytest
from django.core.management import call_command
from django_q.models import Schedule

from config import schedules
from tests.factories import NOON


@pytest.mark.parametrize("entry", schedules.CLOCK, ids=lambda entry: entry.name)
def test_every_entry_names_a_task_that_exists_and_a_cluster_of_ours(entry) -> None:
    module, name = entry.task.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), name))
    assert entry.cluster in ("work", "dial-a", "dial-b")
    assert entry.minutes >= 1


@pytest.mark.django_db
def test_the_table_says_what_the_page_says_and_nothing_else() -> None:
    Schedule.objects.create(name="old", func="gone.task")
    schedules.ensure(NOON)
    assert sorted(Schedule.objects.values_list("name", "func", "cluster")) == sorted(
        (entry.name, entry.task, entry.cluster) for entry in schedules.CLOCK
    )


@pytest.mark.django_db
def test_a_second_time_changes_nothing_not_even_what_is_due_next() -> None:
    schedules.ensure(NOON)
    Schedule.objects.update(next_run=NOON + timedelta(minutes=7), func="moved")
    schedules.ensure(NOON + timedelta(hours=1))
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {NOON + timedelta(minutes=7)}
    assert not Schedule.objects.filter(func="moved").exists()


@pytest.mark.django_db
def test_the_command_says_how_many(capsys) -> None:
    call_command("ensure_schedules")
    assert capsys.readouterr().out == f"{len(schedules.CLOCK)} schedules\n"
