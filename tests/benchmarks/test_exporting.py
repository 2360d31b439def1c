import pytest

from benchmarks import exporting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]


def test_every_figure_of_a_small_export_benchmark_is_measured():
    ((*figures,),) = exporting.measure(rows=300, rounds=1)

    assert len(figures) == 6
    assert all(figure.rows_a_second > 0 for figure in figures)
    assert exporting.first_byte() > 0
