import pytest

from benchmarks import claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]


def test_every_figure_of_a_small_claim_benchmark_is_measured():
    figures = claim.measure(contacts=1_200, rounds=1, campaigns=3, short=400)

    assert len(figures) == 6
    assert all(figure.value > 0 for figure in figures)
