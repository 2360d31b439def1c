"""Thousands of calls under random kills and a carrier that fails all the while. The full size, with a seed of one's
choice: `./scripts/bench kills`."""

import random

import pytest

from tests.flows import kill_matrix

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.busy]


def test_2000_calls_under_40_random_kills_and_a_failing_carrier_ring_nobody_twice_and_forget_nobody(world):
    result = kill_matrix.run(world, calls=2_000, kills=40, seed=random.randrange(10**6), hurried=True)

    assert (result.rung_twice, result.forgotten, result.violations, result.disagreement) == (0, 0, [], "")
    assert result.calls >= 2_000 and result.kills >= 40
    assert min(result.withdrawn, result.lookups) > 0, "neither kills nor faults were felt"
