import pytest

from benchmarks import importing
from contacts.models import Contact

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]


def test_every_figure_of_a_small_import_benchmark_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("OUTDIAL_VAR", str(tmp_path))
    figures = importing.measure(rows=600, rounds=1, worker=importing.work)

    assert len(figures) == 17
    assert all(figure.value > 0 for figure in figures)
    assert Contact.objects.count() == 4 * 600 + 600 // 25 + 600 // 5
