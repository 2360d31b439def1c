"""A loading worker that ends in the middle: at every step of every piece. Nothing lost, nothing doubled."""

from collections import Counter

import pytest

from accounts import statistics
from contacts.importing import load, primaries, taking
from contacts.models import UploadStatus
from tests.contacts.files import Killed, add_up, killed, loading, many, numbers
from tests.factories import SuppressionFactory

pytestmark = pytest.mark.django_db

# Where it ends: once this is done. `_piece` is over when it has committed.
STEPS = {
    "read": (load, "_read"),
    "hold": (load, "hold"),
    "write_rows": (taking, "write_rows"),
    "reject": (taking, "_reject"),
    "take": (taking, "take"),
    "piece": (load, "_piece"),
    "link": (primaries, "link"),
    "count": (statistics, "refresh"),
}
PIECES = 5


@pytest.mark.parametrize("times", range(1, PIECES + 1))
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_at_any_step_loses_nothing_and_doubles_nothing(workspace, monkeypatch, step, times) -> None:
    monkeypatch.setattr(load, "PIECE_ROWS", 10)
    monkeypatch.setattr(load, "MANY", 40)
    SuppressionFactory(workspace=workspace, phone_number="+12125550013")
    upload = loading(workspace, many(45) + "+12125550003,Again,\nx,Bad,\n")
    target, name = STEPS[step]
    real, calls = getattr(target, name), Counter()

    def dying(*args, **kwargs):
        result = real(*args, **kwargs)
        calls["n"] += 1
        if calls["n"] == times:
            raise Killed
        return result

    monkeypatch.setattr(target, name, dying)
    if times <= {"link": 1, "count": 2}.get(step, PIECES):
        with killed():
            load.run(upload.pk, upload.turn)
    monkeypatch.setattr(target, name, real)
    upload.refresh_from_db()
    assert add_up(upload)
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.LOADED
    assert upload.counts == {
        "added": 44,
        "updated": 0,
        "unchanged": 0,
        "invalid": 1,
        "duplicate": 1,
        "suppressed": 1,
    }
    assert add_up(upload) and upload.rows_done == 47
    assert len(numbers(workspace)) == len(set(numbers(workspace))) == 44
