"""kill -9 of a worker that makes an export, around every commit it makes: the file is whole, each row in it once."""

import os
import signal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from analytics.exporting import job
from analytics.models import Export
from tests.analytics.exporting.made import content, exported
from tests.factories import ContactFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

PEOPLE, PIECE = 7, 2


def die_at(when: str, number: int) -> None:
    """SIGKILL before or after the Nth commit of the part: nothing is cleaned up, as in a crash."""
    commit, seen = job.Part._commit, 0

    def counted(part: job.Part, *given: Any, **columns: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        commit(part, *given, **columns)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    job.Part._commit = counted


def work(export: Export, when: str, commit: int) -> int:
    """Make it in a process of its own, which kills itself around its Nth commit; 0 or the signal that ended it."""
    connections.close_all()
    child = os.fork()
    if not child:
        ended = 1
        try:
            die_at(when, commit)
            job.make(export.pk, export.turn, size=PIECE)
            ended = 0
        finally:
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


@pytest.mark.parametrize("fmt", ("csv", "xlsx", "json"))
def test_an_export_killed_around_its_commits_is_whole_in_the_end(workspace, fmt):
    ContactFactory.create_batch(PEOPLE, workspace=workspace)
    given = {"filters": {}, "actor": None, "now": timezone.now(), "at_once": False}
    export = job.ask(workspace, "people", fmt, **given)
    killed = 0
    for commit in range(1, 40):
        export.refresh_from_db()
        if export.status != "running":
            break
        killed += work(export, ("before", "after")[commit % 2], 1 + commit // 2) == signal.SIGKILL
    assert (export.status, export.rows_done) == ("done", PEOPLE)
    assert killed >= 2
    whole = exported(workspace, "people", fmt)
    assert len(content(export)) == len(content(whole))
    if fmt != "xlsx":  # a packed file bears the time of its packing
        assert content(export) == content(whole)
