import os
import runpy
from pathlib import Path

import pytest

import benchmarks

FOLDER = Path(benchmarks.__path__[0])


@pytest.mark.parametrize("name", ["claim", "exporting", "importing", "kills", "lists", "pacing", "webhooks"])
def test_a_benchmark_that_a_test_imports_sets_nothing_for_the_suite_and_its_processes(name, monkeypatch):
    for setting in ("OUTDIAL_VAR", "SECRET_KEY", "LOG_LEVEL"):
        monkeypatch.delenv(setting, raising=False)
    before = dict(os.environ)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="imported")
    assert os.environ == before
