from datetime import timedelta

import pytest

from campaigns.lease import clock
from campaigns.models import Lease


def test_a_process_that_answers_is_healthy(nobody):
    assert nobody.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_without_a_dial_runner_it_is_not_ready_and_says_which_part(nobody):
    answer = nobody.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "migrations": True, "dialing": False})


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(2, 200), (-1, 503)])
def test_ready_means_that_a_runner_holds_its_slot_now(nobody, seconds, status):
    Lease.objects.create(name="slot:a", owner="runner", until=clock() + timedelta(seconds=seconds))
    assert nobody.get("/readyz").status_code == status
