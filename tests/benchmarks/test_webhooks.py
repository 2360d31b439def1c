import pytest

from benchmarks import webhooks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]


def test_every_figure_of_a_small_webhook_benchmark_is_measured(tmp_path):
    figures = webhooks.measure(tmp_path, rounds=1, requests=60, batch=60, seconds=2, rate=60)

    assert len(figures) == 14
    assert all(figure.value > 0 for figure in figures)
