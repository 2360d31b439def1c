import pytest

from benchmarks import pacing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.busy]


def test_real_dialers_keep_the_carriers_pace_and_every_figure_is_measured(tmp_path):
    figures = {figure.what: figure for figure in pacing.measure(tmp_path, 1, rates=(20,), imported=3_000)}

    assert len(figures) == 11
    assert figures["20 CPS: part of it used"].value > 0
    assert figures["20 CPS: most in a sliding second"].reached
    assert figures["20 CPS during an import: most in a sliding second"].reached
    assert figures["20 CPS during an export: most in a sliding second"].reached
