"""Exports and imports of thousands of rows, one after the other, while two dialers dial at a pace.

They are slow and may take what they like; nobody is rung twice or forgotten, and dialing does not stand still.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count, pairwise

import pytest
from django.db import connections

from campaigns.models import Call, CampaignContact
from campaigns.resources import CallResource, CampaignContactResource
from config.processes.background import stand_back
from contacts.importing import load as loading
from contacts.models import Contact, UploadStatus
from contacts.resources import ContactResource
from tests.contacts import files
from tests.flows.test_kills import finish
from tests.flows.world import World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill, pytest.mark.busy]

CPS = 10
PEOPLE = 90
ROWS = 40_000  # of one file
EXPORTED = 2_000  # rows of one list: the lists grow faster than the back office writes them
HOLE = 5.0  # seconds without a call, while people are due; a file that is loaded in one go takes longer


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], object]], int]]:
    """Do this again and again, in a process of its own, until the test is over."""
    begun: list[int] = []

    def begin(work: Callable[[], object]) -> int:
        connections.close_all()
        pid = os.fork()
        if not pid:
            os.setsid()  # as a work cluster, which lets dialers go first
            stand_back("work")
            try:
                while True:
                    work()
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(1)
        begun.append(pid)
        return pid

    yield begin
    for pid in begun:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_exports_and_imports_meanwhile_neither_stop_the_dialing_nor_confuse_it(world: World, beside):
    exports = world.folder / f"exports-{world.began}"
    turns = count()

    def export() -> None:
        lists = ((ContactResource, Contact), (CampaignContactResource, CampaignContact), (CallResource, Call))
        for resource, model in lists:
            rows = len(resource(world.workspace).export(model.objects.order_by("id")[:EXPORTED]))
            with exports.open("a") as file:
                file.write(f"{rows}\n")

    def load() -> None:
        upload = files.loading(world.workspace, files.many(ROWS, first=next(turns) * ROWS))
        while upload.status == UploadStatus.LOADING:  # for a slice of time, as a worker does
            loading.run(upload.pk, upload.turn)
            upload.refresh_from_db()
        assert upload.added == ROWS, upload.counts

    world.pace(CPS)
    campaign = world.campaign(max_attempts=1)
    world.people(campaign, phones(PEOPLE))
    for slot in (0, 1):
        world.fork_dialer(slot, 2)
    workers = [beside(export), beside(load)]
    until(lambda: Contact.objects.count() > ROWS / 20 and exports.exists(), 90, world.logs)
    world.act(campaign, "start")
    before, exported = Contact.objects.count(), len(exports.read_text().splitlines())
    world.until_status(campaign, "completed", 90)

    ended = [os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) for pid in workers]
    assert ended == [None, None], "export and import still go on"
    assert Contact.objects.count() > before, "files were loaded meanwhile"
    assert len(exports.read_text().splitlines()) > exported, "and lists were exported"
    finish(world, campaign)
    ledger = world.ledger()
    assert len(ledger.rings) == Call.objects.exclude(outcome="cancelled").count() == PEOPLE
    assert ledger.most_in_a_second() <= CPS
    assert max(after.placed - ring.placed for ring, after in pairwise(ledger.rings)) < HOLE
