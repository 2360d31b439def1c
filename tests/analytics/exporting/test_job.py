"""An export is made piece by piece, whatever happens to its worker, and ends as one whole file or none."""

import resource
from datetime import timedelta
from math import inf
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError
from django.utils import timezone
from django_q.models import OrmQ

from accounts import jobs
from accounts.jobs import Replaced
from accounts.models import AuditEvent
from accounts.pace import Pace
from analytics import tasks
from analytics.exporting import job
from analytics.exporting.rows import PIECE_ROWS
from analytics.models import Export
from contacts.models import Contact
from goals.models import Goal
from tests.analytics.exporting.made import content, exported, rows
from tests.campaigns.history import campaign_with_past
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
FORMATS = ("csv", "xlsx", "json")


@pytest.fixture(autouse=True)
def own_place(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


def on_disk() -> list[Path]:
    return [path for path in Path(job.storage().path("exports")).rglob("*") if path.is_file()]


def begun(workspace, kind="people", fmt="csv", campaign=None) -> Export:
    """Asked for as a large one: nobody works on it yet."""
    asked = {"campaign": campaign, "filters": {}, "actor": None, "now": timezone.now(), "at_once": False}
    return job.ask(workspace, kind, fmt, **asked)


def taken(export: Export, size: int = 100) -> job.Part:
    part = job.Part(jobs.mine(Export, export.pk, export.turn), Pace(size))
    part.take_over()
    return part


def made_in_slices(export: Export, size: int) -> int:
    """One piece a slice, as many slices as it takes; how many."""
    for count in range(1, 100):
        export.refresh_from_db()
        if export.status != "running":
            return count - 1
        job.make(export.pk, export.turn, seconds=0, size=size)
    raise AssertionError("It does not end.")


@pytest.mark.parametrize("fmt", FORMATS)
def test_many_slices_make_the_file_that_one_makes(workspace, fmt):
    campaign = campaign_with_past(workspace, people=7)
    whole = exported(workspace, "contacts", fmt, campaign)
    export = begun(workspace, "contacts", fmt, campaign)
    assert made_in_slices(export, size=2) == 5  # the last one finds that nothing is left
    assert rows(export) == rows(whole)
    assert (export.rows, export.rows_done, export.size) == (7, 7, len(content(export)))
    assert len(on_disk()) == 2


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_was_written_and_not_committed_is_written_again(workspace, fmt):
    """As a worker leaves it that is killed in the middle of a piece."""
    ContactFactory.create_batch(6, workspace=workspace)
    export = begun(workspace, fmt=fmt)
    taken(export, size=2).write(0)
    (part,) = on_disk()
    with part.open("ab") as file:
        file.write(b"half a piece")
    job.make(export.pk, export.turn)
    export.refresh_from_db()
    assert (export.status, rows(export)) == ("done", rows(exported(workspace, "people", fmt)))


def test_a_part_that_is_gone_is_begun_anew(workspace):
    ContactFactory.create_batch(5, workspace=workspace)
    export = begun(workspace)
    taken(export, size=2).write(0)
    on_disk()[0].unlink()
    job.make(export.pk, export.turn)
    export.refresh_from_db()
    assert (export.status, len(rows(export))) == ("done", 5)


def test_of_two_workers_the_one_that_came_first_walks_away(workspace):
    ContactFactory.create_batch(6, workspace=workspace)
    export = begun(workspace)
    slow = taken(export, size=2)
    slow.write(0)
    quick = taken(export, size=2)
    with pytest.raises(Replaced):
        slow.write(inf)
    slow.remove()
    assert quick.write(inf)
    quick.finish()
    export.refresh_from_db()
    assert (export.status, rows(export)) == ("done", rows(exported(workspace, "people")))


def test_two_workers_that_begin_together_leave_one_file(workspace):
    ContactFactory.create_batch(3, workspace=workspace)
    export = begun(workspace)
    first, second = (job.Part(jobs.mine(Export, export.pk, export.turn), Pace(2)) for _ in range(2))
    first.take_over()
    with pytest.raises(Replaced):
        second.take_over()
    second.remove()
    assert len(on_disk()) == 1


def test_an_older_turn_does_nothing(workspace):
    export = begun(workspace)
    assert job.make(export.pk, export.turn - 1) == 0
    assert on_disk() == []


def test_whoever_was_there_all_along_is_in_the_file_once(workspace):
    there = ContactFactory.create_batch(9, workspace=workspace)
    export = begun(workspace)
    for turn in range(3):
        export.refresh_from_db()
        job.make(export.pk, export.turn, seconds=0, size=3)
        ContactFactory.create_batch(2, workspace=workspace)
        there.pop(-1 if turn else 0).delete()
        Contact.objects.filter(pk=there[-1].pk).update(name=f"Renamed {turn}", updated_at=timezone.now())
    made_in_slices(export, size=3)
    found = [row["phone_number"] for row in rows(export)]
    assert len(found) == len(set(found))
    assert set(found) >= {contact.phone_number for contact in there}


@pytest.mark.parametrize("at", (0, 1, 2))
def test_cancelled_it_leaves_nothing_behind(workspace, at):
    ContactFactory.create_batch(6, workspace=workspace)
    export = begun(workspace)
    for _ in range(at):
        job.make(export.pk, export.turn, seconds=0, size=2)
        export.refresh_from_db()
    assert job.cancel(export, timezone.now())
    assert (export.status, export.file.name, on_disk()) == ("cancelled", "", [])
    assert job.make(export.pk, export.turn) == 0
    assert not job.cancel(export, timezone.now())


def test_cancelled_under_a_worker_the_worker_takes_its_part_along(workspace):
    ContactFactory.create_batch(4, workspace=workspace)
    export = begun(workspace)
    part = taken(export)
    job.cancel(export, timezone.now())
    with pytest.raises(Replaced):
        part.write(inf)
    part.remove()
    assert on_disk() == []


def test_a_full_disk_fails_it_with_a_sentence_and_no_half_file(workspace):
    for _ in range(100):
        ContactFactory(workspace=workspace, consent_note="&" * 30_000)  # five letters each in a sheet
    export = begun(workspace, fmt="xlsx")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000_000, hard))
    try:
        job.make(export.pk, export.turn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    export.refresh_from_db()
    assert (export.status, export.problem, export.file.name, on_disk()) == ("failed", job.FULL, "", [])


def test_without_a_sign_of_life_it_is_queued_again_and_in_the_end_given_up(workspace):
    export = begun(workspace)
    OrmQ.objects.all().delete()
    for _ in range(jobs.MOST_STALLS + 1):
        Export.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
        tasks.tend_exports()
    export.refresh_from_db()
    assert OrmQ.objects.count() == jobs.MOST_STALLS
    assert (export.status, export.problem) == ("failed", job.GAVE_UP)


@pytest.mark.django_db(transaction=True)
def test_a_piece_that_fails_each_time_is_given_up_and_its_part_swept(workspace):
    """So many goals are more columns than any database answers with; the head of the file is written all the same."""
    campaign = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=campaign)
    Goal.objects.bulk_create([Goal(campaign=campaign, name=f"Goal {at}") for at in range(1_100)])
    export = begun(workspace, "contacts", campaign=campaign)
    for _ in range(jobs.MOST_STALLS + 1):
        with pytest.raises((DatabaseError, psycopg.Error)):  # a COPY's errors are the driver's own
            job.make(export.pk, export.turn)
        Export.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
        tasks.tend_exports()
    export.refresh_from_db()
    assert (export.status, export.problem, len(on_disk())) == ("failed", job.GAVE_UP, 1)
    assert job.sweep_orphans(timezone.now() + timedelta(hours=2)) == 1


def test_the_more_variables_the_fewer_rows_a_piece_has(workspace, monkeypatch):
    """Each is looked for among all of a person's: a whole piece would take minutes, without a sign of life."""
    monkeypatch.setitem(PIECE_ROWS, "csv", 50)
    ContactFactory.create_batch(4, workspace=workspace)
    done = []
    for variables in (200, 1_200):
        Contact.objects.update(variables={f"variable {at}": "x" for at in range(variables)})
        export = begun(workspace)
        job.make(export.pk, export.turn, seconds=0)
        export.refresh_from_db()
        done.append(export.rows_done)
    assert done == [4, 2]


def test_files_are_removed_after_seven_days_and_the_history_stays(workspace, django_capture_on_commit_callbacks):
    export = exported(workspace, "people")
    assert export.expires_at - export.finished_at == timedelta(days=7)
    assert job.expire(export.expires_at - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert job.expire(export.expires_at) == 1
    export.refresh_from_db()
    assert (export.status, export.status_word, export.can_be_fetched, on_disk()) == ("done", "Expired", False, [])


def test_what_a_dead_worker_or_a_deleted_campaign_left_is_swept(workspace):
    campaign = CampaignFactory(workspace=workspace)
    exported(workspace, "contacts", campaign=campaign)
    kept = exported(workspace, "people")
    campaign.delete()
    now = timezone.now()
    assert job.sweep_orphans(now) == 0  # it may be somebody's part
    assert job.sweep_orphans(now + timedelta(hours=2)) == 1
    assert [path.name for path in on_disk()] == [Path(kept.file.name).name]


def test_a_small_one_is_made_at_once_and_a_large_one_is_queued(workspace, monkeypatch):
    monkeypatch.setattr(job, "SMALL", 2)
    ContactFactory.create_batch(2, workspace=workspace)
    assert (exported(workspace, "people").rows, OrmQ.objects.count()) == (2, 0)
    ContactFactory(workspace=workspace)
    large = job.ask(workspace, "people", "csv", filters={}, actor=None, now=timezone.now())
    assert (large.status, large.rows, large.rows_done, OrmQ.objects.count()) == ("running", 3, 0, 1)


def test_the_trail_says_who_exported_what(workspace, member):
    actor = member("operator")
    filters = {"tag": ["vip"], "at": ["x"], "q": [""]}
    job.ask(workspace, "people", "json", filters=filters, actor=actor, now=timezone.now())
    event = AuditEvent.objects.get(action="export.asked")
    assert (event.actor, event.detail["kind"], event.detail["filters"]) == (actor, "people", {"tag": ["vip"]})


def test_another_workspaces_people_are_never_in_it(workspace):
    ContactFactory(workspace=WorkspaceFactory())
    assert rows(exported(workspace, "people")) == []
